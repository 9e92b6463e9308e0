"""Telephone numbers: which texts are a person's number."""

from __future__ import annotations

import re

FEWEST, MOST = 8, 15  # digits; E.164 allows 15, and what has fewer than 8 is a service, an extension or a slip
_WRITTEN = re.compile(r"\s*(?:tel:)?\s*(\+?[\d\s().\-/\u2010-\u2015]+)", re.IGNORECASE)
_BETWEEN = re.compile(r"[^\d+]+")


def number_of(written: object) -> str | None:
    """The number, as `+` and digits or digits alone: `8 (916) 000-00-05` → `89160000005`; None where it is no person's.

    Digits of other scripts are the digits that they mean.
    """
    if isinstance(written, bool) or not isinstance(written, str | int):
        return None
    found = _WRITTEN.fullmatch(str(written))
    plain = _BETWEEN.sub("", "".join(str(int(one)) if one.isdecimal() else one for one in found[1])) if found else ""
    return plain if FEWEST <= len(plain.removeprefix("+")) <= MOST and plain.strip("+0") else None
