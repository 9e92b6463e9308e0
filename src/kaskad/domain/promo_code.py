"""Promo codes as people type them, and why one is not good."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")  # what keyboards make of a hyphen
UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})  # categories of blanks, and of characters that nobody sees


class PromoProblem(StrEnum):
    """Why a code is not good at a place now."""

    UNKNOWN = "promo-unknown"
    SEVERAL = "promo-several"  # codes that differ in nothing but case and blanks
    NOT_GIVEN = "promo-not-given"  # no customer has it yet
    ENDED = "promo-ended"  # its promo is not in the files any more
    EXPIRED = "promo-expired"
    ELSEWHERE = "promo-elsewhere"  # it is good at other places only
    REDEEMED = "promo-redeemed"


def code_key(written: str) -> str:
    """What codes are compared by: without case and blanks, whatever dash somebody typed."""
    seen = (letter for letter in unicodedata.normalize("NFKC", written) if unicodedata.category(letter) not in UNSEEN)
    return "".join(seen).translate(DASHES).casefold()


def is_good_at(place: str, where: tuple[str, ...]) -> bool:
    """Whether a promo that can be used in those places can be used here; without places it can be used everywhere."""
    return not where or place_key(place) in {place_key(each) for each in where}


def place_key(place: str) -> str:
    """The form in which places are compared."""
    return place.strip().casefold().replace(" ", "_")
