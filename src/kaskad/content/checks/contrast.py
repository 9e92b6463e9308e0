"""Checks that text has enough contrast to be read (WCAG 2.2, success criterion 1.4.3, level AA)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kaskad.content.checks.check import Check, CheckedMessage, Severity
from kaskad.content.checks.html import Element, read_elements
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem

ENOUGH, ENOUGH_LARGE = 4.5, 3.0
LARGE, LARGE_BOLD = 24.0, 18.66  # pixels: 18 and 14 points
MIN_VISIBLE = 2.0  # pixels: smaller text is not meant for people
NAMED_COLORS = {
    "white": "#ffffff", "black": "#000000", "red": "#ff0000", "green": "#008000", "blue": "#0000ff", "gray": "#808080",
    "grey": "#808080", "silver": "#c0c0c0", "orange": "#ffa500", "yellow": "#ffff00", "navy": "#000080",
}  # fmt: skip


def parse_rgb(color: str) -> tuple[int, int, int] | None:
    """The colour's red, green and blue from 0 to 255; None for another notation, or a colour that is not opaque."""
    text = NAMED_COLORS.get(color, color)
    if hexadecimal := re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", text):
        digits = hexadecimal[1] if len(hexadecimal[1]) == 6 else "".join(digit * 2 for digit in hexadecimal[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if parts := re.fullmatch(r"rgba?\((\d+)[,\s]+(\d+)[,\s]+(\d+)(?:[,/\s]+1(?:\.0+)?)?\)", text):
        return int(parts[1]), int(parts[2]), int(parts[3])
    return None


def compute_contrast(color: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast ratio, from 1 to 21."""
    lighter, darker = sorted((_luminance(color), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: tuple[int, int, int]) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def find_readable(color: tuple[int, int, int], background: tuple[int, int, int], enough: float) -> str:
    """The nearest colour that is readable on the background, of the same hue: darker, or lighter on a dark one."""
    towards = 0 if _luminance(background) > 0.18 else 255
    for step in range(256):
        part = step / 255
        red, green, blue = (round(component + (towards - component) * part) for component in color)
        if compute_contrast((red, green, blue), background) >= enough:
            break
    return f"#{red:02x}{green:02x}{blue:02x}"


def _check_contrast(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.by(Channel.EMAIL):
        for element in read_elements(said.fields["html"]):
            color, background = parse_rgb(element.color), parse_rgb(element.background or "")
            if not element.text or element.hidden or element.size < MIN_VISIBLE or color is None or background is None:
                continue
            enough = _required_contrast(element)
            if (found := compute_contrast(color, background)) < enough:
                text = (
                    f"{element.color} on {element.background} has a contrast of {found:.1f}, {enough:g} is needed:"
                    f" write {find_readable(color, background, enough)}"
                )
                yield examined.at(said, "html", element.color, text=text)


def _required_contrast(element: Element) -> float:
    return ENOUGH_LARGE if element.size >= (LARGE_BOLD if element.bold else LARGE) else ENOUGH


CONTRAST = Check(
    "contrast",
    Severity.WARNING,
    "One reader in twelve sees colours differently, and everybody reads in the sun: WCAG AA asks for a contrast of 4.5,"
    " of 3 for large text (24 px, or bold 18.66 px).",
    "Take the colour that the finding proposes: the nearest that is readable.",
    _check_contrast,
)
