"""Parses the parts of one event in Segment's format: its kind, its time, its keys, and its customer's ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from kaskad.domain.cleaning import without_blanks
from kaskad.domain.events import IDENTIFY, TRACK
from kaskad.domain.rejection import EventRejected, RejectionCode
from kaskad.domain.values.dialect import Dialect
from kaskad.domain.values.instants import EARLIEST, LATEST, read_instant
from kaskad.domain.values.placeholders import is_placeholder

PAGE_KINDS = ("page", "screen", "group", "alias")  # these have no names of their own, and refuse nothing
KINDS = frozenset({TRACK, IDENTIFY, *PAGE_KINDS})
_HUMP = re.compile(r"(?<=[a-zа-яё0-9])(?=[A-ZА-ЯЁ])")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def read_kind(raw: Mapping[str, Any]) -> str:
    """Returns which of Segment's calls it is; without a `type`, its content shows. Raises EventRejected."""
    kind = raw.get("type") or (TRACK if "event" in raw else IDENTIFY)
    if isinstance(kind, str) and kind in KINDS:
        return kind
    raise EventRejected(
        RejectionCode.UNKNOWN_TYPE, f"'type' must be track, identify, page, screen, group or alias, not {kind!r:.60}"
    )


def read_ids(raw: Mapping[str, Any], context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields each id of the event with its kind, without blanks around either; not what stands in place of one."""
    return ((kind, id_) for kind, id_ in _told_ids(raw, context) if not is_placeholder(id_))


def _told_ids(raw: Mapping[str, Any], context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    found = [("user_id", raw.get("userId"))]
    external = context.get("externalIds")
    for external_id in external if isinstance(external, list) else ():
        kind = external_id.get("type") if isinstance(external_id, dict) else None
        if isinstance(kind, str) and without_blanks(kind):  # without a kind it is nobody's
            found.append((without_blanks(kind), external_id.get("id")))
    traits = raw.get("traits")
    if isinstance(traits, dict):
        found.append(("card", traits.get("card")))
    found.append(("anonymous_id", raw.get("anonymousId")))
    return ((kind, id_) for kind, value in found if value is not None and (id_ := id_of(value)))


def real_id(value: Any) -> str:
    """Returns the id that the value is; "" for everything else, and for what stands in place of one."""
    id_ = id_of(value)
    return "" if is_placeholder(id_) else id_


def id_of(value: Any) -> str:
    """Returns the id that a text or a number is; "" for everything else."""
    if isinstance(value, str):
        return without_blanks(value)
    return str(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else ""


@lru_cache(maxsize=10_000)
def snake_case(name: str) -> str:
    """Returns `order_completed` for `Order Completed`, `orderCompleted`; letters of any script stay: `Заказ оплачен`.

    A name without letters and digits stays as it is: else several would become one.
    """
    spaced = _HUMP.sub("_", unicodedata.normalize("NFKC", name).strip())
    return _BETWEEN_WORDS.sub("_", spaced).strip("_").lower() or name


def snake_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values under snake-cased names."""
    return {snake_case(key): value for key, value in values.items()}


def get_object(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Returns the object under that key, empty if there is none. Raises EventRejected for anything else."""
    value = raw.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise EventRejected(RejectionCode.BAD_SHAPE, f"'{key}' must be an object")
    return value


def parse_time(value: Any, dialect: Dialect | None = None) -> datetime | None:
    """Returns the time that a source wrote, in UTC; None for null. Raises EventRejected."""
    if value is None:
        return None
    read = read_instant(value, dialect)
    if read is None:
        said = f"an ISO 8601 time between {EARLIEST:%Y} and {LATEST:%Y}, not {value!r:.60}"
        raise EventRejected(RejectionCode.BAD_TIME, f"'timestamp' must be {said}; 'formats' of a source allow others")
    return read
