"""Telephone numbers: which texts are the number of a person."""

from __future__ import annotations

import re
from functools import lru_cache

# digits; E.164 allows 15, and fewer than 8 are a service number, an extension or a mistake
MIN_DIGITS, MAX_DIGITS = 8, 15
_WRITTEN = re.compile(r"\s*(?:tel:)?\s*(\+?[\d\s().\-/\u2010-\u2015]+)", re.IGNORECASE)
_BETWEEN = re.compile(r"[^\d+]+")
# A spreadsheet wrote the digits as an amount: the part after its one dot does not belong to the number.
_AMOUNT = re.compile(r"(\+?(?:\d+|\d{1,3}(?:\s\d{3})+))\.0+\s*")
# The zero of national calls, in brackets after the country code: nobody dials both. If the national number itself
# begins with 0 (Italy and a few more), it is dialled; the 8 of `8 (044)` is no country code.
_TRUNK = re.compile(
    r"\A(?!(?:\+|00)?\s*(?:39|378|225|24[12])\b)"
    r"((?:\+|00)\s*\d{1,3}|(?!0|8\b)\d{1,3}(?=\s*\(\s*0\s*\)))\s*\(\s*0"
)
# A Russian number: 8 for national calls, 8-10 for calls abroad, the ten digits of a mobile alone. A plus proves
# nothing (+8 is written too): a few foreign numbers get the key of a Russian one. It is better to refuse one address
# too many than to write to a customer who opted out.
_RUSSIAN = re.compile(r"(?:8107|[78])(\d{10})|(9\d{9})", re.ASCII)


def parse_phone(written: object) -> str | None:
    """The number, as `+` and digits or digits alone: `8 (916) 000-00-05` → `89160000005`; None if it is no person's.

    Digits of other scripts become ASCII digits.
    """
    if isinstance(written, bool) or not isinstance(written, str | int):
        return None
    found = _WRITTEN.fullmatch(str(written))
    plain = _BETWEEN.sub("", _dialled("".join(map(_digit, found[1])))) if found else ""
    return plain if MIN_DIGITS <= len(plain.removeprefix("+")) <= MAX_DIGITS and plain.strip("+0") else None


def _digit(character: str) -> str:
    return str(int(character)) if character.isdecimal() else character


def _dialled(written: str) -> str:
    """The text without parts that are never dialled: `79160000005.0`, `+44 (0)161 1234567`."""
    if amount := _AMOUNT.fullmatch(written):
        return amount[1]
    return _TRUNK.sub(r"\1", written)


def is_written_as_number(written: str) -> bool:
    """Whether the text is written like a number, of a person or not."""
    return _WRITTEN.fullmatch(written) is not None


@lru_cache(maxsize=10_000)
def number_key(written: str) -> str | None:
    """The key of the number, the same for all its spellings; None if it is no person's number.

    `8 (916) 000-00-05`, `tel:+79160000005` and `0079160000005` → `79160000005`.
    """
    digits = (parse_phone(written) or "").lstrip("+0")
    if found := _RUSSIAN.fullmatch(digits):
        return f"7{found[1] or found[2]}"
    return digits if len(digits) >= MIN_DIGITS else None
