"""SMS: how many segments a text takes, and which characters make it dearer (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import name as unicode_name

from kaskad.content.checks.finding import Check, Examined, Severity
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a septet each
ONE, OF_MANY = (160, 153), (70, 67)  # septets and UTF-16 units: alone, and each of several
PLAIN = {
    **dict.fromkeys("\u2013\u2014\u2011\u2212", "-"),
    **dict.fromkeys("«»„“”", '"'),
    **dict.fromkeys("‘’‚", "'"),
    **dict.fromkeys("\u00a0\u2009\u202f", " "),
    "…": "...",
    "•": "-",
    "×": "x",
    "₽": "RUB",
    "№": "No.",
}
FEW = 3  # different characters: more than that is another alphabet


@dataclass(frozen=True, slots=True)
class Counted:
    """A text as it is sent: `units` are septets, or UTF-16 units where it is `unicode`; `odd` are outside GSM 03.38."""

    segments: int
    units: int
    unicode: bool
    odd: tuple[str, ...]

    @property
    def room(self) -> int:
        """What fits into as many segments."""
        alone, each = OF_MANY if self.unicode else ONE
        return alone if self.segments <= 1 else each * self.segments


def counted(text: str) -> Counted:
    """The text's segments. No character is cut in two: a pair that does not fit begins the next segment."""
    odd = tuple(dict.fromkeys(one for one in text if one not in BASIC and one not in EXTENDED))
    sizes = [len(one.encode("utf-16-le")) // 2 if odd else 1 + (one in EXTENDED) for one in text]
    alone, each = OF_MANY if odd else ONE
    if sum(sizes) <= alone:
        return Counted(1, sum(sizes), bool(odd), odd)
    segments, left = 1, each
    for size in sizes:
        if size > left:
            segments, left = segments + 1, each
        left -= size
    return Counted(segments, sum(sizes), bool(odd), odd)


def _segments(examined: Examined) -> Iterator[Problem]:
    for said in examined.by(Channel.SMS):
        text = said.fields["text"]
        found = counted(text)
        if found.segments > 1:
            alone, _ = OF_MANY if found.unicode else ONE
            words = (
                f"{found.segments} segments ({found.units} {'UCS-2' if found.unicode else 'GSM 03.38'} characters,"
                f" {alone} fit into one){_price(examined, found.segments)}"
            )
            yield examined.at(said, "text", text=f"{words}, for the example customer '{said.example}'")


def _unicode(examined: Examined) -> Iterator[Problem]:
    for said in examined.by(Channel.SMS):
        text = said.fields["text"]
        found = counted(text)
        if not 0 < len(found.odd) <= FEW:
            continue
        plain = counted("".join(PLAIN.get(one, "") if one in found.odd else one for one in text))
        what = ", ".join(_called(one) for one in found.odd)
        words = f"{what} {'makes' if len(found.odd) == 1 else 'make'} the whole text UCS-2: 70 characters fit, not 160"
        if plain.segments < found.segments:
            words += f"; {found.segments} segments instead of {plain.segments}{_price(examined, found.segments)}"
        yield examined.at(said, "text", found.odd[0], words)


def _called(character: str) -> str:
    instead = f", write {PLAIN[character]!r}" if character in PLAIN else ""
    shown = f"'{character}' " if character.isprintable() else ""
    return f"{shown}({unicode_name(character, f'U+{ord(character):04X}').lower()}{instead})"


def _price(examined: Examined, segments: int) -> str:
    price = examined.prices.get(Channel.SMS)
    return f", {price * segments:.2f} {examined.currency} a message" if price else ""


SEGMENTS = Check(
    "sms_segments",
    Severity.WARNING,
    "An SMS is paid by the segment: 160 GSM characters, or 70 where one is outside that alphabet (153 and 67 each in a"
    " longer one). A second segment doubles the price, and some phones show the parts in the wrong order.",
    "Shorten the text or its link until it fits into one segment.",
    _segments,
)
UNICODE = Check(
    "sms_unicode",
    Severity.WARNING,
    "One emoji, long dash or curly quote turns a whole text into UCS-2: 70 characters fit into a segment, not 160.",
    "Replace the character by the one that the finding proposes, or leave it out.",
    _unicode,
)
