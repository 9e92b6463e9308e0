"""Durations: time that passes, or days of the customer's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from kaskad.domain.model import Model


class Duration(Model):
    """A length of time: `seconds` that pass (`24h`, `7d`), or calendar `days` in the customer's zone (`1 day`)."""

    seconds: Annotated[int, Field(ge=0)] = 0
    days: Annotated[int, Field(ge=0)] = 0

    def after(self, start: datetime, zone: ZoneInfo) -> datetime:
        """The instant this long after `start`; calendar days keep the wall clock across DST. Aware, in UTC."""
        if not self.days:
            return start + timedelta(seconds=self.seconds)
        local = start.astimezone(zone) + timedelta(days=self.days)
        return local.astimezone(UTC) + timedelta(seconds=self.seconds)

    def before(self, end: datetime, zone: ZoneInfo) -> datetime:
        """The instant this long before `end`; calendar days keep the wall clock. Aware, in UTC."""
        if not self.days:
            return end - timedelta(seconds=self.seconds)
        local = end.astimezone(zone) - timedelta(days=self.days)
        return local.astimezone(UTC) - timedelta(seconds=self.seconds)

    @property
    def as_timedelta(self) -> timedelta:
        """A timedelta with days of 24 hours, as in UTC: the database calculates with this, because it knows no zone."""
        return timedelta(seconds=self.seconds, days=self.days)

    @property
    def shortest(self) -> timedelta:
        """A lower bound of the elapsed time: clocks go forward by three hours at most."""
        return self.as_timedelta - timedelta(hours=3 if self.days else 0)

    @property
    def longest(self) -> timedelta:
        """An upper bound of the elapsed time: clocks go back by three hours at most."""
        return self.as_timedelta + timedelta(hours=3 if self.days else 0)
