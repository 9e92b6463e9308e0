"""Text that strangers wrote, made fit to be stored, matched and shown."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 200  # characters of what a provider says
# NUL and half surrogate pairs cannot be stored; the others hide or turn what stands beside them.
_UNFIT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def clean_text(text: object, longest: int = MAX_LENGTH) -> str:
    """The text on one line of at most that many characters; what cannot be stored or seen becomes U+FFFD."""
    return " ".join(_UNFIT.sub("\ufffd", str(text)[: 8 * longest]).split())[:longest]


def folded(word: str) -> str:
    """Its letters and digits alone, in small ones: `Opted-Out`, `opted_out` and `OPTED OUT` are one."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", word).casefold()))
