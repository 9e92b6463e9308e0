"""Positions of boxes and lines in a diagram's drawing. Branches run side by side and join again; nothing crosses."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kaskad.services.describing.diagram import Diagram, DiagramBranch, DiagramNode

# Pixels. A letter counts as wider than it is: no font can be measured here, and no text may leave its box.
BOX_WIDTH, LETTER_WIDTH, LINE_HEIGHT, PADDING = 264, 7.1, 18, 11
LABEL_LETTER_WIDTH, LABEL_LINE_HEIGHT = 6.5, 15
GAP, BETWEEN, MARGIN = 30, 30, 28
BOX_LETTERS, LABEL_LETTERS = int((BOX_WIDTH - 2 * PADDING) / LETTER_WIDTH), 30
LEFT_KIND, ENTER_KIND, DONE_KIND = "left", "enter", "done"


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its kind, its lines, the small ones under them, and how many customers are there."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    lines: Sequence[str]
    small: Sequence[str] = ()
    here: int = 0


@dataclass(frozen=True, slots=True)
class Connector:
    """A line through these points; `arrow` at its end, `dashed` if customers only leave the journey along it."""

    points: Sequence[tuple[float, float]]
    arrow: bool = True
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """The condition of a branch: lines centred at x, from y downwards."""

    x: float
    y: float
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class StepFigures:
    """The figures of a step: how many customers are there, and what happened lately."""

    here: int = 0
    small: str = ""


@dataclass(slots=True)
class Drawing:
    """All boxes, lines and labels in place; everything fits into `width` and `height`."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[Connector] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    width: float = 0
    height: float = 0


@dataclass(frozen=True, slots=True)
class _Extent:
    """The space that something needs to the left and right of its axis, and downwards."""

    left: float
    right: float
    height: float


def lay_out(diagram: Diagram, seen: Mapping[str, StepFigures], top: float) -> Drawing:
    """Returns the drawing of the diagram, from `top` downwards."""
    return _Layout(seen).whole(diagram, top)


def wrap_text(text: str, letters: int) -> list[str]:
    """Returns the text in lines of at most so many letters; a longer word is broken."""
    return [line for part in text.splitlines() for line in textwrap.wrap(part, letters)] or [""]


