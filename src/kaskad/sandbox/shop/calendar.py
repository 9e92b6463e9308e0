"""The days that are played, and when people are awake."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kaskad.sandbox.shop.people import SHOP_ZONE

# How likely each local hour is, from midnight on: very low at night, higher at lunch, highest in the evening.
RHYTHM = (3, 1, 1, 1, 1, 2, 5, 12, 25, 40, 50, 58, 70, 66, 55, 52, 55, 65, 80, 95, 100, 90, 55, 20)
OPENING, CLOSING = 9, 22  # the stores' hours, in the shop's zone


@dataclass(frozen=True, slots=True)
class Calendar:
    """`days` days from `start` (aware). Day 1 is the date of `start` in the shop's zone."""

    start: datetime
    days: int

    @property
    def end(self) -> datetime:
        """The first instant after the last day."""
        return self.start + timedelta(days=self.days)

    def holds(self, at: datetime) -> bool:
        """Whether the instant is within the days."""
        return self.start <= at < self.end

    def at(self, day: int, clock: str) -> datetime:
        """The instant of a local time such as `12:05` on that day in the shop's zone. UTC."""
        zone = ZoneInfo(SHOP_ZONE)
        date = self.start.astimezone(zone).date() + timedelta(days=day - 1)
        return datetime.combine(date, time.fromisoformat(clock), zone).astimezone(UTC)

    def moment(self, rng: random.Random, zone: str, first: float = 0.0, *, last: float = 1.0) -> datetime:
        """A random instant between two shares of the span, when somebody in that zone is likely to be awake. UTC."""
        seconds = (self.end - self.start).total_seconds()
        while True:
            at = self.start + timedelta(seconds=round(seconds * rng.uniform(first, last)))
            if rng.uniform(0, max(RHYTHM)) < RHYTHM[at.astimezone(ZoneInfo(zone)).hour]:
                return at.astimezone(UTC)


def while_open(at: datetime, rng: random.Random) -> datetime:
    """The instant itself if the stores are open, else some minutes after they open next. UTC."""
    local = at.astimezone(ZoneInfo(SHOP_ZONE))
    if OPENING <= local.hour < CLOSING:
        return at
    date = local.date() + timedelta(days=local.hour >= CLOSING)
    opens = datetime.combine(date, time(OPENING), local.tzinfo)
    return (opens + timedelta(seconds=rng.randint(300, 10_800))).astimezone(UTC)
