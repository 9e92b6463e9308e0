"""Reads the times of a test case: absolute, or relative to the line before."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.quantities import CLOCK, parse_duration
from kaskad.config.yaml.scalars import read_text

DEFAULT_START = "2027-03-02 12:00"  # a Tuesday; the default start
MOMENT = re.compile(r"(20\d{2}-\d{2}-\d{2}) (\d{2}:\d{2})\Z", re.ASCII)
TIME_HINT = 'a time like "2027-03-02 12:00", "14:30" of the same day, or +40m'


def in_zone(said: str, zone: ZoneInfo) -> datetime:
    """The time as written, in that zone."""
    return datetime.fromisoformat(said).replace(tzinfo=zone)


def parse_moment(said: str) -> datetime | None:
    """The time in that format; None if it does not exist."""
    try:
        return datetime.fromisoformat(said) if MOMENT.match(said) else None
    except ValueError:
        return None


def read_time(node: Node, last: datetime) -> datetime:
    """The time as written, in the zone of the one before it."""
    said = read_text(node)
    if said.startswith("+"):
        zone = last.tzinfo
        assert isinstance(zone, ZoneInfo)
        length = parse_duration(node, said[1:].strip())
        try:
            return length.after(last.astimezone(UTC), zone).astimezone(zone)
        except OverflowError:
            raise node.error(f"'{said}' is after the end of all calendars: write {TIME_HINT}") from None
    if CLOCK.match(said):
        return datetime.combine(last.date(), datetime.strptime(said, "%H:%M").time(), last.tzinfo)  # noqa: DTZ007
    if stated := parse_moment(said):
        return stated.replace(tzinfo=last.tzinfo)
    raise node.error(f"'{said}' is no time: write {TIME_HINT}")
