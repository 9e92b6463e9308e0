"""Whether a source of events is too old to decide on."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kaskad.domain.decisions.facts import Facts
from kaskad.domain.decisions.local_time import at_clock_time, is_open, local_date
from kaskad.domain.journeys.journey import Window
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import Version


def is_stale(
    last_heard: datetime | None, limit: timedelta, hours: Window | None, zone: ZoneInfo, now: datetime
) -> bool:
    """Whether the source has been silent for longer than `limit` of its opening hours. A closed store is not late."""
    if hours and not is_open(hours, now, zone):
        return False
    if last_heard is None:
        return True
    if not hours or hours.from_ == hours.to:
        return now - last_heard > limit
    return _open_time(hours, zone, last_heard, now, limit) > limit


def find_stale_source(version: Version, facts: Facts, now: datetime, project: Project) -> str | None:
    """The first source of `fresh_data` that has been silent for too long; None if all are fresh."""
    for name, limit in version.journey.fresh_data.items():
        source = project.sources.get(name)
        zone = ZoneInfo((source and source.time_zone) or project.shop.time_zone)
        if is_stale(facts.last_heard.get(name), limit.longest, source.open if source else None, zone, now):
            return name
    return None


def _open_time(hours: Window, zone: ZoneInfo, since: datetime, now: datetime, enough: timedelta) -> timedelta:
    """How long the source was open between the two instants; counted backwards, only until it exceeds `enough`."""
    total, day = timedelta(0), local_date(now, zone)
    overnight = timedelta(days=1 if hours.to < hours.from_ else 0)
    while total <= enough:
        opened, closed = at_clock_time(day, hours.from_, zone), at_clock_time(day + overnight, hours.to, zone)
        total += max(min(closed, now) - max(opened, since), timedelta(0))
        if opened <= since:
            break
        day -= timedelta(days=1)
    return total
