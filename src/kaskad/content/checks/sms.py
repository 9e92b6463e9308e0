"""Checks of SMS: how many segments a text takes, and which characters make it more expensive."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import name as unicode_name

from kaskad.content.checks.check import Check, CheckedMessage, Severity
from kaskad.content.sms_segments import OF_MANY, ONE, count_segments
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem

GSM_REPLACEMENTS = {
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
MAX_NAMED_CHARACTERS = 3  # different characters: more than that is another alphabet


def _check_segments(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.by(Channel.SMS):
        text = said.fields["text"]
        found = count_segments(text)
        if found.segments > 1:
            alone, _ = OF_MANY if found.unicode else ONE
            words = (
                f"{found.segments} segments ({found.units} {'UCS-2' if found.unicode else 'GSM 03.38'} characters,"
                f" {alone} fit into one){_format_price(examined, found.segments)}"
            )
            yield examined.at(said, "text", text=f"{words}, for the example customer '{said.example}'")


def _check_unicode(examined: CheckedMessage) -> Iterator[Problem]:
    for said in examined.by(Channel.SMS):
        text = said.fields["text"]
        found = count_segments(text)
        if not 0 < len(found.odd) <= MAX_NAMED_CHARACTERS:
            continue
        plain = count_segments(
            "".join(GSM_REPLACEMENTS.get(character, "") if character in found.odd else character for character in text)
        )
        what = ", ".join(_name_character(character) for character in found.odd)
        words = f"{what} {'makes' if len(found.odd) == 1 else 'make'} the whole text UCS-2: 70 characters fit, not 160"
        if plain.segments < found.segments:
            words += f"; {found.segments} segments instead of {plain.segments}{_format_price(examined, found.segments)}"
        yield examined.at(said, "text", found.odd[0], text=words)


def _name_character(character: str) -> str:
    instead = f", write {GSM_REPLACEMENTS[character]!r}" if character in GSM_REPLACEMENTS else ""
    shown = f"'{character}' " if character.isprintable() else ""
    return f"{shown}({unicode_name(character, f'U+{ord(character):04X}').lower()}{instead})"


def _format_price(examined: CheckedMessage, segments: int) -> str:
    price = examined.prices.get(Channel.SMS)
    return f", {price * segments:.2f} {examined.currency} a message" if price else ""


SEGMENTS = Check(
    "sms_segments",
    Severity.WARNING,
    "An SMS is paid by the segment: 160 GSM characters, or 70 where one is outside that alphabet (153 and 67 each in a"
    " longer one). A second segment doubles the price, and some phones show the parts in the wrong order.",
    "Shorten the text or its link until it fits into one segment.",
    _check_segments,
)
UNICODE = Check(
    "sms_unicode",
    Severity.WARNING,
    "One emoji, long dash or curly quote turns a whole text into UCS-2: 70 characters fit into a segment, not 160.",
    "Replace the character by the one that the finding proposes, or leave it out.",
    _check_unicode,
)
