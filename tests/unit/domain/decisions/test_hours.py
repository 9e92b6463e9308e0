"""Quiet hours, the journey's own window, and the purposes to which they apply."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kaskad.domain.decisions.facts import Touch
from kaskad.domain.decisions.send_policy import Allow, Defer, Refuse, check_policy, check_send_hours
from kaskad.domain.journeys.journey import Purpose, SendWindow
from kaskad.domain.journeys.policy import Cap, Policy
from kaskad.domain.journeys.project import Topic
from kaskad.domain.outcome import Reason
from tests.support.engine.builders import (
    NOW,
    UTC_ZONE,
    consent,
    decide,
    facts,
    inside,
    person,
    project,
    version,
    window,
)

NIGHT = Policy(quiet_hours=window("21:00", "09:00"))
SIESTA = Policy(quiet_hours=window("13:00", "16:00"))
ANY = Policy()


def opens(from_: str, to: str, outside: str = "wait") -> SendWindow:
    return SendWindow(**{**window(from_, to).model_dump(), "outside": outside})


def at(clock: str, day: int = 10) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)


def quiet(clock: str, day: int = 10) -> Defer:
    return Defer(at(clock, day), Reason.QUIET_HOURS)


def closed(clock: str, day: int = 10) -> Defer:
    return Defer(at(clock, day), Reason.SEND_WINDOW)


SKIPPED = Refuse(Reason.SEND_WINDOW)
WORK, EVENING = opens("10:00", "18:00"), opens("18:00", "23:00")
ROWS: list[tuple[Policy, SendWindow | None, str, Any]] = [
    (ANY, None, "03:00", Allow()),
    # quiet hours across midnight
    (NIGHT, None, "20:59", Allow()),
    (NIGHT, None, "21:00", quiet("09:00", 11)),
    (NIGHT, None, "23:59", quiet("09:00", 11)),
    (NIGHT, None, "00:00", quiet("09:00")),
    (NIGHT, None, "08:59", quiet("09:00")),
    (NIGHT, None, "09:00", Allow()),
    # within one day
    (SIESTA, None, "12:59", Allow()),
    (SIESTA, None, "13:00", quiet("16:00")),
    (SIESTA, None, "16:00", Allow()),
    # the journey's own window
    (ANY, WORK, "10:00", Allow()),
    (ANY, WORK, "17:59", Allow()),
    (ANY, WORK, "18:00", closed("10:00", 11)),
    (ANY, WORK, "09:00", closed("10:00")),
    (ANY, opens("22:00", "02:00"), "23:00", Allow()),
    (ANY, opens("22:00", "02:00"), "02:00", closed("22:00")),
    (ANY, opens("10:00", "18:00", "skip"), "18:00", SKIPPED),
    (ANY, opens("10:00", "18:00", "skip"), "12:00", Allow()),
    # both
    (SIESTA, WORK, "14:00", quiet("16:00")),
    (SIESTA, WORK, "09:00", closed("10:00")),
    (SIESTA, opens("14:00", "18:00"), "10:00", closed("16:00")),  # the window opens into the siesta
    (NIGHT, EVENING, "12:00", closed("18:00")),
    (NIGHT, EVENING, "22:00", quiet("18:00", 11)),  # at nine the quiet hours end, but the window is closed
    (NIGHT, opens("22:00", "08:00"), "12:00", SKIPPED),  # they never meet
    (NIGHT, opens("22:00", "23:00", "skip"), "22:30", SKIPPED),
    (SIESTA, opens("10:00", "18:00", "skip"), "14:00", quiet("16:00")),  # in its window, only quiet
    (SIESTA, opens("10:00", "18:00", "skip"), "19:00", SKIPPED),
]


@pytest.mark.parametrize(("policy", "own", "clock", "expected"), ROWS)
def test_hours(policy: Policy, own: SendWindow | None, clock: str, expected: Any) -> None:
    assert check_send_hours(policy, own, UTC_ZONE, now=at(clock)) == expected


@pytest.mark.parametrize(
    ("zone", "clock", "expected"),
    [
        ("UTC", "19:00", Allow()),
        ("Europe/Moscow", "19:00", quiet("06:00", 11)),  # ten in the evening
        ("America/New_York", "11:00", quiet("13:00")),  # seven in the morning
        ("Asia/Kolkata", "03:29", quiet("03:30")),
        ("Asia/Kathmandu", "03:14", quiet("03:15")),
        ("Pacific/Kiritimati", "07:00", quiet("19:00")),  # nine in the evening, and tomorrow's morning
    ],
)
def test_hours_are_those_of_the_customers_own_clock(zone: str, clock: str, expected: Any) -> None:
    assert check_send_hours(NIGHT, None, ZoneInfo(zone), now=at(clock)) == expected


TOUCHED = (Touch(date(2026, 6, 10), "carts", "shop"),)
MARKETING, REQUESTED, TRANSACTIONAL = Purpose
FULL = Cap(at_most=1, per="day", over="skip")


@pytest.mark.parametrize(
    ("purpose", "consents", "caps", "hours"),
    [(MARKETING, True, True, True), (REQUESTED, False, False, True), (TRANSACTIONAL, False, False, False)],
)
def test_the_table_of_purposes(purpose: Purpose, consents: bool, caps: bool, hours: bool) -> None:
    """Each rule alone stops a message of the purposes to which it applies, and of no other."""
    published = version(topic="carts")
    stopped = {
        "consent": decide(published, inside(purpose=purpose), facts(person(consents=()))),
        "topic": decide(
            published, inside(purpose=purpose), facts(person(consents=(consent(), consent("carts", None, False, 1))))
        ),
        "caps": decide(published, inside(purpose=purpose), facts(person(touches=TOUCHED)), shop=project(FULL)),
        "hours": decide(published, inside(purpose=purpose), shop=project(quiet=window("11:00", "13:00"))),
        "nothing": decide(published, inside(purpose=purpose)),
    }
    assert {rule: decision.queue is None for rule, decision in stopped.items()} == {
        "consent": consents,
        "topic": consents,
        "caps": caps,
        "hours": hours,
        "nothing": False,
    }


def test_hours_go_before_caps() -> None:
    policy = Policy(quiet_hours=window("11:00", "13:00"), caps=(FULL,))
    verdict = check_policy(
        policy, person(touches=TOUCHED), NOW, purpose=MARKETING, topic="carts", sender="shop", window=None
    )
    assert verdict == quiet("13:00")


def test_a_topic_that_the_shop_does_not_know_asks_for_general_consent_alone() -> None:
    assert decide(version(topic="carts"), inside(), shop=project(topics={})).queue
    shy = project(topics={"carts": Topic(name="carts", starts="unsubscribed")})
    assert decide(version(topic="carts"), inside(), shop=shy).queue is None
