"""What stands in a message's way just before it goes: the state, the hours, the caps, a silent source."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.facts import Touch
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.policy import Cap
from kaskad.domain.journeys.program import ONLY_WHILE
from kaskad.domain.journeys.project import Source
from kaskad.domain.outcome import Mode, Reason
from tests.support.engine.builders import (
    ASKED,
    NOW,
    attempt,
    candidate,
    decide,
    facts,
    hours,
    inside,
    person,
    project,
    said,
    send,
    span,
    version,
    window,
)

STEP = "send:hello"


STATE: list[tuple[bool | None, Any]] = [
    (True, (DecisionKind.QUEUED, STEP, None)),
    (False, (DecisionKind.DROPPED, STEP, Reason.STATE_CHANGED)),
    (None, (DecisionKind.HELD, STEP, Reason.UNKNOWN_VALUE)),
]


@pytest.mark.parametrize("attempts", [(), (attempt("push", ago=2),)], ids=["first", "second rung"])
@pytest.mark.parametrize(("truth", "note"), STATE)
def test_only_while_is_asked_before_each_send(truth: bool | None, note: Any, attempts: Any) -> None:
    published = version(only_while=ASKED)
    decision = decide(published, inside(), facts(attempts=attempts, truths={ONLY_WHILE: truth}))
    assert said(decision)[0] == note
    assert bool(decision.queue) is (truth is True)


def test_only_while_is_asked_of_transactional_messages_too() -> None:
    bound = inside(purpose=Purpose.TRANSACTIONAL)
    assert decide(version(only_while=ASKED), bound, facts(truths={ONLY_WHILE: False})).queue is None


STORE = Source(name="store", open=window("09:00", "22:00"), time_zone="UTC")


@pytest.mark.parametrize(
    ("heard_ago", "sent"), [(0.1, True), (0.5, True), (0.6, False), (None, False)], ids=["new", "at", "old", "never"]
)
def test_a_stale_source_holds(heard_ago: float | None, sent: bool) -> None:
    published = version(fresh_data={"store": span(minutes=30)})
    heard = {} if heard_ago is None else {"store": NOW - hours(heard_ago)}
    decision = decide(published, inside(), facts(last_heard=heard), shop=project(sources={"store": STORE}))
    assert bool(decision.queue) is sent
    if not sent:
        assert said(decision) == [(DecisionKind.HELD, STEP, Reason.STALE_SOURCE)]
        assert decision.notes[0].detail == {"source": "store"}
        assert decision.enrollment.due_at == NOW + timedelta(minutes=5)


NIGHT = project(quiet=window("21:00", "09:00"))
FULL = project(Cap(at_most=1, per="day", over="wait"))
HELD: list[tuple[Any, Any, Any, Reason, Any]] = [
    (NIGHT, person(), NOW.replace(hour=22), Reason.QUIET_HOURS, NOW.replace(day=11, hour=9)),
    (
        FULL,
        person(touches=(Touch(date(2026, 6, 10), None, "shop"),)),
        NOW,
        Reason.CAP,
        NOW.replace(day=11, hour=0),
    ),
]


@pytest.mark.parametrize(("shop", "who", "now", "reason", "until"), HELD, ids=["quiet hours", "cap"])
def test_held_until_the_policy_lets_it_go(shop: Any, who: Any, now: Any, reason: Reason, until: Any) -> None:
    decision = decide(version(), inside(step_since=now), facts(who), now, shop)
    assert said(decision) == [(DecisionKind.HELD, STEP, reason)]
    assert decision.enrollment.due_at == until
    assert decide(version(), inside(step_since=now), facts(who), until, shop).queue


@pytest.mark.parametrize(("shop", "who", "now", "reason", "until"), HELD, ids=["quiet hours", "cap"])
def test_what_would_be_stale_by_then_is_dropped_now(shop: Any, who: Any, now: Any, reason: Reason, until: Any) -> None:
    published = version(send(relevant_for=span(seconds=(until - now).total_seconds())))
    decision = decide(published, inside(step_since=now), facts(who), now, shop)
    assert said(decision)[0] == (DecisionKind.DROPPED, STEP, reason)
    assert decision.abandoned_steps == (STEP,)


def test_at_most_nothing_is_dropped_rather_than_held_for_ever() -> None:
    decision = decide(version(), inside(), shop=project(Cap(at_most=0, per="day", over="wait")))
    assert said(decision)[0] == (DecisionKind.DROPPED, STEP, Reason.CAP)


def test_a_test_run_asks_no_hours_no_caps_and_no_source() -> None:
    shop = project(Cap(at_most=0, per="day"), quiet=window("00:00", "23:59"))
    published = version(fresh_data={"store": span(minutes=30)})
    assert decide(published, inside(mode=Mode.TEST), shop=shop).queue
    assert decide(published, candidate(mode=Mode.TEST), shop=shop).queue


def test_held_for_want_of_consent_is_told_as_such() -> None:
    decision = decide(version(), inside(), facts(person(consents=()), attempts=(attempt("push", "held"),)))
    assert said(decision)[0] == (DecisionKind.DROPPED, "send:hello", Reason.NO_CONSENT)


# a test run goes to the owner, who has consented to nothing
def test_a_test_run_asks_for_no_consent() -> None:
    owner = person(contacts={Channel.EMAIL: "active"}, consents=())
    assert decide(version(), inside(mode=Mode.TEST), facts(owner)).queue
