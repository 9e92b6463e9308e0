"""What is to be written to somebody who stands somewhere, if nothing else happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.forecast import Cohort, ForecastMessage, forecast_messages
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Purpose, SendWindow
from kaskad.domain.journeys.step import Branch, LeaveStep, SplitPath, SplitStep, WaitStep
from kaskad.domain.journeys.version import Version
from kaskad.domain.journeys.wait_until import UntilClockTime, UntilRelativeTime
from tests.support.engine.builders import (
    ASKED,
    BERLIN,
    EVERY_CHANNEL,
    NOW,
    UTC_ZONE,
    candidate,
    choose,
    hours,
    inside,
    project,
    send,
    span,
    version,
    wait,
    wait_for,
    window,
)

AHEAD = NOW + timedelta(days=14)


def ahead(published: Version, step: str | None = None, at: datetime = NOW, **more: Any) -> list[ForecastMessage]:
    """What somebody gets who stands at the step, or at the door, and is looked at then."""
    someone = inside(step, due_at=at) if step else replace(candidate(), due_at=at)
    shop = more.pop("shop", None) or project()
    said: dict[str, Any] = {"zone": UTC_ZONE, "reached": frozenset(EVERY_CHANNEL)}
    return forecast_messages(published, Cohort(someone, **{**said, **more}), shop, now=NOW, until=AHEAD)


def summary(found: list[ForecastMessage]) -> list[tuple[str, float, bool]]:
    """(message, hours from now, sure) of each."""
    return [(expected.message, (expected.at - NOW) / hours(1), expected.sure) for expected in found]


def test_a_wait_that_leads_to_a_send() -> None:
    published = version(wait(hours=24), send(), wait(hours=48), send("again"))
    (first,) = [id_ for id_ in published.program.nodes if id_.startswith("wait:")][:1]
    found = ahead(published, first, NOW + hours(5))
    assert summary(found) == [("hello", 5, True), ("again", 53, True)]
    assert [expected.channel for expected in found] == [Channel.PUSH, Channel.PUSH]


def test_whoever_stands_at_the_door_may_not_come_in() -> None:
    assert summary(ahead(version(), at=NOW + hours(1))) == [("hello", 1, False)]


@pytest.mark.parametrize(
    ("quiet", "at", "zone", "hours_from_now"),
    [
        (Duration(days=1), hours(21), UTC_ZONE, 24),  # the first look is three hours early: clocks may go on
        (Duration(days=3, seconds=3600), hours(70), UTC_ZONE, 73),
        (Duration(days=150), hours(150 * 24 - 3), BERLIN, 150 * 24 + 1),  # the clock goes back in October
        (Duration(seconds=86_400), hours(24), BERLIN, 24),
        (Duration(days=1), hours(26), UTC_ZONE, 26),  # put off beyond its end
    ],
)
def test_whoever_is_quiet_for_days_comes_in_when_the_days_are_over_on_their_clock(
    quiet: Duration, at: timedelta, zone: ZoneInfo, hours_from_now: float
) -> None:
    enter = EventTrigger(when="cart_updated", quiet_for=quiet, again_after="always")
    someone = replace(candidate(), entered_at=NOW, due_at=NOW + at)
    shown = forecast_messages(
        version(enter=enter),
        Cohort(someone, zone, frozenset(EVERY_CHANNEL)),
        project(),
        now=NOW,
        until=NOW + hours(9_999),
    )
    assert summary(shown) == [("hello", hours_from_now, False)]
    by_name = Cohort(replace(someone, direct=True), zone, frozenset(EVERY_CHANNEL))
    [named] = forecast_messages(version(enter=enter), by_name, project(), now=NOW, until=NOW + hours(9_999))
    assert named.at == NOW + at, "who is asked for by name waits for no silence"


def test_nothing_beyond_the_last_day() -> None:
    published = version(wait(days=20), send())
    assert ahead(published) == []


def test_nobody_is_written_to_who_is_reached_nowhere() -> None:
    assert ahead(version(), "send:hello", reached=frozenset({Channel.SMS})) == []
    (expected,) = ahead(version(), "send:hello", reached=frozenset({Channel.EMAIL}))
    assert expected.channel is Channel.EMAIL


def test_quiet_hours_and_windows_shift_it() -> None:
    closed = project(quiet=window("11:00", "15:00"))  # NOW is noon in UTC, 14:00 in Berlin
    assert summary(ahead(version(), "send:hello", shop=closed)) == [("hello", 3, True)]
    assert summary(ahead(version(), "send:hello", shop=closed, zone=BERLIN)) == [("hello", 1, True)]
    skips = version(send_window=SendWindow(**{"from": "13:00", "to": "14:00", "outside": "skip"}))
    assert ahead(skips, "send:hello") == []
    status = replace(inside(), purpose=Purpose.TRANSACTIONAL)
    people = Cohort(status, UTC_ZONE, frozenset(EVERY_CHANNEL))
    assert summary(forecast_messages(version(), people, closed, now=NOW, until=AHEAD)) == [("hello", 0, True)]


def test_what_would_be_stale_when_the_window_opens_is_not_told() -> None:
    closed = project(quiet=window("11:00", "15:00"))
    assert ahead(version(send(relevant_for=span(hours=2))), "send:hello", shop=closed) == []


def test_after_a_send_that_went_only_its_next_rung_may_come() -> None:
    (expected,) = ahead(version(), "send:hello", NOW + hours(2), tried=frozenset({Channel.PUSH}))
    assert (expected.channel, expected.sure) == (Channel.EMAIL, False)
    assert ahead(version(), "send:hello", tried=frozenset({Channel.PUSH, Channel.EMAIL})) == []
    assert ahead(version(), "send:hello", under_way=True, tried=frozenset({Channel.PUSH})) == []


def test_ways_by_conditions_are_possible_and_join_once() -> None:
    published = version(choose(Branch(if_=ASKED, then=(send("a"),)), otherwise=(wait(hours=1), send("b"))), send("c"))
    found = ahead(published, "choose:way")
    assert summary(found) == [("a", 0, False), ("b", 1, False), ("c", 0, True)]
    assert found[-1].latest == NOW + hours(1)


def test_who_may_leave_on_one_way_is_not_sure_afterwards() -> None:
    published = version(choose(Branch(if_=ASKED, then=(LeaveStep(),))), send("c"))
    assert summary(ahead(published, "choose:way")) == [("c", 0, False)]
    gone = version(choose(Branch(if_=ASKED, then=(LeaveStep(),)), otherwise=[LeaveStep(name="too")]), send("c"))
    assert ahead(gone, "choose:way") == []


def test_a_split_shares_people() -> None:
    paths = (
        SplitPath(name="a", share=Decimal("0.3"), steps=(send("a"),)),
        SplitPath(name="b", share=Decimal("0.7"), steps=(send("b"),)),
    )
    found = ahead(version(SplitStep(name="s", paths=paths), send("c")), "split:s")
    assert [(expected.message, expected.share, expected.sure) for expected in found] == [
        ("a", Decimal("0.3"), True),
        ("b", Decimal("0.7"), True),
        ("c", Decimal(1), True),
    ]


def test_what_is_waited_for_may_come_at_any_time() -> None:
    published = version(wait_for("order_completed", then=(send("thanks"),), else_=(send("still"),)))
    thanks, still = ahead(published, "wait_for:it", NOW + hours(9))
    assert (thanks.at, thanks.latest, thanks.sure) == (NOW, NOW + hours(9), False)
    assert (still.at, still.sure) == (NOW + hours(9), False)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (UntilClockTime(at=time(10)), [("hello", 22, False)]),
        (UntilRelativeTime(by=span(hours=72), side="after", path="enter"), [("hello", 71, False)]),
        # not known here
        (UntilRelativeTime(by=span(days=1), side="before", path="customer.points.next_expiry.at"), []),
    ],
)
def test_waits_until_a_moment(until: UntilClockTime | UntilRelativeTime, expected: list[Any]) -> None:
    assert summary(ahead(version(WaitStep(until=until), send()))) == expected


def test_a_condition_of_its_own_makes_a_send_possible_only() -> None:
    assert summary(ahead(version(send(**{"if": ASKED})), "send:hello")) == [("hello", 0, False)]
