"""A step that writes: what is queued, what is held, what is dropped, and when the step is over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from builders import (
    ASKED,
    BERLIN,
    NOW,
    attempt,
    candidate,
    cascade,
    consent,
    decide,
    facts,
    hours,
    inside,
    person,
    project,
    rung,
    said,
    send,
    span,
    version,
    wait,
    window,
)

from kaskad.domain.channel import Channel
from kaskad.domain.facts import Touch
from kaskad.domain.journey import CallStep, Purpose
from kaskad.domain.moves import Noted
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Reason
from kaskad.domain.program import ONLY_WHILE
from kaskad.domain.shop import Cap, Source
from kaskad.domain.version import TemplateRef

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
    assert decision.enrollment.spoke_at == NOW
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
    published = version(templates={"hello": template}, topic="carts", cascade=cascade(rung("sms")))
    queued = decide(published, inside(), facts(person("sms", consents=()))).queue
    assert queued
    assert (queued.topic, queued.purpose, queued.sender) == ("orders", Purpose.TRANSACTIONAL, "bank")


def test_a_step_may_bring_its_own_cascade() -> None:
    assert decide(version(send(cascade=cascade(rung("viber")))), inside()).queue.channel is Channel.VIBER


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
    assert said(decision) == [(Noted.DONE, None, None)]
    assert (decision.reason, decision.given_up) == (Reason.FINISHED, (STEP,))


def test_exhausted_is_over() -> None:
    tried = (attempt("push", "failed"), attempt("email", "failed"))
    decision = decide(version(), inside(), facts(attempts=tried))
    assert said(decision)[0] == (Noted.DROPPED, STEP, Reason.EXHAUSTED)
    assert decision.enrollment.status is EnrollmentStatus.DONE


@pytest.mark.parametrize("status", [None, MessageStatus.QUEUED, MessageStatus.HELD, MessageStatus.SENT])
def test_not_relevant_any_more_is_over(status: MessageStatus | None) -> None:
    tried = (attempt("push", status, ago=1),) if status else ()
    decision = decide(SHORT, inside(step_since=NOW - hours(6)), facts(attempts=tried))
    assert said(decision)[0] == (Noted.DROPPED, STEP, Reason.EXPIRED)
    assert (decision.queue, decision.given_up) == (None, (STEP,))


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
    assert said(decision)[0] == (Noted.DROPPED, STEP, reason)
    assert set(decision.notes[0].detail) == {"push", "email"}


def test_a_channel_without_a_template_is_passed_over() -> None:
    published = version(templates={"hello": TemplateRef(hash="0", channels=(Channel.EMAIL,))})
    assert decide(published, inside()).queue.channel is Channel.EMAIL
    nowhere = version(templates={"hello": TemplateRef(hash="0", channels=(Channel.SMS,))})
    assert said(decide(nowhere, inside()))[0] == (Noted.DROPPED, STEP, Reason.NO_TEMPLATE)


@pytest.mark.parametrize(
    ("truth", "note", "due_in"),
    [
        (False, (Noted.SKIPPED, STEP, Reason.CONDITION_FALSE), hours(3)),  # the wait after it begins at once
        (None, (Noted.HELD, STEP, Reason.UNKNOWN_VALUE), hours(1)),
        (True, (Noted.QUEUED, STEP, None), hours(24)),
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


STATE: list[tuple[bool | None, Any]] = [
    (True, (Noted.QUEUED, STEP, None)),
    (False, (Noted.DROPPED, STEP, Reason.STATE_CHANGED)),
    (None, (Noted.HELD, STEP, Reason.UNKNOWN_VALUE)),
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
        assert said(decision) == [(Noted.HELD, STEP, Reason.STALE_SOURCE)]
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
    assert said(decision) == [(Noted.HELD, STEP, reason)]
    assert (decision.enrollment.due_at, decision.enrollment.spoke_at) == (until, None)
    assert decide(version(), inside(step_since=now), facts(who), until, shop).queue


@pytest.mark.parametrize(("shop", "who", "now", "reason", "until"), HELD, ids=["quiet hours", "cap"])
def test_what_would_be_stale_by_then_is_dropped_now(shop: Any, who: Any, now: Any, reason: Reason, until: Any) -> None:
    published = version(send(relevant_for=span(seconds=(until - now).total_seconds())))
    decision = decide(published, inside(step_since=now), facts(who), now, shop)
    assert said(decision)[0] == (Noted.DROPPED, STEP, reason)
    assert decision.given_up == (STEP,)


def test_at_most_nothing_is_dropped_rather_than_held_for_ever() -> None:
    decision = decide(version(), inside(), shop=project(Cap(at_most=0, per="day", over="wait")))
    assert said(decision)[0] == (Noted.DROPPED, STEP, Reason.CAP)


def test_a_test_run_asks_no_hours_no_caps_and_no_source() -> None:
    shop = project(Cap(at_most=0, per="day"), quiet=window("00:00", "23:59"))
    published = version(fresh_data={"store": span(minutes=30)})
    assert decide(published, inside(mode="test"), shop=shop).queue
    assert decide(published, candidate(mode="test"), shop=shop).queue


def test_two_sends_in_a_row_take_two_passes_and_never_two_messages_at_once() -> None:
    published = version(send(), send("again"))
    first = decide(published, inside())
    assert first.queue.message == "hello"
    second = decide(published, first.enrollment, facts(attempts=(attempt("push", clicked_at=NOW),)))
    assert second.queue.message == "again"
    assert second.enrollment.step == "send:again"
