"""Local time: windows, days and weeks of the customer's own calendar. DST is pendulum's business."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pendulum

from kaskad.domain.journey import Window


def local(at: datetime, zone: ZoneInfo) -> pendulum.DateTime:
    """The same instant on the customer's wall clock."""
    return pendulum.instance(at).in_timezone(zone.key)


def local_date(at: datetime, zone: ZoneInfo) -> date:
    """The customer's calendar date."""
    return local(at, zone).date()


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of that local day, in UTC (midnight may not exist there)."""
    return pendulum.datetime(day.year, day.month, day.day, tz=zone.key).in_timezone("UTC")


def is_open(window: Window, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the window holds at this instant. `to` itself is outside; equal ends are the whole day."""
    clock = local(at, zone).time()
    if window.from_ == window.to:
        return True
    if window.from_ < window.to:
        return window.from_ <= clock < window.to
    return clock >= window.from_ or clock < window.to


def next_open(windows: Sequence[Window], at: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant from `at` on at which all windows are open, in UTC; None where they never meet."""
    candidate = at
    for _ in range(4 * (len(windows) + 1)):  # each round moves past one closed window; they repeat daily
        closed = next((window for window in windows if not is_open(window, candidate, zone)), None)
        if closed is None:
            return candidate
        candidate = _next_start(closed, candidate, zone)
    return None


def _next_start(window: Window, at: datetime, zone: ZoneInfo) -> datetime:
    """When the window opens next. In a DST gap it opens with the first instant after the gap."""
    here = local(at, zone)
    start = _at_clock(here.date(), window.from_, zone)
    if start <= at:
        start = _at_clock(here.date().add(days=1), window.from_, zone)
    return start


def _at_clock(day: date, clock: time, zone: ZoneInfo) -> datetime:
    moment = pendulum.datetime(day.year, day.month, day.day, clock.hour, clock.minute, clock.second, tz=zone.key)
    return moment.in_timezone("UTC")


def open_hours_complement(quiet: Window) -> Window:
    """The hours in which one may send, given the hours in which one may not."""
    return Window(from_=quiet.to, to=quiet.from_)
