"""Whole lives: the engine is asked again and again until nothing is due any more, and providers answer as they like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.decisions.effects import QueueMessage
from kaskad.domain.decisions.engine import Decision, decide
from kaskad.domain.decisions.facts import CustomerFacts, Enrollment, ExitEvent, Facts, Touch
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus
from tests.support.engine.builders import PROPERTY, candidate
from tests.support.engine.random_journeys import moments, people, shops, versions

MOST_PASSES = 300
FEW = settings(PROPERTY, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
SETTLED_IN = timedelta(minutes=1)


@dataclass
class Life:
    """One customer's way through a journey, and everything that went out."""

    published: Version
    person: CustomerFacts
    shop: Project
    enrollment: Enrollment
    now: datetime
    truths: dict[str, bool]
    answers: list[str]
    attempts: dict[str, tuple[Attempt, ...]] = field(default_factory=dict)
    sent: list[QueueMessage] = field(default_factory=list)
    exit: ExitEvent | None = None

    def passes(self) -> Iterator[Decision]:
        """Every decision until the end, each at the instant at which it fell due."""
        for _ in range(MOST_PASSES):
            step = self.enrollment.step
            happened = {step: None} if step in self.published.program.waits else {}
            facts = Facts(
                person=self.person, truths=self.truths, exit=self.exit, happened=happened, attempts=self.attempts
            )
            decision = decide(self.published, self.enrollment, facts, now=self.now, project=self.shop)
            yield decision
            if decision.ended:
                return
            self.enrollment = decision.enrollment
            self.now = self._settled(decision.queue) if decision.queue else max(self.now, self.enrollment.due_at)
        raise AssertionError("this life has no end")

    def _settled(self, queue: QueueMessage) -> datetime:
        """The provider answers. Returns when the enrollment is looked at next."""
        answer = self.answers.pop() if self.answers else "sent"
        status = MessageStatus("sent" if answer == "opened" else answer)
        opened_at = self.now if answer == "opened" else None
        others = [other for other in self.attempts.get(queue.step, ()) if other.channel is not queue.channel]
        self.attempts[queue.step] = (*others, Attempt(queue.channel, status, self.now, opened_at=opened_at))
        if status is not MessageStatus.HELD:
            self.sent.append(queue)
        if status in (MessageStatus.SENT, MessageStatus.UNKNOWN) and queue.purpose is Purpose.MARKETING:
            touch = Touch(queue.counts_on, queue.topic, queue.sender)
            self.person = replace(self.person, touches=(*self.person.touches, touch))
        return self.now + (queue.patience if status is MessageStatus.SENT else SETTLED_IN)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Somebody at the door."""
    published, now = draw(versions()), draw(moments)
    purpose = draw(st.sampled_from(list(Purpose)))
    answers = st.sampled_from(["sent", "opened", "failed", "unknown", "held"])
    return Life(
        published,
        draw(people()),
        draw(shops),
        candidate(entered_at=now, last_trigger_at=now, due_at=now, purpose=purpose),
        now,
        {name: draw(st.sampled_from([True, True, False])) for name in published.program.conditions},
        draw(st.lists(answers, max_size=8)),
    )


@FEW
@given(lives())
def test_every_life_ends_and_no_message_goes_twice(life: Life) -> None:
    *inside, last = life.passes()
    assert last.enrollment.status in (EnrollmentStatus.DONE, EnrollmentStatus.REFUSED)
    assert all(decision.enrollment.status is EnrollmentStatus.ACTIVE for decision in inside[1:])
    assert max(Counter((queue.step, queue.channel) for queue in life.sent).values(), default=1) == 1


@FEW
@given(lives())
def test_caps_hold_over_a_whole_life(life: Life) -> None:
    before = len(life.person.touches)
    list(life.passes())
    went = life.person.touches[before:]
    for cap in life.shop.policy.caps:
        days = 1 if cap.per == "day" else 7
        for touch in went:
            counted = sum(0 <= (touch.on - other.on).days < days for other in life.person.touches)
            earlier = sum(0 <= (touch.on - other.on).days < days for other in life.person.touches[:before])
            assert counted <= max(cap.at_most, earlier)


@FEW
@given(lives(), st.integers(0, 12))
def test_an_exit_ends_it_at_the_next_pass(life: Life, when: int) -> None:
    for number, decision in enumerate(life.passes()):
        if life.exit:
            assert decision.enrollment.status is EnrollmentStatus.LEFT
            assert decision.queue is None
        if number == when:
            life.exit = ExitEvent("order_completed", life.now)