class _Layout:
    def __init__(self, seen: Mapping[str, StepFigures]) -> None:
        self.seen = seen
        self.drawing = Drawing()

    def whole(self, diagram: Diagram, top: float) -> Drawing:
        extent = self._column_extent(diagram.places)
        axis = MARGIN + max(extent.left, BOX_WIDTH / 2)
        enter = self._draw_box(ENTER_KIND, axis, top, text=diagram.enter_in_full, seen=StepFigures())
        right = max(extent.right, BOX_WIDTH / 2)
        if diagram.exits:
            x = axis + BOX_WIDTH + 2 * BETWEEN
            left = self._draw_box(LEFT_KIND, x, top, text=f"leaves at once: has {diagram.exits}", seen=StepFigures())
            level = top + min(enter.height, left.height) / 2
            self._draw_line((enter.x + enter.width, level), (left.x, level), dashed=True)
            right = max(right, x + BOX_WIDTH / 2 - axis)
            depth = max(enter.height, left.height)  # the nodes below may be as wide as both
        else:
            depth = enter.height
        start = top + depth + GAP
        self._draw_line((axis, top + enter.height), (axis, start))
        end = self._draw_column(diagram.places, axis, start)
        if end is not None:
            self._draw_line((axis, end), (axis, end + GAP))
            self._draw_box(DONE_KIND, axis, end + GAP, text="done", seen=StepFigures())
        self.drawing.width = axis + right + MARGIN
        self.drawing.height = max(box.y + box.height for box in self.drawing.boxes) + MARGIN
        return self.drawing

    def _draw_column(self, places: Sequence[DiagramNode], axis: float, y: float) -> float | None:
        """Draws the nodes one under the other. Returns where the line out of the last begins, None if it ends there."""
        end: float | None = y
        for number, node in enumerate(places):
            if end is None:
                break  # no customer gets here
            if number:
                self._draw_line((axis, end), (axis, end + GAP))
                end += GAP
            end = self._draw_node(node, axis, end)
        return end

    def _draw_node(self, node: DiagramNode, axis: float, y: float) -> float | None:
        box = self._draw_box(node.kind, axis, y, text=node.text, seen=self.seen.get(node.id, StepFigures()))
        bottom = y + box.height
        if not node.ways:
            return None if node.ends else bottom
        extents = [self._branch_extent(branch) for branch in node.ways]
        fork, join = bottom + GAP / 2, bottom + max(extent.height for extent in extents) + GAP
        x, open_ = axis - _total_width(extents) / 2, False
        for branch, extent in zip(node.ways, extents, strict=True):
            x += extent.left
            end = self._draw_branch(branch, (axis, bottom), x, fork=fork)
            if end is not None:
                open_ = True
                self._draw_line((x, end), (x, join), (axis, join), arrow=False)
            x += extent.right + BETWEEN
        return join if open_ else None

    def _draw_branch(self, branch: DiagramBranch, start: tuple[float, float], x: float, *, fork: float) -> float | None:
        """Draws one branch from its fork: its label, then its nodes. Returns where it ends, like a column."""
        lines = wrap_text(branch.label, LABEL_LETTERS)
        self.drawing.labels.append(Label(x, fork + 6, lines))
        under = fork + _label_height(lines)
        path = (start, (start[0], fork), (x, fork), (x, under))
        self._draw_line(*path, arrow=bool(branch.places))
        return self._draw_column(branch.places, x, under)

    def _draw_box(self, kind: str, axis: float, y: float, *, text: str, seen: StepFigures) -> Box:
        lines, small = wrap_text(text, BOX_LETTERS), wrap_text(seen.small, BOX_LETTERS) if seen.small else []
        height = 2 * PADDING + LINE_HEIGHT * len(lines) + LABEL_LINE_HEIGHT * len(small)
        box = Box(kind, axis - BOX_WIDTH / 2, y, BOX_WIDTH, height, lines, small, seen.here)
        self.drawing.boxes.append(box)
        return box

    def _draw_line(self, *points: tuple[float, float], arrow: bool = True, dashed: bool = False) -> None:
        self.drawing.lines.append(Connector(points, arrow, dashed))

    def _column_extent(self, places: Sequence[DiagramNode]) -> _Extent:
        extents = [self._node_extent(node) for node in places]
        return _Extent(
            max((extent.left for extent in extents), default=0),
            max((extent.right for extent in extents), default=0),
            sum(extent.height for extent in extents) + GAP * max(len(extents) - 1, 0),
        )

    def _node_extent(self, node: DiagramNode) -> _Extent:
        seen = self.seen.get(node.id, StepFigures())
        small = LABEL_LINE_HEIGHT * len(wrap_text(seen.small, BOX_LETTERS)) if seen.small else 0
        height = 2 * PADDING + LINE_HEIGHT * len(wrap_text(node.text, BOX_LETTERS)) + small
        if not node.ways:
            return _Extent(BOX_WIDTH / 2, BOX_WIDTH / 2, height)
        extents = [self._branch_extent(branch) for branch in node.ways]
        half = max(_total_width(extents), BOX_WIDTH) / 2
        return _Extent(half, half, height + GAP + max(extent.height for extent in extents))

    def _branch_extent(self, branch: DiagramBranch) -> _Extent:
        lines = wrap_text(branch.label, LABEL_LETTERS)
        half = max(map(len, lines)) * LABEL_LETTER_WIDTH / 2 + 4
        extent = self._column_extent(branch.places)
        return _Extent(max(extent.left, half), max(extent.right, half), GAP / 2 + _label_height(lines) + extent.height)


def _total_width(extents: Sequence[_Extent]) -> float:
    return sum(extent.left + extent.right for extent in extents) + BETWEEN * (len(extents) - 1)


def _label_height(lines: Sequence[str]) -> float:
    return LABEL_LINE_HEIGHT * len(lines) + GAP
