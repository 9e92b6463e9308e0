"""When a date or a schedule lets somebody in, in every zone, in leap years, and when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.decisions import date_triggers
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.journeys.entry_trigger import DateTrigger, ScheduleTrigger
from tests.support.engine.builders import PROPERTY

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
ZONES = sorted(available_timezones() - {"localtime"})
DAY = timedelta(days=1)


def yearly(**said: Any) -> DateTrigger:
    """A birthday, at ten."""
    return DateTrigger.model_validate(
        {"date": "customer.birthday", "every": "year", "at": time(10), "again_after": "always", **said}
    )


def once(kind: ValueType = ValueType.TIME, **said: Any) -> DateTrigger:
    """A date that comes once, at ten."""
    fields = {"date": "customer.points.next_expiry.at", "type": kind, "at": time(10), "again_after": "always", **said}
    return DateTrigger.model_validate(fields)


def all_of(
    enter: DateTrigger, value: str, zone: ZoneInfo, years: tuple[int, int] = (2027, 2027)
) -> list[tuple[str, str]]:
    """Its occurrences in those years: which one, and when on the wall clock there."""
    since, until = datetime(years[0], 1, 1, tzinfo=UTC), datetime(years[1] + 1, 1, 1, tzinfo=UTC)
    found = date_triggers.date_occurrences(enter, value, zone, since=since, until=until)
    return [(name, moment.astimezone(zone).strftime("%Y-%m-%d %H:%M %z")) for name, moment in found]


@pytest.mark.parametrize(
    ("enter", "value", "zone", "expected"),
    [
        (yearly(), "1990-05-03", MOSCOW, [("2027-05-03", "2027-05-03 10:00 +0300")]),
        (yearly(days_before=7), "1990-05-03", MOSCOW, [("2027-05-03", "2027-04-26 10:00 +0300")]),
        (yearly(days_before=7), "1990-01-03", MOSCOW, [("2028-01-03", "2027-12-27 10:00 +0300")]),
        (yearly(), "1990-05-03T23:30:00+10:00", MOSCOW, [("2027-05-03", "2027-05-03 10:00 +0300")]),
        # 02:30 is left out on 28 March: as if it had not been
        (yearly(at=time(2, 30)), "1990-03-28", BERLIN, [("2027-03-28", "2027-03-28 03:30 +0200")]),
        # 02:30 comes twice on 31 October: the first time counts
        (yearly(at=time(2, 30)), "1990-10-31", BERLIN, [("2027-10-31", "2027-10-31 02:30 +0200")]),
        (yearly(), "1990-02-30", MOSCOW, []),
        (yearly(), "--05-03", MOSCOW, [("2027-05-03", "2027-05-03 10:00 +0300")]),
        (yearly(), "--02-30", MOSCOW, []),
        (once(), "--05-03", MOSCOW, []),
        (once(ValueType.DATE), "--05-03", MOSCOW, []),
        (yearly(), "soon", MOSCOW, []),
        (yearly(), "", MOSCOW, []),
        (once(), "2027-03-10T22:00:00Z", MOSCOW, [("2027-03-10T22:00:00+00:00", "2027-03-11 10:00 +0300")]),
        (once(), "2027-03-11T01:00:00+03:00", BERLIN, [("2027-03-10T22:00:00+00:00", "2027-03-10 10:00 +0100")]),
        (once(), "2027-03-10", MOSCOW, [("2027-03-10T00:00:00+00:00", "2027-03-10 10:00 +0300")]),
        (once(ValueType.DATE), "2027-03-10", MOSCOW, [("2027-03-10", "2027-03-10 10:00 +0300")]),
        (once(days_before=7), "2026-03-10T00:00:00Z", MOSCOW, []),
    ],
)
def test_when_a_date_lets_in(enter: DateTrigger, value: str, zone: ZoneInfo, expected: list[tuple[str, str]]) -> None:
    assert all_of(enter, value, zone) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("feb_28", ["2027-02-28", "2028-02-29", "2029-02-28"]),
        ("mar_1", ["2027-03-01", "2028-02-29", "2029-03-01"]),
    ],
)
def test_the_29th_of_february(rule: str, expected: list[str]) -> None:
    assert [name for name, _ in all_of(yearly(feb_29=rule), "1992-02-29", MOSCOW, (2027, 2029))] == expected


def test_which_one_it_is_does_not_depend_on_the_zone() -> None:
    names = {name for zone in map(ZoneInfo, ZONES) for name, _ in all_of(once(), "2027-03-10T22:00:00Z", zone)}
    assert names == {"2027-03-10T22:00:00+00:00"}


def test_a_date_that_was_changed_lets_nobody_in() -> None:
    assert date_triggers.date_trigger_time(yearly(), "2027-05-03", "1990-05-04", zone=MOSCOW) is None
    assert date_triggers.date_trigger_time(yearly(), "2027-05-03", None, zone=MOSCOW) is None
    assert (
        date_triggers.date_trigger_time(once(), "2027-03-10T22:00:00+00:00", "2027-03-10T22:00:01Z", zone=MOSCOW)
        is None
    )
    assert (
        date_triggers.date_trigger_time(once(), "2027-03-10T22:00:00+00:00", "2027-03-11T01:00:00+03:00", zone=MOSCOW)
        is not None
    )


@PROPERTY
@given(
    born=st.dates(date(1930, 1, 1), date(2020, 12, 31)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    clock=st.times().map(lambda at: at.replace(microsecond=0)),
    before=st.integers(0, 40),
    year=st.integers(2026, 2036),
    rule=st.sampled_from(["feb_28", "mar_1"]),
)
def test_once_a_year_on_the_local_day_in_every_zone(
    born: date, zone: ZoneInfo, clock: time, before: int, year: int, rule: str
) -> None:
    """Looked at hour by hour or at once, each year has it exactly once, and the search by days finds it."""
    enter = yearly(at=clock, days_before=before, feb_29=rule)
    since = datetime(year, 1, 1, tzinfo=UTC)
    found = list(date_triggers.date_occurrences(enter, str(born), zone, since=since, until=since + 366 * DAY))
    assert len({name for name, _ in found}) == len(found)
    assert 1 <= len(found) <= 2
    for name, moment in found:
        days = date_triggers.days_to_scan(enter, moment, moment + timedelta(seconds=1))
        assert date.fromisoformat(name) in days
        (alone,) = date_triggers.date_occurrences(
            enter, str(born), zone, since=moment, until=moment + timedelta(seconds=1)
        )
        assert alone == (name, moment)
        assert not list(date_triggers.date_occurrences(enter, str(born), zone, since=moment - 24 * DAY, until=moment))
        assert date_triggers.date_trigger_time(enter, name, str(born), zone=zone) == moment
        local = moment.astimezone(zone)
        assert abs(local.date() - (date.fromisoformat(name) - before * DAY)) <= DAY


def ticking(cron: str, zone: str = "Europe/Berlin") -> ScheduleTrigger:
    """Everybody in a segment, by that clock."""
    return ScheduleTrigger(cron=cron, zone=zone, segment="all", again_after="always")


@pytest.mark.parametrize(
    ("cron", "after", "following"),
    [
        ("0 10 * * *", "2027-03-27T10:00:00+01:00", "2027-03-28T10:00:00+02:00"),  # a day of 23 hours
        ("30 2 * * *", "2027-03-27T12:00:00+01:00", "2027-03-28T03:00:00+02:00"),  # left out: as soon as it can be
        ("30 2 * * *", "2027-10-30T12:00:00+02:00", "2027-10-31T02:30:00+02:00"),  # comes twice: the first time
        ("30 2 * * *", "2027-10-31T02:30:00+02:00", "2027-11-01T02:30:00+01:00"),  # and once only
        ("0 10 29 2 *", "2027-01-01T00:00:00+01:00", "2028-02-29T10:00:00+01:00"),
        ("0 10 * * mon", "2027-03-01T09:59:59+01:00", "2027-03-01T10:00:00+01:00"),
    ],
)
def test_when_a_schedule_ticks_next(cron: str, after: str, following: str) -> None:
    start, expected = datetime.fromisoformat(after), datetime.fromisoformat(following)
    enter = ticking(cron)
    assert date_triggers.next_tick(enter, start) == expected
    assert date_triggers.last_tick(enter, expected) == expected, "a tick counts from its very instant"
    assert date_triggers.last_tick(enter, expected - timedelta(seconds=1)) < expected
    assert date_triggers.last_tick(enter, expected + timedelta(minutes=1)) == expected
