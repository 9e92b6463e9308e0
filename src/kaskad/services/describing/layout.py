"""Where the boxes and lines of a chart's drawing go. Ways part side by side and join again; nothing crosses."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kaskad.services.describing.chart import Chart, Place, Way

# Pixels. A letter is taken for wider than it is: no font can be measured here, and no text may leave its box.
BOX_WIDTH, LETTER, LINE, PADDING = 264, 7.1, 18, 11
LABEL_LETTER, LABEL_LINE = 6.5, 15
GAP, BETWEEN, MARGIN = 30, 30, 28
BOX_LETTERS, LABEL_LETTERS = int((BOX_WIDTH - 2 * PADDING) / LETTER), 30
LEFT_KIND, ENTER_KIND, DONE_KIND = "left", "enter", "done"


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its kind, its lines, the small ones under them, and how many stand there."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    lines: Sequence[str]
    small: Sequence[str] = ()
    here: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line through these points; `arrow` at its end, `dashed` where nobody walks but may be taken out."""

    points: Sequence[tuple[float, float]]
    arrow: bool = True
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """What a way is taken for: lines centred at x, from y downwards."""

    x: float
    y: float
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is told of a step besides what it does: how many stand there, and what happened of late."""

    here: int = 0
    small: str = ""


@dataclass(slots=True)
class Drawing:
    """Everything placed; `width` and `height` hold it all."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    width: float = 0
    height: float = 0


@dataclass(frozen=True, slots=True)
class _Room:
    """What something takes up to the left and right of its axis, and downwards."""

    left: float
    right: float
    height: float


def draw(chart: Chart, seen: Mapping[str, Seen], top: float) -> Drawing:
    """The chart laid out from `top` downwards."""
    return _Layout(seen).whole(chart, top)


def wrapped(text: str, letters: int) -> list[str]:
    """The text in lines of so many letters at the most; a longer word is broken."""
    return [line for part in text.splitlines() for line in textwrap.wrap(part, letters)] or [""]


class _Layout:
    def __init__(self, seen: Mapping[str, Seen]) -> None:
        self.seen = seen
        self.drawing = Drawing()

    def whole(self, chart: Chart, top: float) -> Drawing:
        room = self._column_room(chart.places)
        axis = MARGIN + max(room.left, BOX_WIDTH / 2)
        enter = self._box(ENTER_KIND, axis, top, chart.enter_in_full, Seen())
        right = max(room.right, BOX_WIDTH / 2)
        if chart.exits:
            x = axis + BOX_WIDTH + 2 * BETWEEN
            left = self._box(LEFT_KIND, x, top, f"leaves at once: has {chart.exits}", Seen())
            level = top + min(enter.height, left.height) / 2
            self._line((enter.x + enter.width, level), (left.x, level), dashed=True)
            right = max(right, x + BOX_WIDTH / 2 - axis)
            depth = max(enter.height, left.height)  # what stands below may be as wide as both
        else:
            depth = enter.height
        start = top + depth + GAP
        self._line((axis, top + enter.height), (axis, start))
        end = self._column(chart.places, axis, start)
        if end is not None:
            self._line((axis, end), (axis, end + GAP))
            self._box(DONE_KIND, axis, end + GAP, "done", Seen())
        self.drawing.width = axis + right + MARGIN
        self.drawing.height = max(box.y + box.height for box in self.drawing.boxes) + MARGIN
        return self.drawing

    def _column(self, places: Sequence[Place], axis: float, y: float) -> float | None:
        """Draws the places one under the other; where the line out of the last one begins, None where it ends there."""
        end: float | None = y
        for number, place in enumerate(places):
            if end is None:
                break  # nobody gets here
            if number:
                self._line((axis, end), (axis, end + GAP))
                end += GAP
            end = self._place(place, axis, end)
        return end

    def _place(self, place: Place, axis: float, y: float) -> float | None:
        box = self._box(place.kind, axis, y, place.text, self.seen.get(place.id, Seen()))
        bottom = y + box.height
        if not place.ways:
            return None if place.ends else bottom
        rooms = [self._way_room(way) for way in place.ways]
        fork, join = bottom + GAP / 2, bottom + max(room.height for room in rooms) + GAP
        x, open_ = axis - _across(rooms) / 2, False
        for way, room in zip(place.ways, rooms, strict=True):
            x += room.left
            end = self._way(way, (axis, bottom), x, fork)
            if end is not None:
                open_ = True
                self._line((x, end), (x, join), (axis, join), arrow=False)
            x += room.right + BETWEEN
        return join if open_ else None

    def _way(self, way: Way, start: tuple[float, float], x: float, fork: float) -> float | None:
        """One way from where it parts: its label, then its places. Returns where it ends, like a column."""
        lines = wrapped(way.label, LABEL_LETTERS)
        self.drawing.labels.append(Label(x, fork + 6, lines))
        under = fork + _label_height(lines)
        path = (start, (start[0], fork), (x, fork), (x, under))
        self._line(*path, arrow=bool(way.places))
        return self._column(way.places, x, under)

    def _box(self, kind: str, axis: float, y: float, text: str, seen: Seen) -> Box:
        lines, small = wrapped(text, BOX_LETTERS), wrapped(seen.small, BOX_LETTERS) if seen.small else []
        height = 2 * PADDING + LINE * len(lines) + LABEL_LINE * len(small)
        box = Box(kind, axis - BOX_WIDTH / 2, y, BOX_WIDTH, height, lines, small, seen.here)
        self.drawing.boxes.append(box)
        return box

    def _line(self, *points: tuple[float, float], arrow: bool = True, dashed: bool = False) -> None:
        self.drawing.lines.append(Line(points, arrow, dashed))

    def _column_room(self, places: Sequence[Place]) -> _Room:
        rooms = [self._place_room(place) for place in places]
        return _Room(
            max((room.left for room in rooms), default=0),
            max((room.right for room in rooms), default=0),
            sum(room.height for room in rooms) + GAP * max(len(rooms) - 1, 0),
        )

    def _place_room(self, place: Place) -> _Room:
        seen = self.seen.get(place.id, Seen())
        small = LABEL_LINE * len(wrapped(seen.small, BOX_LETTERS)) if seen.small else 0
        height = 2 * PADDING + LINE * len(wrapped(place.text, BOX_LETTERS)) + small
        if not place.ways:
            return _Room(BOX_WIDTH / 2, BOX_WIDTH / 2, height)
        rooms = [self._way_room(way) for way in place.ways]
        half = max(_across(rooms), BOX_WIDTH) / 2
        return _Room(half, half, height + GAP + max(room.height for room in rooms))

    def _way_room(self, way: Way) -> _Room:
        lines = wrapped(way.label, LABEL_LETTERS)
        half = max(map(len, lines)) * LABEL_LETTER / 2 + 4
        room = self._column_room(way.places)
        return _Room(max(room.left, half), max(room.right, half), GAP / 2 + _label_height(lines) + room.height)


def _across(rooms: Sequence[_Room]) -> float:
    return sum(room.left + room.right for room in rooms) + BETWEEN * (len(rooms) - 1)


def _label_height(lines: Sequence[str]) -> float:
    return LABEL_LINE * len(lines) + GAP
