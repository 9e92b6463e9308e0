"""Every zone there is, ten years of dates: each local step happens exactly once, and never outside its window."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.decisions.local_time import (
    at_clock_time,
    is_open,
    local_date,
    next_clock_time,
    next_open,
    start_of_day,
)
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.journey import SendWindow, Window
from kaskad.domain.journeys.step import WaitStep
from kaskad.domain.journeys.wait_until import UntilClockTime
from tests.support.engine.builders import PROPERTY, decide, facts, inside, person, send, span, version

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ZONES = sorted(available_timezones())
OPENINGS = [Window(from_=time(from_), to=time(to)) for from_, to in ((9, 21), (21, 9), (0, 6), (2, 3), (1, 0))]
CLOCKS = [time(0), time(0, 30), time(1), time(2), time(2, 30), time(3), time(9), time(12), time(23, 30)]


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """The instants, to the hour before them, at which the zone's clocks are put forward or back."""
    zone = ZoneInfo(name)
    days = [FIRST + DAY * count for count in range((LAST - FIRST).days)]
    changed = [day for day in days if day.astimezone(zone).utcoffset() != (day + DAY).astimezone(zone).utcoffset()]
    hours = [day + HOUR * count for day in changed for count in range(24)]
    return tuple(at for at in hours if at.astimezone(zone).utcoffset() != (at + HOUR).astimezone(zone).utcoffset())


@cache
def distinct() -> tuple[ZoneInfo, ...]:
    """Of the zones whose clocks show the same in all of the ten years, one: together they are all zones."""
    found: dict[object, ZoneInfo] = {}
    for name in ZONES:
        zone = ZoneInfo(name)
        ats = [FIRST, *(change + HOUR for change in changes(name))]
        found.setdefault(tuple((at, at.astimezone(zone).utcoffset()) for at in ats), zone)
    return tuple(found.values())


def day_of(found: datetime, clock: time, zone: ZoneInfo) -> date:
    """The local day that has come to that time: a time that is left out before midnight comes after it."""
    day = local_date(found, zone)
    return next(
        candidate_day
        for candidate_day in (day, day - timedelta(days=1))
        if at_clock_time(candidate_day, clock, zone) == found
    )


def shown(at: datetime, zone: ZoneInfo) -> str:
    """The local date and time."""
    return at.astimezone(zone).isoformat(timespec="minutes")[:16]


def test_there_are_clock_changes_to_try() -> None:
    assert sum(bool(changes(name)) for name in ZONES) > 150
    assert len(ZONES) > 400


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
def test_each_day_comes_to_a_clock_once_around_every_change(clock: time) -> None:
    """In each zone, around each change of ten years: one instant a day, in order, and it shows that time if it can."""
    for zone in distinct():
        for change in changes(zone.key) or (FIRST,):
            at, days = change - 2 * DAY, []
            while at < change + 2 * DAY:
                at = next_clock_time(clock, at, zone)
                days.append(day_of(at, clock, zone))
                begins = start_of_day(days[-1], zone)
                assert begins <= at < begins + 27 * HOUR
                if shown(at, zone)[-5:] != f"{clock:%H:%M}":  # left out on that day: when it would have been
                    assert not any(
                        shown(begins + timedelta(minutes=15 * count), zone) == f"{days[-1]}T{clock:%H:%M}"
                        for count in range(25 * 4)
                    ), (zone, at)
                at += timedelta(seconds=1)
            assert days == [days[0] + timedelta(days=count) for count in range(len(days))], (zone, clock, change)


@pytest.mark.parametrize("opening", OPENINGS, ids=lambda hours: f"{hours.from_:%H}-{hours.to:%H}")
def test_nothing_opens_outside_its_window_around_every_change(opening: Window) -> None:
    for zone in distinct():
        for change in changes(zone.key) or (FIRST,):
            for minutes in range(-26 * 60, 26 * 60, 95):
                at = change + timedelta(minutes=minutes)
                opens = next_open([opening], at, zone)
                assert opens is not None
                assert is_open(opening, opens, zone), (zone, at)
                assert opens == at or not is_open(opening, at, zone)
                assert opens - at <= 2 * DAY


instants = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
zones = st.sampled_from(ZONES).map(ZoneInfo)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59]))
near_a_change = st.sampled_from([name for name in ZONES if changes(name)]).flatmap(
    lambda name: st.tuples(
        st.just(ZoneInfo(name)),
        st.builds(
            lambda change, minutes: change + timedelta(minutes=minutes),
            st.sampled_from(changes(name)),
            st.integers(-3_000, 3_000),
        ),
    )
)
places = st.tuples(zones, instants) | near_a_change


@PROPERTY
@given(places, clocks, st.none() | st.integers(0, 6))
def test_the_next_time_is_the_first(place: tuple[ZoneInfo, datetime], clock: time, weekday: int | None) -> None:
    zone, since = place
    found = next_clock_time(clock, since, zone, weekday=weekday)
    assert found >= since
    day = day_of(found, clock, zone)
    assert weekday in (None, day.weekday())
    assert next_clock_time(clock, found, zone, weekday=weekday) == found, "the moment itself is included"
    passed, earlier = local_date(since, zone), []
    while passed < day:
        if weekday in (None, passed.weekday()) and local_date(at_clock_time(passed, time(12), zone), zone) == passed:
            earlier.append(at_clock_time(passed, clock, zone))
        passed += timedelta(days=1)
    assert all(moment < since for moment in earlier)


