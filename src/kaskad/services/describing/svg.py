"""The journey as one SVG file: boxes, arrows and words, laid out here. The file needs nothing else to be displayed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from kaskad.services.describing.diagram import Diagram
from kaskad.services.describing.layout import (
    DONE_KIND,
    ENTER_KIND,
    LABEL_LINE_HEIGHT,
    LEFT_KIND,
    LINE_HEIGHT,
    MARGIN,
    PADDING,
    Box,
    Label,
    StepFigures,
    lay_out,
    wrap_text,
)
from kaskad.services.describing.layout import Connector as Drawn

TITLE, RULE, RULE_LETTERS = 30, 17, 92
COLOURS: Mapping[str, tuple[str, str]] = {  # kind → inside, border
    "send": ("#e3f0ff", "#2563a8"),
    "call": ("#e3f0ff", "#2563a8"),
    "wait": ("#f4f4f1", "#86867c"),
    "wait_for": ("#f4f4f1", "#86867c"),
    "choose": ("#fff4d6", "#a87a00"),
    "split": ("#fff4d6", "#a87a00"),
    "leave": ("#fde8e4", "#b0432e"),
    LEFT_KIND: ("#fde8e4", "#b0432e"),
    ENTER_KIND: ("#e2f5e5", "#2c7d3c"),
    DONE_KIND: ("#e2f5e5", "#2c7d3c"),
}
DEFAULT_COLOURS = ("#f1eafc", "#6b46a8")  # the actions of steps that send nothing: set, webhook, start
ROUND = {ENTER_KIND, DONE_KIND, LEFT_KIND, "leave"}
UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML does not allow
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{height:.0f}" \
viewBox="0 0 {width:.0f} {height:.0f}" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif">
<title>{title}</title>
<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" \
orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" fill="#555"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>"""


def render_svg(chart: Diagram, seen: Mapping[str, StepFigures] | None = None) -> str:
    """Returns the drawing as the text of a file. `seen` (step id) has the figures of each step."""
    rules = [line for rule in chart.rules for line in wrap_text(rule, RULE_LETTERS)]
    top = MARGIN + TITLE + RULE * len(rules) + MARGIN / 2
    drawing = lay_out(chart, seen or {}, top)
    width = max(drawing.width, 2 * MARGIN + max((len(rule) for rule in rules), default=0) * 6.4)
    parts = [HEAD.format(width=width, height=drawing.height, title=_text(chart.title))]
    parts.append(f'<text x="{MARGIN}" y="{MARGIN + 12}" font-size="19" font-weight="600">{_text(chart.title)}</text>')
    parts += [
        f'<text x="{MARGIN}" y="{MARGIN + TITLE + RULE * number}" font-size="12.5" fill="#444">{_text(rule)}</text>'
        for number, rule in enumerate(rules)
    ]
    parts += [_line(line) for line in drawing.lines]
    parts += [part for label in drawing.labels for part in _label(label)]
    parts += [part for box in drawing.boxes for part in _box(box)]
    return "\n".join([*parts, "</svg>", ""])


def _text(text: str) -> str:
    return escape(UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def _line(line: Drawn) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in line.points)
    end = ' marker-end="url(#arrow)"' if line.arrow else ""
    dashes = ' stroke-dasharray="5 4"' if line.dashed else ""
    return f'<polyline points="{points}" fill="none" stroke="#555" stroke-width="1.4"{dashes}{end}/>'


def _label(label: Label) -> Iterator[str]:
    """Yields the label on white, so that the branch's own line does not run through the words."""
    width = max(map(len, label.lines)) * 6.5 + 8
    height = LABEL_LINE_HEIGHT * len(label.lines) + 4
    yield f'<rect x="{label.x - width / 2:.1f}" y="{label.y:.1f}" width="{width:.1f}" height="{height}" fill="#fff"/>'
    yield from _lines(
        label.lines,
        label.x,
        label.y + 12,
        step=LABEL_LINE_HEIGHT,
        style='font-size="12" fill="#444" font-style="italic"',
    )


def _box(box: Box) -> Iterator[str]:
    inside, border = COLOURS.get(box.kind, DEFAULT_COLOURS)
    radius = 18 if box.kind in ROUND else 5
    yield (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius}" '
        f'fill="{inside}" stroke="{border}" stroke-width="1.4"/>'
    )
    middle, first = box.x + box.width / 2, box.y + PADDING + 13
    yield from _lines(box.lines, middle, first, step=LINE_HEIGHT, style='font-size="13" fill="#111"')
    under = first + LINE_HEIGHT * len(box.lines) - 2
    yield from _lines(box.small, middle, under, step=LABEL_LINE_HEIGHT, style='font-size="11.5" fill="#555"')
    if box.here:
        yield from _badge(box, border)


def _badge(box: Box, colour: str) -> Iterator[str]:
    """Yields the number of customers at the step, on the box's corner."""
    text = f"{box.here:,} here"
    width = len(text) * 7 + 14
    x, y = box.x + box.width - width + 10, box.y - 11
    yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{width}" height="21" rx="10.5" fill="{colour}"/>'
    yield from _lines(
        [text], x + width / 2, y + 15, step=LINE_HEIGHT, style='font-size="12" font-weight="600" fill="#fff"'
    )


def _lines(lines: Sequence[str], x: float, y: float, *, step: float, style: str) -> Iterator[str]:
    for number, line in enumerate(lines):
        place = f'x="{x:.1f}" y="{y + step * number:.1f}"'
        yield f'<text {place} text-anchor="middle" {style}>{_text(line)}</text>'
