"""Numbers and money as sources write them: `1 500,50 ₽`, `1,500.00`, `1500.5`. What has two meanings is not read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal

from babel.numbers import list_currencies

from kaskad.domain.cleaning import word_set

MAX_AMOUNT = Decimal("999999999999.99")  # larger amounts, quantities and totals are not valid
MAX_LENGTH = 40  # characters of a number that is read
# Names of what is computed with in events and in their lines, whatever the shop declares.
MONEY_NAMES, NUMBER_NAMES = ("price", "total", "revenue", "discount"), ("quantity", "stock")
DecimalMark = Literal[",", "."]

# Signs and words of one currency only. `$`, `¥` and `kr` belong to several: see `_SHARED`.
_SIGNS = dict.fromkeys(("₽", "руб", "р", "рублей", "рубль", "рубля", "rur"), "RUB") | {
    "€": "EUR",
    "£": "GBP",
    "₴": "UAH",
    "₸": "KZT",
    "тг": "KZT",
    "₺": "TRY",
    "₾": "GEL",
    "₼": "AZN",
    "֏": "AMD",
    "₹": "INR",
    "₪": "ILS",
    "zł": "PLN",
    "kč": "CZK",
    "us$": "USD",
}
_SHARED = {
    "$": frozenset(("USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "ARS", "CLP", "COP")),
    "¥": frozenset(("JPY", "CNY")),
    "kr": frozenset(("SEK", "NOK", "DKK", "ISK")),
}
# ISO 4217 also numbers them, as tills and banks do; 810 is what the rouble was before.
_NUMBERED = {
    643: "RUB",
    810: "RUB",
    840: "USD",
    978: "EUR",
    826: "GBP",
    756: "CHF",
    156: "CNY",
    392: "JPY",
    356: "INR",
    398: "KZT",
    933: "BYN",
    980: "UAH",
    860: "UZS",
    417: "KGS",
    972: "TJS",
    934: "TMT",
    51: "AMD",
    944: "AZN",
    981: "GEL",
    498: "MDL",
    949: "TRY",
    376: "ILS",
    784: "AED",
    985: "PLN",
    203: "CZK",
    941: "RSD",
    410: "KRW",
}
# Metals, units of account, codes for tests and for no currency at all: nothing is sold in them.
_NO_MONEY = word_set("XXX XTS XAU XAG XPT XPD XBA XBB XBC XBD XDR XEU XFO XFU XRE XSU XUA")
_MARKS = str.maketrans({"\u2212": "-", "\u066b": ".", "\u066c": "'", "\u2019": "'", "`": "'", "_": " "})
_PLAIN = re.compile(r"[-+]?(\d+|\d*\.\d+|\d+\.)(e[-+]?\d{1,3})?", re.IGNORECASE)
_FRACTION = re.compile(r"([-+]?\d*)([.,])(\d+)")
# One mark parts the thousands, in threes (in India the upper ones in twos); another one begins the fraction.
_GROUPED = re.compile(
    r"(?P<whole>[-+]?\d{1,3}(?P<mark>[ '.,])(?:\d{2,3}(?P=mark))*\d{3})((?P<point>[.,])(?P<rest>\d+))?"
)
_BESIDE = re.compile(r"(?P<before>[^\d.,+-]*)(?P<number>[-+]?[.,]?\d(?:[\d.,' ]*\d|\.)?)(?P<after>\D*)")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with two decimals, in a currency of ISO 4217."""

    amount: Decimal
    currency: str


def read_number(said: Any, decimal: DecimalMark | None = None) -> Decimal | None:
    """The number that a source wrote, as a number or a text; None if it is none, has two meanings, or is too large.

    `decimal` is the mark before the fraction if it is known. Without it `1,500` has two meanings, and `1.500` has one:
    programs write a point.
    """
    if isinstance(said, bool) or not isinstance(said, int | float | Decimal | str):
        return None
    text = str(said)
    number = _parse(_simplify(text), decimal if isinstance(said, str) else None) if len(text) <= MAX_LENGTH else None
    return number if number is not None and number.is_finite() and abs(number) <= MAX_AMOUNT else None


def read_money(said: Any, currency: str | None, *, shop: str, decimal: DecimalMark | None = None) -> Money | None:
    """The amount in `currency` (what the event says beside it), else in the one that the text names, else the shop's.

    None if it cannot be read, or if the text names another currency than `currency`.
    """
    if not isinstance(said, str):
        number = read_number(said)
        return None if number is None else Money(_round(number), currency or shop)
    found = _BESIDE.fullmatch(_simplify(said)) if len(said) <= MAX_LENGTH else None
    number = read_number(found["number"], decimal) if found else None
    if found is None or number is None:
        return None
    own = _named_currency([found["before"], found["after"]], currency or shop)
    if own is None or (own and currency and own != currency):
        return None
    return Money(_round(number), own or currency or shop)


def read_currency(said: Any) -> str | None:
    """The ISO 4217 code that a code, its number, a sign or a Russian word means; None if it means none, or several."""
    if type(said) is int or (isinstance(said, str) and said.isascii() and said.isdecimal() and len(said) == 3):
        return _NUMBERED.get(int(said))
    if not isinstance(said, str) or len(said) > MAX_LENGTH:
        return None
    return _named_currency([_simplify(said)], "") or None


def to_json(number: Decimal) -> int | float:
    """The number as JSON has it: whole where it is whole."""
    return int(number) if number == number.to_integral_value() else float(number)


def _named_currency(words: list[str], expected: str) -> str | None:
    """The currency that these words name, "" if there are none; None if they are no currency, or several."""
    found = {code for word in words if (bare := word.strip(". ").casefold()) for code in _codes(bare, expected)}
    return None if len(found) > 1 or "" in found else next(iter(found), "")


def _codes(word: str, expected: str) -> set[str]:
    if word in _SHARED:
        return {expected if expected in _SHARED[word] else ""}
    return {_SIGNS.get(word) or (word.upper() if word.upper() in _currencies() else "")}


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies()) - _NO_MONEY


def _simplify(text: str) -> str:
    """The text with ASCII digits, and with one character for each kind of mark."""
    if text.isascii():
        return text.translate(_MARKS).strip()
    plain = unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS).strip()
    return "".join(str(int(letter)) if letter.isdecimal() else letter for letter in plain)


def _parse(text: str, decimal: DecimalMark | None) -> Decimal | None:
    fraction = _FRACTION.fullmatch(text)
    if fraction and not _is_ambiguous(fraction, decimal):
        return _decimal(f"{fraction[1]}.{fraction[3]}")
    grouped = _GROUPED.fullmatch(text)
    if grouped is None:
        return _decimal(text) if _PLAIN.fullmatch(text) else None
    mark, point = grouped["mark"], grouped["point"]
    if mark in (point, decimal) or (fraction and decimal is None) or (decimal and point and point != decimal):
        return None
    return _decimal(f"{grouped['whole'].replace(mark, '')}.{grouped['rest'] or 0}")


def _is_ambiguous(fraction: re.Match[str], decimal: DecimalMark | None) -> bool:
    """Whether the mark may part thousands: `1,500`; not in `1500,5` and `0,500`. A point alone parts a fraction."""
    whole, mark, rest = fraction.groups()
    digits = whole.lstrip("+-")
    return mark != (decimal or ".") and len(rest) == 3 and 1 <= len(digits) <= 3 and not digits.startswith("0")


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _round(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"))
