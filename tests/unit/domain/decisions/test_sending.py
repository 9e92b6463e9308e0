"""A step that writes: what is queued, what is held, what is dropped, and when the step is over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.project import Sender
from kaskad.domain.journeys.step import CallStep
from kaskad.domain.journeys.version import TemplateRef
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Reason
from tests.support.engine.builders import (
    ASKED,
    BERLIN,
    NOW,
    attempt,
    cascade,
    channel_step,
    consent,
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
    wait,
)

STEP = "send:hello"
SHORT = version(send(relevant_for=span(hours=6)))


def test_what_is_queued() -> None:
    published = version(send(relevant_for=span(hours=6)), topic="carts")
    decision = decide(published, inside(step_since=NOW - hours(1)), facts(person(zone=BERLIN)))
    queued = decision.queue
    assert queued
    assert (queued.step, queued.message, queued.channel) == (STEP, "hello", Channel.PUSH)
    assert (queued.topic, queued.purpose, queued.sender) == ("carts", Purpose.MARKETING, "shop")
    assert queued.expires_at == NOW + hours(5)  # from when the step fell due
    assert queued.patience == hours(2)
    assert queued.counts_on == date(2026, 6, 10)

    assert decision.enrollment.due_at == queued.expires_at


def test_a_message_counts_on_the_customers_own_day() -> None:
    decision = decide(version(), inside(), facts(person(zone=BERLIN)), now=NOW.replace(hour=22, minute=30))
    assert decision.queue
    assert decision.queue.counts_on == date(2026, 6, 11)


def test_a_lost_wake_up_costs_a_day_at_most() -> None:
    assert decide(version(), inside()).enrollment.due_at == NOW + timedelta(days=1)


def test_a_template_may_override_purpose_topic_and_sender() -> None:
    template = TemplateRef(
        hash="0", channels=(Channel.SMS,), topic="orders", purpose=Purpose.TRANSACTIONAL, sender="bank"
    )
    published = version(templates={"hello": template}, topic="carts", cascade=cascade(channel_step("sms")))
    shop = project(senders={"bank": Sender(name="bank")})
    queued = decide(published, inside(), facts(person("sms", consents=())), shop=shop).queue
    assert queued
    assert (queued.topic, queued.purpose, queued.sender) == ("orders", Purpose.TRANSACTIONAL, "bank")


def test_a_step_may_bring_its_own_cascade() -> None:
    assert decide(version(send(cascade=cascade(channel_step("viber")))), inside()).queue.channel is Channel.VIBER


def test_a_call_is_a_message_that_a_person_carries() -> None:
    published = version(CallStep(team="retention", script="why", within=span(hours=3)))
    queued = decide(published, inside("call:why")).queue
    assert (queued.channel, queued.message, queued.expires_at) == (Channel.CALL, "why", NOW + hours(3))


CLIMBING: list[tuple[Any, str | None, timedelta]] = [
    ((attempt("push", ago=1),), None, hours(1)),
    ((attempt("push", ago=2),), "email", hours(24)),
    ((attempt("push", "failed"),), "email", hours(24)),
    ((attempt("push", "queued"),), None, hours(24)),
    ((attempt("push", "held"),), "push", hours(24)),
    ((attempt("push", "unknown", ago=1),), None, hours(1)),
]


@pytest.mark.parametrize(("attempts", "channel", "due_in"), CLIMBING)
def test_it_climbs_the_cascade(attempts: Any, channel: str | None, due_in: timedelta) -> None:
    decision = decide(version(), inside(), facts(attempts=attempts))
    assert (decision.queue.channel if decision.queue else None) == channel
    assert decision.enrollment.due_at == NOW + due_in


def test_reached_is_over_and_what_has_not_gone_goes_no_more() -> None:
    tried = (attempt("push", ago=3, opened_at=NOW), attempt("email", "queued"))
    decision = decide(version(), inside(), facts(attempts=tried))
    assert said(decision) == [(DecisionKind.DONE, None, None)]
    assert (decision.reason, decision.abandoned_steps) == (Reason.FINISHED, (STEP,))


def test_exhausted_is_over() -> None:
    tried = (attempt("push", "failed"), attempt("email", "failed"))
    decision = decide(version(), inside(), facts(attempts=tried))
    assert said(decision)[0] == (DecisionKind.DROPPED, STEP, Reason.EXHAUSTED)
    assert decision.enrollment.status is EnrollmentStatus.DONE


@pytest.mark.parametrize("status", [None, MessageStatus.QUEUED, MessageStatus.HELD, MessageStatus.SENT])
def test_not_relevant_any_more_is_over(status: MessageStatus | None) -> None:
    tried = (attempt("push", status, ago=1),) if status else ()
    decision = decide(SHORT, inside(step_since=NOW - hours(6)), facts(attempts=tried))
    assert said(decision)[0] == (DecisionKind.DROPPED, STEP, Reason.EXPIRED)
    assert (decision.queue, decision.abandoned_steps) == (None, (STEP,))


def test_silence_is_listened_to_no_longer_than_the_message_is_relevant() -> None:
    listening = decide(SHORT, inside(step_since=NOW - hours(5.5)), facts(attempts=(attempt("push", ago=1),)))
    assert listening.enrollment.due_at == NOW + hours(0.5)


UNREACHED: list[tuple[Any, Reason]] = [
    (person(contacts={}), Reason.NO_CONTACT),
    (person(contacts={Channel.PUSH: "dead"}), Reason.ADDRESS_DEAD),
    (person(contacts={Channel.PUSH: "stopped"}), Reason.ADDRESS_DEAD),
    (person(consents=()), Reason.NO_CONSENT),
    (person(consents=(consent(), consent("carts", granted=False))), Reason.TOPIC_OPTED_OUT),
    (person("sms"), Reason.NO_CONTACT),
]


@pytest.mark.parametrize(("who", "reason"), UNREACHED)
def test_nobody_to_reach_is_told_by_the_most_telling_reason(who: Any, reason: Reason) -> None:
    decision = decide(version(topic="carts"), inside(), facts(who))
    assert said(decision)[0] == (DecisionKind.DROPPED, STEP, reason)
    assert set(decision.notes[0].detail) == {"push", "email"}


def test_a_channel_without_a_template_is_passed_over() -> None:
    published = version(templates={"hello": TemplateRef(hash="0", channels=(Channel.EMAIL,))})
    assert decide(published, inside()).queue.channel is Channel.EMAIL
    nowhere = version(templates={"hello": TemplateRef(hash="0", channels=(Channel.SMS,))})
    assert said(decide(nowhere, inside()))[0] == (DecisionKind.DROPPED, STEP, Reason.NO_TEMPLATE)


@pytest.mark.parametrize(
    ("truth", "note", "due_in"),
    [
        (False, (DecisionKind.SKIPPED, STEP, Reason.CONDITION_FALSE), hours(3)),  # the wait after it begins at once
        (None, (DecisionKind.HELD, STEP, Reason.UNKNOWN_VALUE), hours(1)),
        (True, (DecisionKind.QUEUED, STEP, None), hours(24)),
    ],
)
def test_its_own_if(truth: bool | None, note: Any, due_in: timedelta) -> None:
    published = version(send(**{"if": ASKED}), wait(hours=3))
    decision = decide(published, inside(), facts(truths={f"{STEP}.if": truth}))
    assert said(decision) == [note]
    assert decision.enrollment.due_at == NOW + due_in


def test_its_own_if_is_not_asked_again_once_something_was_tried() -> None:
    published = version(send(**{"if": ASKED}))
    tried = facts(attempts=(attempt("push", "failed"),), truths={f"{STEP}.if": False})
    assert decide(published, inside(), tried).queue.channel is Channel.EMAIL


def test_two_sends_in_a_row_take_two_passes_and_never_two_messages_at_once() -> None:
    published = version(send(), send("again"))
    first = decide(published, inside())
    assert first.queue.message == "hello"
    second = decide(published, first.enrollment, facts(attempts=(attempt("push", clicked_at=NOW),)))
    assert second.queue.message == "again"
    assert second.enrollment.step == "send:again"


# an unknown `if` holds a send beyond relevant_for, for ever
def test_an_unknown_if_holds_no_longer_than_the_message_is_relevant() -> None:
    published = version(send(relevant_for=span(hours=6), **{"if": ASKED}))
    decision = decide(published, inside(step_since=NOW - hours(100)), facts(truths={"send:hello.if": None}))
    assert said(decision)[0] == (DecisionKind.DROPPED, "send:hello", Reason.UNKNOWN_VALUE)


# only a HELD attempt: its `if` is not asked again, and the reason is lost
def test_if_is_asked_again_of_what_was_held() -> None:
    published = version(send(**{"if": ASKED}))
    known = facts(attempts=(attempt("push", "held"),), truths={"send:hello.if": False})
    assert decide(published, inside(), known).queue is None
