"""Telephone numbers: which texts are the number of a person, and the key that all spellings of one have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
from babel.core import get_global
from phonenumbers import PhoneNumberType as Kind

from kaskad.domain.addresses.mailbox import INVISIBLE

# digits; E.164 allows 15, and fewer than 8 are a service number, an extension or a mistake
MIN_DIGITS, MAX_DIGITS = 8, 15
MAX_LENGTH = 100  # characters of a number that is read
REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)  # countries by their two letters
# of a hotline or a service, and some cost the shop money: no customer is reached there
_NOBODYS = frozenset({Kind.TOLL_FREE, Kind.PREMIUM_RATE, Kind.SHARED_COST, Kind.UAN, Kind.VOICEMAIL})
# What stands before a number that was copied with its label: `тел.: 8 916 …`, `Mobile phone: +44 …`. A fax is nobody.
_LABEL = (
    r"(?:(?:(?:tele)?phone|tel|tél|telefon|ph|(?:mobile|cell)(?:phone)?|mobil|mob|handy|number|no"
    r"|тел|телефон[аи]?|моб|мобильный|мобільний|сот|сотовый|номер|т|м)(?![^\W\d_])[\s.:]*){0,3}"
)
_WRITTEN = re.compile(rf"\s*{_LABEL}\s*(\+?[\d\s().~\-/\u2010-\u2015]+)", re.IGNORECASE)
_MARKS = str.maketrans(
    dict.fromkeys(INVISIBLE) | {"\uff0b": "+", "\u2212": "-", "\uff0d": "-", "\uff08": "(", "\uff09": ")"}
)
_BETWEEN = re.compile(r"[^\d+]+")
# A spreadsheet wrote the digits as an amount: the part after its one dot does not belong to the number.
_AMOUNT = re.compile(r"(\+?(?:\d+|\d{1,3}(?:\s\d{3})+))\.0+\s*")
# The zero of national calls, in brackets after the country code: nobody dials both. Behind other digits it belongs to
# the code itself: `+38 (067) …` is a number of 380. If the national number begins with 0 (Italy and a few more), it is
# dialled; the 8 of `8 (044)` is no country code.
_TRUNK = re.compile(
    r"\A(?!(?:\+|00)?\s*(?:39|378|225|24[12])\b)"
    r"((?:\+|00)\s*(\d{1,3})|(?!0|8\b)(\d{1,3})(?=[\s.\-]*\(\s*0\s*\)))[\s.\-]*\(\s*0"
)
_COUNTRIES = frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
# A Russian number: 8 for national calls, 8-10 for calls abroad, the ten digits of a mobile alone. A plus proves
# nothing (+8 is written too): a few foreign numbers get the key of a Russian one. It is better to refuse one address
# too many than to write to a customer who opted out.
_RUSSIAN = re.compile(r"(?:8107|[78])(\d{10})|(9\d{9})", re.ASCII)


@lru_cache(maxsize=100)
def region_of_zone(time_zone: str) -> str | None:
    """The country of a time zone, as two letters; None if it is no country's, like UTC."""
    named = get_global("zone_aliases").get(time_zone, time_zone)
    region = get_global("zone_territories").get(named)
    return region if region in REGIONS else None


@lru_cache(maxsize=10_000)
def parse_phone(written: str, region: str | None = None) -> str | None:
    """The number in E.164: `8 (916) 000-00-05` → `+79160000005`; None if it is no person's.

    Without a plus it is one of the region (a country's two letters), else international. A number with an extension
    is none: only a person can dial it. Digits of other scripts are digits.
    """
    return next(_readings(_plain(written), region), None)


