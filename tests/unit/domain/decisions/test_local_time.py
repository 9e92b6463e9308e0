"""Windows and days on the customer's own clock, where the clock goes its usual way."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.decisions.local_time import (
    complement_window,
    is_open,
    local_date,
    next_open,
    start_of_day,
    to_local_time,
)
from kaskad.domain.journeys.journey import Window
from tests.support.engine.builders import PROPERTY, UTC_ZONE, window

ZONES = sorted(available_timezones())
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("hours", "open_at", "closed_at"),
    [
        (window("09:00", "21:00"), ["09:00", "12:00", "20:59"], ["08:59", "21:00", "00:00"]),
        (window("21:00", "09:00"), ["21:00", "23:59", "00:00", "08:59"], ["09:00", "12:00", "20:59"]),
        (window("00:00", "00:00"), ["00:00", "12:00", "23:59"], []),
        (window("09:00", "09:00"), ["08:59", "09:00"], []),
        (window("00:00", "06:00"), ["00:00", "05:59"], ["06:00", "23:59"]),
        (window("18:00", "00:00"), ["18:00", "23:59"], ["00:00", "17:59"]),
    ],
)
def test_is_open(hours: Window, open_at: list[str], closed_at: list[str]) -> None:
    def opened(clock: str) -> bool:
        return is_open(hours, datetime.combine(date(2026, 6, 10), time.fromisoformat(clock), UTC), UTC_ZONE)

    assert all(map(opened, open_at))
    assert not any(map(opened, closed_at))


clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 5, 15, 30, 45]))
windows = st.builds(lambda from_, to: Window(from_=from_, to=to), clocks, clocks)
zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
steps = st.integers(0, 47 * 365 * 24 * 12).map(lambda count: datetime(1990, 1, 1, tzinfo=UTC) + count * DAY / 288)


def opened(hours: Window, at: datetime, zone: ZoneInfo) -> bool:
    """Worked out anew, in minutes of the day."""
    clock = at.astimezone(zone)
    into = (clock - datetime.combine(clock, hours.from_, clock.tzinfo)).seconds
    long = (datetime.combine(clock, hours.to) - datetime.combine(clock, hours.from_)).seconds
    return into < (long or 86_400)


@PROPERTY
@given(windows, instants, zones)
def test_is_open_in_every_zone(hours: Window, at: datetime, zone: ZoneInfo) -> None:
    assert is_open(hours, at, zone) is opened(hours, at, zone)
    if hours.from_ != hours.to:
        assert is_open(complement_window(hours), at, zone) is not is_open(hours, at, zone)


def same_clock(zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    """Whether the clock went its usual way between these instants."""
    hours = range(int((end - start).total_seconds() / 3600) + 2)
    return len({(start + timedelta(hours=n)).astimezone(zone).utcoffset() for n in hours}) == 1


@PROPERTY
@given(st.lists(windows, min_size=1, max_size=2), steps, zones)
def test_the_next_opening_is_the_first(hours: list[Window], at: datetime, zone: ZoneInfo) -> None:
    found = next_open(hours, at, zone)
    passed = range(int(((found or at + DAY) - at).total_seconds() / 300))
    between = [at + timedelta(minutes=5 * count) for count in passed]
    if found is not None:
        assert found >= at
        assert all(opened(open_hours, found, zone) for open_hours in hours)
    if same_clock(zone, at - DAY, (found or at) + 2 * DAY):
        assert not any(all(opened(open_hours, moment, zone) for open_hours in hours) for moment in between)


@PROPERTY
@given(windows, steps, zones)
def test_one_window_always_opens_again(hours: Window, at: datetime, zone: ZoneInfo) -> None:
    found = next_open([hours], at, zone)
    assert found is not None
    assert found - at < 3 * DAY


@PROPERTY
@given(st.dates(date(1990, 1, 1), date(2037, 1, 1)), zones)
def test_the_day_starts_with_its_first_instant(day: date, zone: ZoneInfo) -> None:
    start = start_of_day(day, zone)
    assert local_date(start - timedelta(microseconds=1), zone) < local_date(start, zone)
    if same_clock(zone, start - DAY, start + DAY):
        assert local_date(start, zone) == day
        assert to_local_time(start, zone).time() == time(0)


def test_no_window_at_all_is_open_now() -> None:
    at = datetime(2026, 6, 10, 12, tzinfo=UTC)
    assert next_open([], at, UTC_ZONE) == at


def test_windows_that_never_meet() -> None:
    apart = [window("09:00", "10:00"), window("11:00", "12:00")]
    assert next_open(apart, datetime(2026, 6, 10, 12, tzinfo=UTC), UTC_ZONE) is None
