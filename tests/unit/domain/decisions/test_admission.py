"""Who gets in: a candidate is admitted, refused, or waits at the door."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.experiment import in_holdout
from kaskad.domain.decisions.facts import OtherEntry
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.program import ENTRY_IF, ENTRY_WHERE
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import EnrollmentStatus, Mode, Reason
from tests.support.engine.builders import (
    ASKED,
    ENTERED,
    LEFT,
    NOW,
    candidate,
    decide,
    facts,
    hours,
    person,
    said,
    send,
    span,
    version,
    wait,
)

ADMITTED = (DecisionKind.ENTERED, None, None)


def entered_by(again_after: Any = "always", **more: Any) -> EventTrigger:
    return EventTrigger(when="cart_updated", again_after=again_after, **more)


ASKING = version(enter=entered_by(where=ASKED, **{"if": ASKED}))
QUIET = version(enter=entered_by(quiet_for=span(hours=2)))


def test_somebody_is_admitted_and_the_first_message_queued_at_once() -> None:
    decision = decide(version(), candidate())
    assert said(decision) == [ADMITTED, (DecisionKind.QUEUED, "send:hello", None)]
    assert decision.enrollment.status is EnrollmentStatus.ACTIVE
    assert decision.enrollment.step_since == ENTERED


def test_the_quiet_time_is_counted_from_the_entry() -> None:
    decision = decide(QUIET, candidate())
    assert decision.enrollment == candidate(due_at=ENTERED + hours(2))
    assert not decision.notes


def test_the_quiet_time_is_re_armed_by_a_later_trigger() -> None:
    later = candidate(entered_at=NOW - timedelta(minutes=1), due_at=NOW)
    assert decide(QUIET, later).enrollment.due_at == NOW + timedelta(minutes=119)


def test_after_the_quiet_time_the_first_step_is_due_since_its_end() -> None:
    decision = decide(QUIET, candidate(entered_at=NOW - hours(5)))
    assert decision.queue
    assert decision.enrollment.step_since == NOW - hours(3)
    assert decision.enrollment.entered_at == NOW - hours(5)


@pytest.mark.parametrize(
    ("where", "if_", "reason"),
    [
        (True, True, None),
        (False, True, Reason.WHERE_FALSE),
        (None, True, Reason.WHERE_FALSE),  # the event will never say more than it did
        (True, False, Reason.IF_FALSE),
        (False, None, Reason.WHERE_FALSE),
    ],
)
def test_where_and_if(where: bool | None, if_: bool | None, reason: Reason | None) -> None:
    decision = decide(ASKING, candidate(), facts(truths={ENTRY_WHERE: where, ENTRY_IF: if_}))
    assert decision.reason is reason
    assert decision.ended is bool(reason)
    if reason:
        assert decision.enrollment.status is EnrollmentStatus.REFUSED
        assert said(decision) == [(DecisionKind.REFUSED, None, reason)]


def test_an_unknown_if_holds_and_asks_again() -> None:
    decision = decide(ASKING, candidate(), facts(truths={ENTRY_WHERE: True, ENTRY_IF: None}))
    assert decision.enrollment == candidate(due_at=NOW + hours(1))
    assert said(decision) == [(DecisionKind.HELD, None, Reason.UNKNOWN_VALUE)]


AGAIN: list[tuple[Any, float | None, bool]] = [
    ("never", None, True),
    ("never", 10_000, False),
    ("always", 0, True),
    (span(days=7), None, True),
    (span(days=7), 24 * 7, True),
    (span(days=7), 24 * 7 - 1, False),
    (span(days=7), 0, False),
    (span(days=7), -24, False),  # a later entry was there first: events come in any order
    (span(days=7), -24 * 7, True),
]


def other(before: float = 0, **more: Any) -> OtherEntry:
    """Another entry of the journey, which wrote, so many hours before."""
    known = {"id": 5, "journey": "tried", "key": "", "entered_at": ENTERED - hours(before), "wrote": True}
    return OtherEntry(**{**known, **more})


@pytest.mark.parametrize(("again", "sent_hours_before", "admitted"), AGAIN)
def test_again_after_counts_from_the_last_entry_that_sent(
    again: Any, sent_hours_before: float | None, admitted: bool
) -> None:
    entries = () if sent_hours_before is None else (other(before=sent_hours_before),)
    decision = decide(version(enter=entered_by(again)), candidate(), facts(person(entries=entries)))
    assert decision.reason is (None if admitted else Reason.AGAIN_TOO_SOON)


def test_again_after_asks_only_about_this_journey() -> None:
    elsewhere = facts(person(entries=(other(journey="other"),)))
    assert not decide(version(enter=entered_by("never")), candidate(), elsewhere).ended


HOLDOUT = version(holdout=Decimal("0.5"))
OUT = next(id_ for id_ in range(100) if in_holdout("tried", id_, Decimal("0.5")))
IN = next(id_ for id_ in range(100) if not in_holdout("tried", id_, Decimal("0.5")))


@pytest.mark.parametrize(
    ("customer", "more", "reason"),
    [
        (OUT, {}, Reason.HOLDOUT),
        (IN, {}, None),
        (OUT, {"purpose": Purpose.REQUESTED}, None),
        (OUT, {"purpose": Purpose.TRANSACTIONAL}, None),
        (OUT, {"mode": Mode.TEST}, None),
        (OUT, {"direct": True}, Reason.HOLDOUT),
    ],
)
def test_the_holdout_is_for_marketing_alone(customer: int, more: dict[str, Any], reason: Reason | None) -> None:
    assert decide(HOLDOUT, candidate(customer=customer, **more)).reason is reason


@pytest.mark.parametrize("published", [version(), QUIET, ASKING], ids=["open", "quiet", "asking"])
def test_an_exit_ends_a_candidate_before_anything_else_is_asked(published: Version) -> None:
    decision = decide(published, candidate(), facts(exit=LEFT))
    assert decision.enrollment.status is EnrollmentStatus.LEFT
    assert (decision.exit, decision.abandoned_steps) == (LEFT, ())


DIRECT = candidate(direct=True, entered_at=NOW, last_trigger_at=NOW)


def test_a_direct_run_skips_where_and_the_quiet_time() -> None:
    entrance = entered_by(where=ASKED, quiet_for=span(hours=2))
    decision = decide(version(enter=entrance), DIRECT, facts(truths={ENTRY_WHERE: False}))
    assert decision.queue
    assert decision.enrollment.step_since == NOW


def test_a_direct_run_keeps_again_after() -> None:
    sent = facts(person(entries=(other(before=0),)))
    assert decide(version(enter=entered_by(span(days=1))), DIRECT, sent).reason is Reason.AGAIN_TOO_SOON
    test_run = replace(DIRECT, mode=Mode.TEST)
    assert decide(version(enter=entered_by(span(days=1))), test_run, sent).queue


def test_a_direct_run_keeps_exits_and_consent() -> None:
    assert decide(version(), DIRECT, facts(exit=LEFT)).reason is Reason.LEFT
    assert decide(version(), DIRECT, facts(person(consents=()))).queue is None


def test_a_journey_may_begin_with_a_wait() -> None:
    decision = decide(version(wait(hours=3), send()), candidate())
    assert decision.queue is None
    assert decision.enrollment.due_at == ENTERED + hours(3)
    assert said(decision) == [ADMITTED]