def _readings(plain: str, region: str | None) -> Iterator[str]:
    """Yields the numbers that the digits can mean, the likeliest first; none if the likeliest is nobody's.

    If the country is told, a possible number is enough: numbering plans grow faster than their table is updated. Where
    the country is a guess, the number must be in its plan: else a foreign number would become one of here.
    """
    digits = plain.lstrip("+0")
    told = plain.startswith(("+", "00"))
    abroad, here = (f"+{digits}", None), (digits, region)
    if plain.startswith("+"):
        texts = [abroad, here]
    elif told:
        texts = [(plain, region), abroad, here]
    else:  # one 0 is that of national calls: what follows is no country's code
        texts = [(plain, region)] if plain.startswith("0") else [(plain, region), abroad]
    for text, of in texts:
        number, kind = _read(text, of)
        if kind in _NOBODYS:
            return
        if number and kind != Kind.UNKNOWN:
            yield number
    number, kind = _read(*abroad) if told else (None, Kind.UNKNOWN)
    if number and kind == Kind.UNKNOWN:
        yield number


def _read(text: str, region: str | None) -> tuple[str | None, int]:
    """Returns the number in E.164, None if there can be none like it, and its kind in its country's plan."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None, Kind.UNKNOWN
    kind = phonenumbers.number_type(number)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    fits = MIN_DIGITS < len(e164) <= MAX_DIGITS + 1 and (
        kind != Kind.UNKNOWN
        or (
            not number.italian_leading_zero  # a zero that is dialled stands in the plans of the few who have it
            and phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
        )
    )
    return e164 if fits else None, kind


def _plain(written: str) -> str:
    """The text's digits, with their plus; empty if it is not written like a number of a person."""
    found = _match(written)
    plain = _BETWEEN.sub("", _dialled("".join(map(_digit, found[1])))) if found else ""
    return plain if MIN_DIGITS <= len(plain.removeprefix("+")) <= MAX_DIGITS and plain.strip("+0") else ""


def _digit(character: str) -> str:
    return str(int(character)) if character.isdecimal() else character


def _dialled(written: str) -> str:
    """The text without parts that are never dialled: `79160000005.0`, `+44 (0)161 1234567`."""
    if amount := _AMOUNT.fullmatch(written):
        return amount[1]
    trunk = _TRUNK.match(written)
    if trunk and (trunk[2] or trunk[3]) in _COUNTRIES:
        return trunk[1] + written[trunk.end() :]
    return written


def is_written_as_number(written: str) -> bool:
    """Whether the text is written like a number, of a person or not."""
    return _match(written) is not None or (len(written) > MAX_LENGTH and not any(map(str.isalpha, written)))


def _match(written: str) -> re.Match[str] | None:
    """The digits of a text that is written like a number. Blanks without an end would take the expression hours."""
    return _WRITTEN.fullmatch(written.translate(_MARKS)) if len(written) <= MAX_LENGTH else None


@lru_cache(maxsize=10_000)
def number_key(written: str) -> str | None:
    """The key of the number: its digits in E.164; None if it is no person's number.

    It knows no region, so that what is stored stays comparable: `tel:+79160000005` and, as everywhere in Russia,
    `8 (916) 000-00-05` → `79160000005`. What else is written without its country is compared by `number_keys`.
    """
    digits = _plain(written).lstrip("+0")
    if found := _RUSSIAN.fullmatch(digits):
        return f"7{found[1] or found[2]}"
    return digits if len(digits) >= MIN_DIGITS else None


def number_keys(key: str, region: str | None) -> frozenset[str]:
    """The keys of every number that somebody in the region can mean by these digits: that key itself among them."""
    texts = [key, key[1:], f"8{key[1:]}"] if _RUSSIAN.fullmatch(key) else [key]
    plains = (plain for text in texts for plain in (text, f"0{text}", f"00{text}", f"+{text}"))
    meant = (number for plain in plains for number in _readings(plain, region))
    return frozenset({key, *(found for number in meant if (found := number_key(number)))})


def national_digits(number: str) -> str | None:
    """The digits that every spelling of the number has, at most the last ten; None if it is no person's.

    `+79160000005` → `9160000005`: somebody may write it with or without its country, or as `8 (916) …`.
    """
    digits = _plain(number).lstrip("+0")
    if len(digits) < MIN_DIGITS:
        return None
    try:
        national = str(phonenumbers.parse(f"+{digits}").national_number)
    except phonenumbers.NumberParseException:
        national = digits
    return (national if len(national) >= MIN_DIGITS - 1 else digits)[-10:]
