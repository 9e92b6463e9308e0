"""Counts the segments of an SMS text (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

from dataclasses import dataclass

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a septet each
ONE, OF_MANY = (160, 153), (70, 67)  # septets and UTF-16 units: alone, and each of several


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """A text as it is sent: `units` are septets, or UTF-16 units where it is `unicode`; `odd` are outside GSM 03.38."""

    segments: int
    units: int
    unicode: bool
    odd: tuple[str, ...]

    @property
    def room(self) -> int:
        """The number of units that fit into this number of segments."""
        alone, each = OF_MANY if self.unicode else ONE
        return alone if self.segments <= 1 else each * self.segments


def count_segments(text: str) -> SegmentCount:
    """The segment count of the text. No character is split: a pair that does not fit begins the next segment."""
    odd = tuple(
        dict.fromkeys(character for character in text if character not in GSM_BASIC and character not in GSM_EXTENDED)
    )
    sizes = [len(character.encode("utf-16-le")) // 2 if odd else 1 + (character in GSM_EXTENDED) for character in text]
    alone, each = OF_MANY if odd else ONE
    if sum(sizes) <= alone:
        return SegmentCount(1, sum(sizes), bool(odd), odd)
    segments, left = 1, each
    for size in sizes:
        if size > left:
            segments, left = segments + 1, each
        left -= size
    return SegmentCount(segments, sum(sizes), bool(odd), odd)