@PROPERTY
@given(places, st.integers(1, 400))
def test_a_calendar_day_keeps_the_clock_and_24_hours_do_not(place: tuple[ZoneInfo, datetime], count: int) -> None:
    zone, start = place
    calendar, elapsed = Duration(days=count).after(start, zone), Duration(seconds=count * 86_400).after(start, zone)
    assert elapsed - start == count * DAY
    wanted = (start.astimezone(zone) + timedelta(days=count)).replace(fold=start.astimezone(zone).fold)
    assert calendar == wanted.astimezone(UTC)
    assert abs(calendar - elapsed) <= 26 * HOUR
    assert Duration(seconds=count * 86_400).before(elapsed, zone) == start


@PROPERTY
@given(places, clocks, st.sampled_from(OPENINGS), st.integers(2, 5))
def test_each_local_step_of_a_journey_happens_once_and_inside_its_window(
    place: tuple[ZoneInfo, datetime], clock: time, opening: Window, count: int
) -> None:
    """A letter a day, at that time, held until the window opens: as the engine decides, woken whenever it asked."""
    zone, now = place
    steps = [
        step
        for number in range(count)
        for step in (
            WaitStep(name=f"day_{number}", until=UntilClockTime(at=clock)),
            send(f"letter_{number}", relevant_for=span(days=3)),
            WaitStep(name=f"rest_{number}", for_=Duration(seconds=60)),
        )
    ]
    window = SendWindow.model_validate({**opening.model_dump(by_alias=True), "outside": "wait"})
    published = version(*steps, send_window=window)
    enrollment, sent, waited = inside("wait:day_0", step_since=now, entered_at=now), [], []
    for _ in range(12 * count):
        decision = decide(published, enrollment, facts(person("push", zone=zone)), now)
        enrollment = decision.enrollment
        if decision.ended:
            break
        if decision.queue:
            sent.append((decision.queue.message, now))
            waited.append(enrollment.step_since)
            following = published.program.nodes[enrollment.step or ""].next
            enrollment = inside(following or "", step_since=now, entered_at=enrollment.entered_at)
            continue
        assert enrollment.due_at > now, "nobody is asked again for nothing"
        now = enrollment.due_at
    assert [message for message, _ in sent] == [f"letter_{number}" for number in range(count)]
    assert all(is_open(opening, at, zone) for _, at in sent)
    days = [day_of(at, clock, zone) for at in waited if at]
    assert len(set(days)) == count


LEAP: list[tuple[date, Duration, str]] = [
    (date(2028, 2, 28), Duration(days=1), "2028-02-29"),
    (date(2028, 2, 29), Duration(days=1), "2028-03-01"),
    (date(2027, 2, 28), Duration(days=1), "2027-03-01"),
    (date(2028, 2, 29), Duration(days=365), "2029-02-28"),
    (date(2028, 2, 29), Duration(seconds=366 * 86_400), "2029-03-01"),
]


@pytest.mark.parametrize(("start", "length", "expected"), LEAP)
def test_29_february(start: date, length: Duration, expected: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert str(local_date(length.after(at_clock_time(start, time(10), zone), zone), zone)) == expected


SHOWN: list[tuple[str, str, str | None, str, str]] = [
    # zone, the clock, the day of the week, since, then; both with the offset that holds then
    ("Europe/Berlin", "10:00", None, "2026-06-10T09:00+02:00", "2026-06-10T10:00+02:00"),
    ("Europe/Berlin", "10:00", None, "2026-06-10T10:00+02:00", "2026-06-10T10:00+02:00"),
    ("Europe/Berlin", "10:00", None, "2026-06-10T10:01+02:00", "2026-06-11T10:00+02:00"),
    ("Europe/Berlin", "11:00", "sat", "2026-06-10T12:00+02:00", "2026-06-13T11:00+02:00"),
    ("Europe/Berlin", "11:00", "wed", "2026-06-10T12:00+02:00", "2026-06-17T11:00+02:00"),
    ("Europe/Berlin", "02:30", None, "2026-03-29T00:00+01:00", "2026-03-29T03:30+02:00"),  # no half past two
    ("Europe/Berlin", "02:30", None, "2026-10-25T00:00+02:00", "2026-10-25T02:30+02:00"),  # the first of two
    ("Europe/Berlin", "02:30", None, "2026-10-25T02:45+02:00", "2026-10-26T02:30+01:00"),  # not the second
    ("Europe/Berlin", "02:30", None, "2026-10-25T02:15+01:00", "2026-10-26T02:30+01:00"),
    ("Africa/Cairo", "00:00", None, "2026-04-23T12:00+02:00", "2026-04-24T01:00+03:00"),  # no midnight
    ("Australia/Lord_Howe", "02:15", None, "2026-10-03T12:00+10:30", "2026-10-04T02:45+11:00"),
    ("Pacific/Apia", "10:00", None, "2011-12-29T12:00-10:00", "2011-12-31T10:00+14:00"),  # no 30 December 2011
    ("Pacific/Apia", "10:00", "fri", "2011-12-29T12:00-10:00", "2012-01-06T10:00+14:00"),  # that was a Friday
    ("America/Nuuk", "23:30", None, "2026-03-28T12:00-02:00", "2026-03-29T00:30-01:00"),  # no hour before midnight
    ("America/Nuuk", "23:30", None, "2026-03-29T00:10-01:00", "2026-03-29T00:30-01:00"),
    ("Asia/Kathmandu", "00:00", None, "2026-06-10T23:59+05:45", "2026-06-11T00:00+05:45"),
]


@pytest.mark.parametrize(("zone", "clock", "weekday", "since", "expected"), SHOWN)
def test_until_the_clock_shows_it(zone: str, clock: str, weekday: str | None, since: str, expected: str) -> None:
    day = None if weekday is None else ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(weekday)
    found = next_clock_time(time.fromisoformat(clock), datetime.fromisoformat(since), ZoneInfo(zone), weekday=day)
    assert found == datetime.fromisoformat(expected)
