"""What holds for every decision, whatever the journey, the customer and the time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

from hypothesis import HealthCheck, given, settings

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.engine import Decision, decide
from kaskad.domain.decisions.facts import CustomerFacts, Enrollment, Facts
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.step import WaitForStep
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import ENROLLMENT_TRANSITIONS, EnrollmentStatus, MessageStatus
from tests.support.engine.builders import PROPERTY
from tests.support.engine.random_journeys import cases

Case = tuple[Version, Enrollment, Facts, datetime, Project]
MANY = settings(PROPERTY, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


def decided(case: Case) -> Decision:
    """The engine's answer."""
    published, enrollment, facts, now, shop = case
    return decide(published, enrollment, facts, now=now, project=shop)


def wants_marketing(person: CustomerFacts, channel: Channel) -> bool:
    """The latest words on marketing and on carts; a withdrawal at the same instant holds."""

    def latest(topic: str | None, unsaid: bool) -> bool:
        words = [word for word in person.consents if word.topic == topic and word.channel in (channel, None)]
        last = max((word.at for word in words), default=None)
        return all(word.granted for word in words if word.at == last) if words else unsaid

    return latest(None, unsaid=False) and latest("carts", unsaid=True)


def nothing_goes_after_an_exit(case: Case, decision: Decision) -> None:
    if case[2].exit:
        assert decision.queue is None
        assert decision.enrollment.status is EnrollmentStatus.LEFT


def nothing_goes_where_the_customer_does_not_want_it(case: Case, decision: Decision) -> None:
    if decision.queue:
        person, channel = case[2].person, decision.queue.channel
        assert person.contacts[channel] == "active"
        if decision.queue.purpose is Purpose.MARKETING:
            assert wants_marketing(person, channel)


def nothing_but_transactional_goes_at_night_or_outside_the_window(case: Case, decision: Decision) -> None:
    published, _, facts, now, _ = case
    if decision.queue and decision.queue.purpose is not Purpose.TRANSACTIONAL:
        clock = now.astimezone(facts.person.zone).time()
        assert time(9) <= clock < time(21)
        assert not published.journey.send_window or time(10) <= clock < time(20)


def caps_have_room_for_what_goes(case: Case, decision: Decision) -> None:
    _, _, facts, now, shop = case
    if decision.queue and decision.queue.purpose is Purpose.MARKETING:
        today = now.astimezone(facts.person.zone).date()
        assert decision.queue.counts_on == today
        for cap in shop.policy.caps:
            days = 1 if cap.per == "day" else 7
            assert sum((today - touch.on).days < days for touch in facts.person.touches) < cap.at_most


def one_message_at_most_and_none_twice(case: Case, decision: Decision) -> None:
    assert sum(note.kind is DecisionKind.QUEUED for note in decision.notes) == (decision.queue is not None)
    if decision.queue:
        tried = case[2].attempts.get(decision.queue.step, ())
        assert decision.queue.step == decision.enrollment.step
        assert decision.queue.expires_at > case[3]
        assert all(
            attempt.status is MessageStatus.HELD or attempt.channel is not decision.queue.channel for attempt in tried
        )
        assert not any(attempt.under_way for attempt in tried)


def whoever_is_inside_is_looked_at_again_and_not_before_something_can_have_changed(
    case: Case, decision: Decision
) -> None:
    published, _, facts, now, _ = case
    after = decision.enrollment
    if decision.ended:
        return
    just_arrived = (
        after.status is EnrollmentStatus.ACTIVE
        and isinstance(step := published.program.nodes[after.step].step, WaitForStep)
        and step.event
        and after.step not in facts.happened
    )
    assert after.due_at == now if just_arrived else after.due_at > now


def asking_again_at_once_decides_nothing_else(case: Case, decision: Decision) -> None:
    published, _, facts, now, shop = case
    assert decided(case) == decision
    if decision.queue:
        waiting = Attempt(decision.queue.channel, MessageStatus.QUEUED, now)
        tried = tuple(
            attempt for attempt in facts.attempts.get(decision.queue.step, ()) if attempt.channel is not waiting.channel
        )
        facts = replace(facts, attempts={**facts.attempts, decision.queue.step: (*tried, waiting)})
    if not decision.ended:
        again = decide(published, decision.enrollment, facts, now=now, project=shop)
        assert (again.queue, again.ended) == (None, False)
        assert again.enrollment == decision.enrollment


def what_is_written_down_can_be_written_down(case: Case, decision: Decision) -> None:
    published, before, _, now, _ = case
    after, nodes = decision.enrollment, published.program.nodes
    assert after.status is before.status or after.status in ENROLLMENT_TRANSITIONS[before.status]
    assert (decision.reason is not None) is decision.ended
    assert (decision.exit is not None) is (after.status is EnrollmentStatus.LEFT)
    assert set(decision.abandoned_steps) <= set(nodes)
    assert {note.step for note in decision.notes} <= {None, *nodes}
    if after.status is EnrollmentStatus.ACTIVE:
        assert after.step in nodes
        assert after.step_since is not None
        assert after.step_since <= now
        assert after.first_sent_at is None or after.first_sent_at <= now


RULES = [
    nothing_goes_after_an_exit,
    nothing_goes_where_the_customer_does_not_want_it,
    nothing_but_transactional_goes_at_night_or_outside_the_window,
    caps_have_room_for_what_goes,
    one_message_at_most_and_none_twice,
    whoever_is_inside_is_looked_at_again_and_not_before_something_can_have_changed,
    asking_again_at_once_decides_nothing_else,
    what_is_written_down_can_be_written_down,
]


@MANY
@given(cases())
def test_every_decision_keeps_every_rule(case: Case) -> None:
    decision = decided(case)
    for rule in RULES:
        rule(case, decision)
