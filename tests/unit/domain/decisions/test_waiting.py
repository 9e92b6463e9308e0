"""Steps that pass the time or choose the way: wait, wait_for, choose."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.facts import Enrollment
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.step import Branch, WaitStep
from kaskad.domain.journeys.version import Version
from kaskad.domain.journeys.wait_until import UntilRelativeTime
from kaskad.domain.outcome import Reason
from tests.support.engine.builders import (
    ASKED,
    BERLIN,
    BOUGHT,
    NOW,
    attempt,
    choose,
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
    wait_for,
)


def first(published: Version, **more: Any) -> Enrollment:
    """Somebody at the first step, which fell due just now."""
    return inside(published.program.first, **more)


# --- wait -------------------------------------------------------------------------------------------------------------


def test_elapsed_hours_pass() -> None:
    published = version(wait(hours=24), send())
    assert decide(published, first(published)).enrollment.due_at == NOW + hours(24)
    late = decide(published, first(published, step_since=NOW - hours(25)))
    assert late.queue
    assert late.enrollment.step_since == NOW - hours(1)  # the send fell due when the wait ended, not when it was seen


def test_a_calendar_day_keeps_the_clock_on_the_wall() -> None:
    published = version(WaitStep(for_=Duration(days=1), name="a_day"), send())
    before = datetime(2026, 3, 28, 8, 0, tzinfo=UTC)  # nine in Berlin, the day before its clocks go forward
    decision = decide(published, first(published, step_since=before), facts(person(zone=BERLIN)), before)
    assert decision.enrollment.due_at == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)


def test_until_after_enter_counts_from_the_entry() -> None:
    published = version(
        WaitStep(until=UntilRelativeTime(by=span(hours=72), side="after", path="enter"), name="three_days"), send()
    )
    entered = first(published, entered_at=NOW - hours(70))
    assert decide(published, entered).enrollment.due_at == NOW + hours(2)
    over = decide(published, first(published, entered_at=NOW - hours(100), step_since=NOW - hours(1)))
    assert over.queue
    assert over.enrollment.step_since == NOW - hours(1)  # never before the step itself fell due


def test_a_wait_after_a_send_counts_from_its_first_attempt() -> None:
    published = version(send(), wait(hours=24), send("again"))
    tried = (attempt("push", ago=3), attempt("email", ago=1))
    decision = decide(published, inside(first_sent_at=NOW - hours(3)), facts(attempts=tried))
    assert decision.enrollment.step == published.program.nodes["send:hello"].next
    assert decision.enrollment.due_at == NOW + hours(21)


def test_a_wait_never_ends_before_the_send_does() -> None:
    published = version(send(), wait(hours=1), send("again"))
    speaking = inside(first_sent_at=NOW - hours(1.5))
    listening = decide(published, speaking, facts(attempts=(attempt("push", ago=1.5),)))
    assert listening.enrollment.step == "send:hello"
    opened = decide(published, speaking, facts(attempts=(attempt("push", ago=1.5, opened_at=NOW),)))
    assert opened.queue.message == "again"
    assert opened.enrollment.step_since == NOW  # the wait would have been over half an hour ago


def test_a_wait_after_a_send_that_reached_nobody_counts_from_there() -> None:
    published = version(send(), wait(hours=24))
    assert decide(published, inside(), facts(person(contacts={}))).enrollment.due_at == NOW + hours(24)


def test_a_second_wait_counts_from_the_end_of_the_first() -> None:
    published = version(send(), wait(hours=2), wait(hours=3))
    tried = facts(attempts=(attempt("push", ago=4, opened_at=NOW),))
    decision = decide(published, inside(first_sent_at=NOW - hours(4), step_since=NOW - hours(4)), tried)
    assert decision.enrollment.due_at == NOW + hours(3)


# --- wait_for ---------------------------------------------------------------------------------------------------------

FOR_EVENT = version(wait_for("order_paid", then=(send("thanks"),), **{"else": (send("still_there"),)}), wait(hours=1))


def test_who_has_just_arrived_is_asked_about_at_once() -> None:
    decision = decide(FOR_EVENT, first(FOR_EVENT))
    assert (decision.enrollment.due_at, decision.notes) == (NOW, ())


WAITED: list[tuple[float, float | None, str | None]] = [
    (1, None, None),
    (23.9, None, None),
    (24, None, "still_there"),
    (1, 0.5, "thanks"),
    (30, 25, "thanks"),  # it came in time, and is looked at late
    (30, 6, "thanks"),  # to the instant
    (30, 5, "still_there"),  # it came too late
]


@pytest.mark.parametrize(("since", "happened", "message"), WAITED)
def test_until_the_event_or_else(since: float, happened: float | None, message: str | None) -> None:
    at = None if happened is None else NOW - hours(happened)
    decision = decide(FOR_EVENT, first(FOR_EVENT, step_since=NOW - hours(since)), facts(happened={"wait_for:it": at}))
    assert (decision.queue.message if decision.queue else None) == message
    if not message:
        assert decision.enrollment.due_at == NOW + hours(24 - since)


def test_the_step_after_it_falls_due_when_the_event_came() -> None:
    came = NOW - hours(2)
    decision = decide(FOR_EVENT, first(FOR_EVENT, step_since=NOW - hours(9)), facts(happened={"wait_for:it": came}))
    assert decision.enrollment.step_since == came


FOR_OPEN = version(wait_for(was="opened", then=(send("thanks"),), **{"else": (send("still_there"),)}))


@pytest.mark.parametrize(
    ("since", "truth", "message"),
    [(0, True, "thanks"), (0, False, None), (0, None, None), (24, False, "still_there"), (24, None, "still_there")],
)
def test_until_the_message_was_opened_or_else(since: float, truth: bool | None, message: str | None) -> None:
    known = facts(truths={"wait_for:it.if": truth})
    decision = decide(FOR_OPEN, first(FOR_OPEN, step_since=NOW - hours(since)), known)
    assert (decision.queue.message if decision.queue else None) == message


def test_an_empty_branch_goes_on_behind_it() -> None:
    published = version(wait_for("order_paid"), send())
    decision = decide(published, first(published), facts(happened={"wait_for:it": NOW}))
    assert decision.queue.message == "hello"


# --- choose -----------------------------------------------------------------------------------------------------------

DEAR = Branch(if_=ASKED, then=(send("discount"),))
CHEAP = Branch(if_=BOUGHT, then=(send("reminder"),))
TWO_WAYS = version(choose(DEAR, CHEAP, otherwise=[send("last")]), wait(hours=1), send("later"))
CHOSEN: list[tuple[bool | None, bool | None, str | None]] = [
    (True, True, "discount"),
    (True, None, "discount"),
    (False, True, "reminder"),
    (False, False, "last"),
    (None, True, None),
    (False, None, None),
]


@pytest.mark.parametrize(("dear", "cheap", "message"), CHOSEN)
def test_the_first_branch_that_holds(dear: bool | None, cheap: bool | None, message: str | None) -> None:
    known = facts(truths={"choose:way.0": dear, "choose:way.1": cheap})
    decision = decide(TWO_WAYS, first(TWO_WAYS), known)
    assert (decision.queue.message if decision.queue else None) == message
    if not message:
        assert said(decision) == [(DecisionKind.HELD, "choose:way", Reason.UNKNOWN_VALUE)]
        assert decision.enrollment.due_at == NOW + hours(1)
        assert decision.enrollment.step == "choose:way"


@pytest.mark.parametrize("step", ["send:discount", "send:reminder", "send:last"])
def test_the_branches_join_again(step: str) -> None:
    tried = {step: (attempt("push", opened_at=NOW),)}
    decision = decide(TWO_WAYS, inside(step, first_sent_at=NOW), replace(facts(), attempts=tried))
    assert decision.enrollment.due_at == NOW + hours(1)


def test_a_choice_between_a_send_and_a_wait_leaves_the_wait_where_it_counts_from() -> None:
    published = version(send(), choose(Branch(if_=ASKED, then=())), wait(hours=24))
    known = facts(attempts=(attempt("push", ago=3, opened_at=NOW),), truths={"choose:way.0": True})
    assert decide(published, inside(first_sent_at=NOW - hours(3)), known).enrollment.due_at == NOW + hours(21)


# a wait after the second of two sends counts from the first attempt of the FIRST
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
