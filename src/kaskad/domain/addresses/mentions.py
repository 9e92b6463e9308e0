"""Texts that name a person: how the ids and addresses of one are found in an event that was kept as it came.

Two ways of looking: `wide` is for erasing, where an event too many goes; `narrow` is for giving out, where nobody gets
an event that may be about somebody else. Both look at normalized texts: see `DIGITS`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from kaskad.domain.addresses.address_key import CALLED
from kaskad.domain.addresses.mailbox import INVISIBLE
from kaskad.domain.addresses.phone import national_digits, number_key
from kaskad.domain.channel import Channel

MIN_BARE = 6  # characters: shorter words stand in texts about anybody
MIN_NUMBER = 4  # digits, likewise
OWNERS = ("user", "customer", "client", "anonymous", "person", "profile", "member", "visitor", "contact")
# each text is normalized to NFKC and in lower case; digits of other scripts are digits, and what nobody sees between
# letters goes, as it does when addresses are read
DIGITS = ("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2)
PHONED = (*CALLED, Channel.VIBER)
_LONG = 80  # characters; a longer word is no part of another
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Mentions:
    """What names the person in a text: a regular expression, a part of it (`LIKE`), or a part of all its digits."""

    patterns: tuple[str, ...]
    parts: tuple[str, ...]
    numbers: tuple[str, ...] = ()

    @classmethod
    def of(cls, patterns: Iterable[str], words: Iterable[str], numbers: Iterable[str] = ()) -> Mentions:
        """Several patterns are looked for at once, in one pass over the text; long words one by one."""
        ways = list(dict.fromkeys(patterns))
        together = ("|".join(ways[start : start + _AT_ONCE]) for start in range(0, len(ways), _AT_ONCE))
        parts, digits = ({f"%{_escape_like(text)}%" for text in texts} for texts in (words, numbers))
        return cls(tuple(together), tuple(sorted(parts)), tuple(sorted(digits)))


def wide(ids: Iterable[tuple[str, str]], addresses: Iterable[tuple[str, str]]) -> Mentions:
    """Whatever may name the person with these ids (kind and value) and addresses (channel and address)."""
    ids, addresses = _normalized(ids), _normalized(addresses)
    words = sorted({word for _, word in (*ids, *addresses)})
    numbers = [word for word in words if _is_number(word)]
    bare = [word for word in words if len(word) >= MIN_BARE and not _is_number(word)]
    forms = [form for word in bare for form in _bare(word)]
    forms += [form for word in words if word not in bare and len(word) < MIN_BARE for form in _quoted(word)]
    patterns = [re.escape(form) for form in forms if len(form) <= _LONG]
    patterns += [_number(number) for number in numbers if len(number) >= MIN_NUMBER]
    patterns += [_said_of(OWNERS, number) for number in numbers if len(number) < MIN_NUMBER]
    patterns += [_said_of((kind,), value) for kind, value in ids if _is_number(value)]
    return Mentions.of(patterns, (form for form in forms if len(form) > _LONG), _phones(addresses))


def narrow(ids: Iterable[tuple[str, str]], addresses: Iterable[tuple[str, str]]) -> Mentions:
    """What names this person and nobody else: an id under its own name, an address as a word of its own."""
    ids, addresses = _normalized(ids), _normalized(addresses)
    patterns = [rf'"{_name(kind)}"\s*:\s*({_literal(value)})' for kind, value in ids]
    patterns += [_external(kind, value) for kind, value in ids]
    bare = sorted({word for _, word in addresses if len(word) >= MIN_BARE and not _is_number(word)})
    forms = [form for word in bare for form in _bare(word)]
    patterns += [_own_word(form) for form in forms if len(form) <= _LONG]
    numbers = sorted(number_key(address) or "" for channel, address in addresses if channel in PHONED)
    patterns += [_spelled(number, digits) for number in numbers if (digits := national_digits(number))]
    return Mentions.of(patterns, (form for form in forms if len(form) > _LONG))


def _normalize(word: str) -> str:
    """The word as it stands in a normalized text."""
    return unicodedata.normalize("NFKC", word).translate(_PLAIN).lower().strip()


_PLAIN = str.maketrans(dict(zip(*DIGITS, strict=True)) | dict.fromkeys(INVISIBLE, ""))


def _normalized(named: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(_normalize(of), word) for of, said in named if (word := _normalize(said))]


def _quoted(word: str) -> Iterator[str]:
    """Yields the word as JSON writes it, in its letters and in ASCII, and as messages quote it."""
    yield json.dumps(word, ensure_ascii=False)
    yield json.dumps(word)
    yield repr(word)


def _bare(word: str) -> Iterator[str]:
    """Yields the word without quotes: in a sentence, inside of JSON, in a link."""
    yield word
    yield json.dumps(word, ensure_ascii=False)[1:-1]
    yield json.dumps(word)[1:-1]
    yield quote(word, safe="").lower()


def _phones(addresses: Collection[tuple[str, str]]) -> set[str]:
    """Returns the digits of each telephone number that every spelling has, with or without its country."""
    found = (national_digits(address) for channel, address in addresses if channel in PHONED)
    return {digits for digits in found if digits}


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _number(digits: str) -> str:
    return f"(^|[^0-9]){digits}($|[^0-9])"


def _name(name: str) -> str:
    return re.escape(name).replace("_", "_?")


def _said_of(names: Iterable[str], value: str) -> str:
    """The value of a property of one of these names, as a text or a number; `user_id` is `userId` too."""
    keys = "|".join(map(_name, names))
    return rf'"[a-z_$]*({keys})[a-z_]*"\s*:\s*({_literal(value)})'


def _external(kind: str, value: str) -> str:
    """An id of `context.externalIds`; the body of an event is sorted by its names."""
    return rf'"id"\s*:\s*({_literal(value)})\s*[,}}][^{{}}]*"type"\s*:\s*"{re.escape(kind)}"'


def _literal(value: str) -> str:
    """The value as JSON writes it: in quotes, with blanks around it as some sources do, or as a number."""
    forms = "|".join(dict.fromkeys(re.escape(form) for form in (value, *(said[1:-1] for said in _json(value)))))
    number = rf"|{value}(\.0+)?($|[^0-9.])" if _is_number(value) else ""
    return rf'"\s*({forms})\s*"{number}'


def _json(value: str) -> tuple[str, str]:
    return json.dumps(value, ensure_ascii=False), json.dumps(value)


def _own_word(word: str) -> str:
    """The word, and no longer one that has it in it: neither `hanna@x.example` nor `anna@x.example.org`."""
    return rf"(^|[^[:alnum:]._+%-]){re.escape(word)}($|[^[:alnum:]_.@-]|\.($|[^[:alnum:]]))"


def _spelled(number: str, national: str) -> str:
    """A value that is this number, with its country or without: the same digits abroad are another one."""
    country = number.removesuffix(national)
    spaced = r"[^0-9\"]{0,3}".join(national)
    return rf'[":]\s*(tel:)?[+(\s]*(00)?({country}|0?8|0)?[^0-9"]{{0,3}}{spaced}(\.0+)?($|[^0-9.])'


def _escape_like(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
