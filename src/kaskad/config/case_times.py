"""The times of a case: written out, or counted from the line before."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from kaskad.config.node import Node
from kaskad.config.quantities import CLOCK, duration_of
from kaskad.config.scalars import text

START = "2027-03-02 12:00"  # a Tuesday, where a file names no other
MOMENT = re.compile(r"(20\d{2}-\d{2}-\d{2}) (\d{2}:\d{2})\Z", re.ASCII)
TIME = 'a time like "2027-03-02 12:00", "14:30" of the same day, or +40m'


def local(said: str, zone: ZoneInfo) -> datetime:
    """The time as it is written, there."""
    return datetime.fromisoformat(said).replace(tzinfo=zone)


def moment(said: str) -> datetime | None:
    """The time of that form, of this century; None where there is no such."""
    try:
        return datetime.fromisoformat(said) if MOMENT.match(said) else None
    except ValueError:
        return None


def time_of(node: Node, last: datetime) -> datetime:
    """The time that is written, in the zone of the one before it."""
    said = text(node)
    if said.startswith("+"):
        zone = last.tzinfo
        assert isinstance(zone, ZoneInfo)
        length = duration_of(node, said[1:].strip())
        try:
            return length.after(last.astimezone(UTC), zone).astimezone(zone)
        except OverflowError:
            raise node.wrong(f"'{said}' is after the end of all calendars: write {TIME}") from None
    if CLOCK.match(said):
        return datetime.combine(last.date(), datetime.strptime(said, "%H:%M").time(), last.tzinfo)  # noqa: DTZ007
    if stated := moment(said):
        return stated.replace(tzinfo=last.tzinfo)
    raise node.wrong(f"'{said}' is no time: write {TIME}")
