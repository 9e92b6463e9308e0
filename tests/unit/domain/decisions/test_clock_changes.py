"""Days on which the clock is put forward or back, or a whole date is left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.decisions.local_time import local_date, next_open, start_of_day
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.journey import Window
from tests.support.engine.builders import PROPERTY, window
from tests.unit.domain.decisions.test_local_time import opened, steps, windows, zones

BERLIN, NEW_YORK, LORD_HOWE, CASABLANCA, APIA = (
    "Europe/Berlin",  # an hour at two or three in the morning
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "Africa/Casablanca",  # back for Ramadan
    "Pacific/Apia",  # had no 30 December 2011
)
OPENS: list[tuple[str, str, str, str, str]] = [
    # zone, from, to, at, the next opening: both with the offset that holds then
    (BERLIN, "09:00", "21:00", "2026-03-28T22:00+01:00", "2026-03-29T09:00+02:00"),  # eleven hours of night
    (BERLIN, "09:00", "21:00", "2026-10-24T22:00+02:00", "2026-10-25T09:00+01:00"),  # thirteen
    (BERLIN, "02:00", "05:00", "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),  # two is three
    (BERLIN, "02:10", "02:50", "2026-03-29T01:00+01:00", "2026-03-30T02:10+02:00"),  # no such hour: the next day
    (BERLIN, "03:00", "05:00", "2026-03-29T01:59+01:00", "2026-03-29T03:00+02:00"),
    (BERLIN, "01:00", "05:00", "2026-10-25T02:30+01:00", "2026-10-25T02:30+01:00"),  # open both times
    (NEW_YORK, "09:00", "21:00", "2026-03-07T22:00-05:00", "2026-03-08T09:00-04:00"),
    (NEW_YORK, "09:00", "21:00", "2026-10-31T22:00-04:00", "2026-11-01T09:00-05:00"),
    (NEW_YORK, "02:00", "05:00", "2026-03-08T01:00-05:00", "2026-03-08T03:00-04:00"),
    (LORD_HOWE, "09:00", "21:00", "2026-04-04T22:00+11:00", "2026-04-05T09:00+10:30"),
    (LORD_HOWE, "09:00", "21:00", "2026-10-03T22:00+10:30", "2026-10-04T09:00+11:00"),
    (LORD_HOWE, "02:00", "05:00", "2026-10-04T01:00+10:30", "2026-10-04T02:30+11:00"),
    (LORD_HOWE, "02:15", "05:00", "2026-10-04T01:00+10:30", "2026-10-04T02:30+11:00"),  # the change jumps into it
    (CASABLANCA, "09:00", "21:00", "2026-02-14T22:00+01:00", "2026-02-15T09:00+00:00"),
    (CASABLANCA, "09:00", "21:00", "2026-03-21T22:00+00:00", "2026-03-22T09:00+01:00"),
    (APIA, "09:00", "21:00", "2011-12-29T22:00-10:00", "2011-12-31T09:00+14:00"),
    (APIA, "21:00", "09:00", "2011-12-29T23:00-10:00", "2011-12-29T23:00-10:00"),
    (BERLIN, "02:30", "05:00", "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),
    (BERLIN, "02:30", "02:45", "2026-10-25T01:00+02:00", "2026-10-25T02:30+02:00"),
    (BERLIN, "01:30", "02:15", "2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00"),
]
CHANGES = st.sampled_from(["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04"])
CITIES = [
    "Europe/Berlin",
    "America/Havana",
    "America/New_York",
    "Australia/Lord_Howe",
    "Atlantic/Azores",
    "Antarctica/Troll",
]
near = st.builds(
    lambda day, n: datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=5 * n),
    CHANGES,
    st.integers(-288, 288),
)


@pytest.mark.parametrize(("zone", "from_", "to", "at", "expected"), OPENS)
def test_next_opening(zone: str, from_: str, to: str, at: str, expected: str) -> None:
    found = next_open([window(from_, to)], datetime.fromisoformat(at), ZoneInfo(zone))
    assert found == datetime.fromisoformat(expected)


STARTS: list[tuple[str, str, str]] = [
    (BERLIN, "2026-03-29", "2026-03-29T00:00+01:00"),
    (BERLIN, "2026-10-25", "2026-10-25T00:00+02:00"),
    (NEW_YORK, "2026-11-01", "2026-11-01T00:00-04:00"),
    (LORD_HOWE, "2026-04-05", "2026-04-05T00:00+11:00"),
    (APIA, "2011-12-31", "2011-12-31T00:00+14:00"),
    (APIA, "2011-12-30", "2011-12-31T00:00+14:00"),  # the day that was left out ends as it begins
    ("Africa/Cairo", "2026-04-24", "2026-04-24T01:00+03:00"),  # no midnight
    ("America/Havana", "2026-03-08", "2026-03-08T01:00-04:00"),
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00-02:00"),
    ("Asia/Beirut", "2026-03-29", "2026-03-29T01:00+03:00"),
    ("America/Havana", "2026-11-01", "2026-11-01T00:00-04:00"),
    ("Atlantic/Azores", "2026-10-25", "2026-10-25T00:00+00:00"),
    ("America/Toronto", "1919-03-31", "1919-03-31T00:30-04:00"),
]


@pytest.mark.parametrize(("zone", "day", "expected"), STARTS)
def test_start_of_day(zone: str, day: str, expected: str) -> None:
    assert start_of_day(date.fromisoformat(day), ZoneInfo(zone)) == datetime.fromisoformat(expected)


DAYS: list[tuple[str, Duration, str, str]] = [
    (BERLIN, Duration(days=1), "2026-03-28T10:00+01:00", "2026-03-29T10:00+02:00"),  # 23 hours
    (BERLIN, Duration(seconds=86_400), "2026-03-28T10:00+01:00", "2026-03-29T11:00+02:00"),  # 24 hours
    (BERLIN, Duration(days=1), "2026-10-24T10:00+02:00", "2026-10-25T10:00+01:00"),  # 25 hours
    (BERLIN, Duration(days=1), "2026-03-28T02:30+01:00", "2026-03-29T03:30+02:00"),  # no half past two
    (BERLIN, Duration(days=7), "2026-03-25T10:00+01:00", "2026-04-01T10:00+02:00"),
    (BERLIN, Duration(days=1, seconds=3600), "2026-03-28T10:00+01:00", "2026-03-29T11:00+02:00"),
    (NEW_YORK, Duration(days=1), "2026-10-31T10:00-04:00", "2026-11-01T10:00-05:00"),
    (LORD_HOWE, Duration(days=1), "2026-04-04T10:00+11:00", "2026-04-05T10:00+10:30"),  # 24 hours and a half
    (CASABLANCA, Duration(days=1), "2026-02-14T10:00+01:00", "2026-02-15T10:00+00:00"),
    (APIA, Duration(days=2), "2011-12-29T10:00-10:00", "2011-12-31T10:00+14:00"),  # 24 hours
]


@pytest.mark.parametrize(("zone", "length", "start", "expected"), DAYS)
def test_calendar_days_keep_the_clock_on_the_wall(zone: str, length: Duration, start: str, expected: str) -> None:
    assert length.after(datetime.fromisoformat(start), ZoneInfo(zone)) == datetime.fromisoformat(expected)


@PROPERTY
@given(st.lists(windows, min_size=1, max_size=2), steps, zones)
def test_the_next_opening_is_the_first_on_every_day(hours: list[Window], at: datetime, zone: ZoneInfo) -> None:
    found = next_open(hours, at, zone)
    passed = range(int(((found or at + timedelta(days=1)) - at).total_seconds() / 300))
    assert not any(
        all(opened(hours_of_day, at + timedelta(minutes=5 * n), zone) for hours_of_day in hours) for n in passed
    )
    assert found is None or type(found) is datetime  # plain: pendulum's differences do not divide by a timedelta


@PROPERTY
@given(st.lists(windows, min_size=1, max_size=2), near, st.sampled_from(CITIES).map(ZoneInfo))
def test_the_next_opening_is_the_first_on_days_that_change(hours: list[Window], at: datetime, zone: ZoneInfo) -> None:
    test_the_next_opening_is_the_first_on_every_day.hypothesis.inner_test(hours, at, zone)


@PROPERTY
@given(st.dates(date(1970, 1, 2), date(2037, 1, 1)), zones)
def test_a_day_starts_with_its_first_instant(day: date, zone: ZoneInfo) -> None:
    start = start_of_day(day, zone)
    assert local_date(start, zone) >= day
    assert local_date(start - timedelta(seconds=1), zone) < day
    assert local_date(start, zone) > day or start.astimezone(zone).time() == time() or start.astimezone(zone).fold == 0


# a day may have more than 25 hours
def test_the_longest_day() -> None:
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    troll = ZoneInfo("Antarctica/Troll")
    assert Duration(days=1).after(start, troll) - start <= Duration(days=1).longest
