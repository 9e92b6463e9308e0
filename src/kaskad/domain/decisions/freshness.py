"""Whether a source of events is too old to decide on."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kaskad.domain.decisions.local_time import at_clock_time, is_open, local_date
from kaskad.domain.decisions.step_context import StepContext
from kaskad.domain.journeys.journey import Window


def is_stale(
    last_heard: datetime | None, limit: timedelta, hours: Window | None, *, zone: ZoneInfo, now: datetime
) -> bool:
    """Whether the source has been silent for longer than `limit` of its opening hours. A closed store is not late."""
    if hours and not is_open(hours, now, zone):
        return False
    if last_heard is None:
        return True
    if not hours or hours.from_ == hours.to:
        return now - last_heard > limit
    return _open_time(hours, zone, last_heard, now=now, enough=limit) > limit


def find_stale_source(ctx: StepContext) -> str | None:
    """The first source of `fresh_data` that has been silent for too long; None if all are fresh."""
    project = ctx.project
    for name, limit in ctx.version.journey.fresh_data.items():
        source = project.sources.get(name)
        zone = ZoneInfo((source and source.time_zone) or project.shop.time_zone)
        hours, last_heard = source.open if source else None, ctx.facts.last_heard.get(name)
        if is_stale(last_heard, limit.longest, hours, zone=zone, now=ctx.now):
            return name
    return None


def _open_time(hours: Window, zone: ZoneInfo, since: datetime, *, now: datetime, enough: timedelta) -> timedelta:
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
