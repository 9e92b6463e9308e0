"""Found by reading and by property: each of these fails before the patch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.cart import ADDED, REMOVED, SNAPSHOT, CartChange, fold_cart, parse_money
from kaskad.domain.channel import Channel
from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.freshness import is_stale
from kaskad.domain.decisions.local_time import local_date, next_open, start_of_day
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.journey import Window
from kaskad.domain.outcome import Mode, Reason
from tests.support.engine.builders import (
    ASKED,
    NOW,
    PROPERTY,
    UTC_ZONE,
    attempt,
    decide,
    facts,
    hours,
    inside,
    person,
    said,
    send,
    span,
    version,
    wait,
    window,
)
from tests.unit.domain.decisions.test_local_time import opened, steps, windows, zones


# 1 · a wait after the second of two sends counts from the first attempt of the FIRST
def test_a_wait_counts_from_the_send_before_it() -> None:
    published = version(send(), send("again"), wait(hours=24))
    tried = {
        "send:hello": (attempt("push", ago=20, opened_at=NOW),),
        "send:again": (attempt("push", ago=1, opened_at=NOW),),
    }
    first = decide(published, inside(first_sent_at=NOW - hours(20)), facts(attempts=tried["send:hello"]))
    known = replace(facts(), attempts=tried)
    assert decide(published, first.enrollment, known).enrollment.due_at == NOW + hours(23)


def test_a_message_held_overnight_did_not_speak_last_evening() -> None:
    published = version(send(), wait(hours=24))
    held = decide(published, inside(), facts(attempts=(attempt("push", "held"),)), now=NOW)  # queued again now
    later = NOW + hours(12)
    sent = facts(attempts=(attempt("push", ago=-12, opened_at=NOW + hours(12)),))
    assert decide(published, held.enrollment, sent, later).enrollment.due_at == NOW + hours(36)


# 2 · an unknown `if` holds a send beyond relevant_for, for ever
def test_an_unknown_if_holds_no_longer_than_the_message_is_relevant() -> None:
    published = version(send(relevant_for=span(hours=6), **{"if": ASKED}))
    decision = decide(published, inside(step_since=NOW - hours(100)), facts(truths={"send:hello.if": None}))
    assert said(decision)[0] == (DecisionKind.DROPPED, "send:hello", Reason.UNKNOWN_VALUE)


# 3 · only a HELD attempt: its `if` is not asked again, and the reason is lost
def test_if_is_asked_again_of_what_was_held() -> None:
    published = version(send(**{"if": ASKED}))
    known = facts(attempts=(attempt("push", "held"),), truths={"send:hello.if": False})
    assert decide(published, inside(), known).queue is None


def test_held_for_want_of_consent_is_told_as_such() -> None:
    decision = decide(version(), inside(), facts(person(consents=()), attempts=(attempt("push", "held"),)))
    assert said(decision)[0] == (DecisionKind.DROPPED, "send:hello", Reason.NO_CONSENT)


# 4 · fresh_data longer than the opening hours never holds; a store open round the clock is "just opened" each midnight
@pytest.mark.parametrize(
    ("hours_", "limit", "now"),
    [
        (window("09:00", "22:00"), timedelta(days=1), datetime(2026, 6, 10, 12, tzinfo=UTC)),
        (window("00:00", "00:00"), timedelta(minutes=30), datetime(2026, 6, 10, 0, 10, tzinfo=UTC)),
    ],
)
def test_a_source_dead_for_a_month_is_stale(hours_: Window, limit: timedelta, now: datetime) -> None:
    assert is_stale(now - timedelta(days=30), limit, hours_, zone=UTC_ZONE, now=now)


# 5 · the cart
def test_taking_one_of_two_out_keeps_price_and_title() -> None:
    at = datetime(2026, 6, 10, tzinfo=UTC)
    two = CartChange("1", ADDED, at, {"product_id": "a", "name": "A", "price": 100, "quantity": 2})
    out = CartChange("2", REMOVED, at + timedelta(minutes=1), {"product_id": "a", "quantity": 1})
    cart = fold_cart([two, out])
    assert (cart.total, cart.items[0]["title"]) == (Decimal(100), "A")


def test_none_of_it_in_a_snapshot_is_none() -> None:
    at = datetime(2026, 6, 10, tzinfo=UTC)
    products = [{"product_id": "a", "price": 5, "quantity": 0}]
    assert fold_cart([CartChange("1", SNAPSHOT, at, {"products": products})]).items == ()


def test_not_a_number_is_no_money() -> None:
    assert parse_money(float("nan")) == 0


# 6 · clock changes
@pytest.mark.parametrize(
    ("zone", "from_", "to", "at", "expected"),
    [
        ("Europe/Berlin", "02:30", "05:00", "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),
        ("Europe/Berlin", "02:30", "02:45", "2026-10-25T01:00+02:00", "2026-10-25T02:30+02:00"),
        ("Europe/Berlin", "01:30", "02:15", "2026-10-25T02:30+02:00", "2026-10-25T02:00+01:00"),
    ],
)
def test_next_opening(zone: str, from_: str, to: str, at: str, expected: str) -> None:
    found = next_open([window(from_, to)], datetime.fromisoformat(at), ZoneInfo(zone))
    assert found == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/Havana", "2026-11-01", "2026-11-01T00:00-04:00"),
        ("Atlantic/Azores", "2026-10-25", "2026-10-25T00:00+00:00"),
        ("America/Toronto", "1919-03-31", "1919-03-31T00:30-04:00"),
    ],
)
def test_start_of_day(zone: str, day: str, expected: str) -> None:
    assert start_of_day(date.fromisoformat(day), ZoneInfo(zone)) == datetime.fromisoformat(expected)


@PROPERTY
@given(st.lists(windows, min_size=1, max_size=2), steps, zones)
def test_the_next_opening_is_the_first_on_every_day(hours: list[Window], at: datetime, zone: ZoneInfo) -> None:
    found = next_open(hours, at, zone)
    passed = range(int(((found or at + timedelta(days=1)) - at).total_seconds() / 300))
    assert not any(all(opened(one, at + timedelta(minutes=5 * n), zone) for one in hours) for n in passed)
    assert found is None or type(found) is datetime  # plain: pendulum's differences do not divide by a timedelta


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


# 7 · a day may have more than 25 hours
def test_the_longest_day() -> None:
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    troll = ZoneInfo("Antarctica/Troll")
    assert Duration(days=1).after(start, troll) - start <= Duration(days=1).longest


# 8 · a test run goes to the owner, who has consented to nothing (storage/facts/loader.py: _for_test)
def test_a_test_run_asks_for_no_consent() -> None:
    owner = person(contacts={Channel.EMAIL: "active"}, consents=())
    assert decide(version(), inside(mode=Mode.TEST), facts(owner)).queue
