"""Time zones as sources write them: names in any case, offsets, and the names of Windows. A guess is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from babel.core import get_global

from kaskad.domain.addresses.mailbox import INVISIBLE

MAX_LENGTH = 100  # characters
_NO_ZONES = frozenset(("Factory", "localtime"))  # of some machine, and nobody's
_UNSEEN = str.maketrans(dict.fromkeys(INVISIBLE) | {"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-"})
# `UTC+10`, `+10:00`, `GMT+0530`, `(UTC+03:00) Moscow`, `GMT+1000 (Vladivostok Standard Time)`; `MSK+7` is seven more
# than Moscow. Not `-600`, which may be minutes: JavaScript counts them the other way round.
_OFFSET = re.compile(
    r"\(?(?P<base>utc|gmt|msk|мск)?\s*((?P<sign>[+-])\s*(?P<hours>\d{1,2}(?!\d)|\d\d(?=\d\d))(:?(?P<minutes>\d\d))?)?\)?"
    r"(?P<name>\s.*)?"
)
_MOSCOW = 180  # minutes
# Offsets that are no whole hours, by a place that has kept them all the year for long.
_BROKEN = {
    -570: "Pacific/Marquesas",
    210: "Asia/Tehran",
    270: "Asia/Kabul",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    390: "Asia/Yangon",
    525: "Australia/Eucla",
    570: "Australia/Darwin",
}
_FURTHEST = range(-12, 15)  # hours


@lru_cache(maxsize=10_000)
def _read(text: str) -> str | None:
    plain = " ".join(text.translate(_UNSEEN).split()).casefold()
    return _names().get(plain.replace(" ", "_")) or _windows().get(plain) or _read_offset(plain)


def read_zone(said: Any) -> str | None:
    """The name of the zone that a source wrote, as IANA has it; None if it is none: ` asia/vladivostok` → its name.

    An offset is a zone without summer time: `UTC+10` → `Etc/GMT-10`, whose sign is the other way round.
    """
    return _read(said) if isinstance(said, str) and len(said) <= MAX_LENGTH else None


def _read_offset(plain: str) -> str | None:
    found = _OFFSET.fullmatch(plain)
    if found is None or not (found["base"] or found["sign"]):
        return None
    of_moscow = found["base"] in ("msk", "мск")
    if not found["sign"]:
        return None if found["name"] else "Europe/Moscow" if of_moscow else "UTC"
    if found["name"] and not plain.startswith("(") and "(" not in plain:
        return None
    told = 60 * int(found["hours"]) + int(found["minutes"] or 0)
    minutes = (_MOSCOW if of_moscow else 0) + (-told if found["sign"] == "-" else told)
    hours, rest = divmod(minutes, 60)
    if rest or int(found["minutes"] or 0) >= 60:
        return _BROKEN.get(minutes)
    if hours not in _FURTHEST:
        return None
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones() - _NO_ZONES}


@lru_cache(maxsize=1)
def _windows() -> Mapping[str, str]:
    return {name.casefold(): zone for name, zone in get_global("windows_zone_mapping").items()}
