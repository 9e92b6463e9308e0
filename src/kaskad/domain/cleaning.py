"""Cleans text from outside, so that it can be stored, matched and shown."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 200  # characters of a provider's text
BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u2060\ufeff"  # characters that nobody sees
# NUL and half surrogate pairs cannot be stored; the others hide or reverse the characters next to them.
_NEVER_STORED = re.compile(r"[\x00\ud800-\udfff]")
_UNFIT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def is_storable(text: str) -> bool:
    """Whether the database can have a text like this one: whoever is named by another is nobody."""
    return not _NEVER_STORED.search(text)


def without_blanks(text: str) -> str:
    """The text without blanks around it, as ids are stored."""
    return text.strip(BLANK)


def clean_text(text: object, longest: int = MAX_LENGTH) -> str:
    """The text on one line of at most that many characters; characters that cannot be stored or seen become U+FFFD."""
    return " ".join(_UNFIT.sub("\ufffd", str(text)[: 8 * longest]).split())[:longest]


def word_set(text: str) -> frozenset[str]:
    """The words of the text, which blanks part: how lists of words are declared."""
    return frozenset(text.split())


def folded(word: str) -> str:
    """The word's letters and digits only, in lower case: `Opted-Out`, `opted_out` and `OPTED OUT` become equal."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", word).casefold()))
