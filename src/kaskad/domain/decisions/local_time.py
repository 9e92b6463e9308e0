"""Local time: windows, days and weeks of the customer's own calendar, with clock changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pendulum

from kaskad.domain.journeys.journey import Window


def to_local_time(at: datetime, zone: ZoneInfo) -> pendulum.DateTime:
    """The same instant on the customer's wall clock."""
    return pendulum.instance(at).in_timezone(zone.key)


def local_date(at: datetime, zone: ZoneInfo) -> date:
    """The customer's calendar date."""
    return at.astimezone(zone).date()


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of that local day, in UTC (midnight may not exist there)."""
    midnight = at_clock_time(day, time(), zone)
    if to_local_time(midnight, zone).time() == time():
        return midnight
    return _clock_change(midnight - timedelta(hours=3), midnight, zone) or midnight


def is_open(window: Window, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the window is open at this instant. `to` itself is outside; equal ends are the whole day."""
    clock = at.astimezone(zone).time()
    if window.from_ == window.to:
        return True
    if window.from_ < window.to:
        return window.from_ <= clock < window.to
    return clock >= window.from_ or clock < window.to


def next_open(windows: Sequence[Window], at: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant from `at` on at which all windows are open, in UTC; None if they have no common time."""
    candidate = at
    for _ in range(4 * (len(windows) + 1)):  # each round moves past one closed window; they repeat daily
        closed = next((window for window in windows if not is_open(window, candidate, zone)), None)
        if closed is None:
            return candidate
        candidate = _next_start(closed, candidate, zone)
    return None


def _next_start(window: Window, at: datetime, zone: ZoneInfo) -> datetime:
    """When the window opens next: when the clock shows `from`, or when a clock change jumps into the window."""
    today = local_date(at, zone)
    days = [today + timedelta(days=count) for count in range(4)]  # a date may not exist, and in another zone an hour
    shown = [at_clock_time(day, window.from_.replace(fold=fold), zone) for day in days for fold in (0, 1)]
    start = min(moment for moment in shown if moment > at and is_open(window, moment, zone))
    change = _clock_change(at, start, zone)
    return change if change and is_open(window, change, zone) else start


def next_clock_time(clock: time, since: datetime, zone: ZoneInfo, *, weekday: int | None = None) -> datetime:
    """The first instant from `since` on at which the local clock reaches that time, in UTC; `weekday`: Monday is 0.

    Each day reaches it once: the first time if the clock shows it twice; if the clock skips it, the instant at which
    it would have been.
    """
    today = local_date(since, zone)
    days = (today + timedelta(days=count) for count in range(-1, 15))  # the zone may have skipped the weekday once
    shown = (at_clock_time(day, clock, zone) for day in days if weekday in (None, day.weekday()) and _exists(day, zone))
    return next(moment for moment in shown if moment >= since)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone had that date: some islands skipped one."""
    return local_date(at_clock_time(day, time(12), zone), zone) == day


def at_clock_time(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clock shows that, in UTC; a skipped time counts as if it had not been skipped."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _clock_change(after: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant between these two at which the zone's offset changes; None if it does not."""
    low, high = (moment.astimezone(UTC).replace(microsecond=0) for moment in (after, until))
    before = low.astimezone(zone).utcoffset()
    if high.astimezone(zone).utcoffset() == before:
        return None
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high


def complement_window(quiet: Window) -> Window:
    """The hours in which sending is allowed, given the hours in which it is not."""
    return Window(from_=quiet.to, to=quiet.from_)
