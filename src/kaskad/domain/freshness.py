"""Whether a source of events is too old to decide on."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pendulum

from kaskad.domain.journey import Window
from kaskad.domain.schedule import is_open, local


def is_stale(
    last_heard: datetime | None, limit: timedelta, hours: Window | None, zone: ZoneInfo, now: datetime
) -> bool:
    """Whether the source has been silent for longer than `limit` of its opening hours. A closed store is not late."""
    if hours and not is_open(hours, now, zone):
        return False
    since = now - limit
    if last_heard is not None and last_heard >= since:
        return False
    return not (hours and _opened_at(hours, zone, now) > since)


def _opened_at(hours: Window, zone: ZoneInfo, now: datetime) -> datetime:
    """When the opening hours that hold now began."""
    here = local(now, zone)
    opened = pendulum.datetime(here.year, here.month, here.day, hours.from_.hour, hours.from_.minute, tz=zone.key)
    return opened if opened <= now else opened.subtract(days=1)
