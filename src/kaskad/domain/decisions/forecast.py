"""Messages a customer will get from their current step if nothing else happens. Pure.

Exits, responses and conditions cannot be known: messages that depend on them are possible, never sure.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.decisions import send_policy
from kaskad.domain.decisions.effects import Advance
from kaskad.domain.decisions.facts import CustomerFacts, Enrollment, Facts
from kaskad.domain.decisions.resolved_send import resolve_send
from kaskad.domain.decisions.step_context import StepContext
from kaskad.domain.decisions.waiting import wait
from kaskad.domain.journeys.entry_trigger import quiet_until
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.program import Node
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.step import (
    CallStep,
    ChooseStep,
    LeaveStep,
    SendStep,
    SetStep,
    SplitStep,
    StartStep,
    WaitForStep,
    WaitStep,
    WebhookStep,
)
from kaskad.domain.journeys.version import Version
from kaskad.domain.journeys.wait_until import UntilRelativeTime

FAR_FUTURE = timedelta(days=20 * 366)  # every wait is over by then


@dataclass(frozen=True, slots=True)
class ForecastMessage:
    """One message: between `at` and `latest`; `share` of the customers at the step get it.

    `sure`: unless they exit, or a cap or a status stops it. Else it also depends on a response or a condition.
    """

    at: datetime
    latest: datetime
    step: str
    message: str
    channel: Channel
    share: Decimal
    sure: bool


@dataclass(frozen=True, slots=True)
class Cohort:
    """Many customers as one: their step, when they are decided next, and how they can be reached.

    `tried`: channels that this step has already used; `under_way`: a message of it is about to be sent.
    """

    enrollment: Enrollment
    zone: ZoneInfo
    reached: AbstractSet[Channel]
    tried: AbstractSet[Channel] = frozenset()
    under_way: bool = False


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A customer arrives at a step between these two instants."""

    soonest: datetime
    latest: datetime
    sure: bool = True
    share: Decimal = Decimal(1)
    first_sent_at: datetime | None = None


def forecast_messages(
    version: Version, people: Cohort, project: Project, *, now: datetime, until: datetime
) -> list[ForecastMessage]:
    """The messages that they will get from now until then."""
    walk = _Forecaster(version, people, project, now, until)
    enrollment = people.enrollment
    at = _let_in(version, people) if enrollment.step is None else enrollment.due_at
    due = _Arrival(at, at, first_sent_at=enrollment.first_sent_at)
    if enrollment.step is None:
        walk.on(version.program.first, None, replace(due, sure=False))
    elif node := version.program.nodes.get(enrollment.step):
        walk.on(enrollment.step, None, walk.current_arrival(node, due))
    return walk.found


def _let_in(version: Version, people: Cohort) -> datetime:
    """When waiting candidates are admitted: they may be decided earlier, because a day is as long as on their clock."""
    enrollment = people.enrollment
    if enrollment.direct:
        return enrollment.due_at
    return max(enrollment.due_at, quiet_until(version.journey.enter, enrollment.entered_at, people.zone))


@dataclass(slots=True)
class _Forecaster:
    version: Version
    people: Cohort
    project: Project
    now: datetime
    until: datetime
    found: list[ForecastMessage] = field(default_factory=list)

    def current_arrival(self, node: Node, due: _Arrival) -> _Arrival:
        """A customer whose message was already sent gets the next channel only if they do not respond."""
        waits_for_word = isinstance(node.step, SendStep | CallStep) and bool(self.people.tried)
        until = node.step.until if isinstance(node.step, WaitStep) else None
        moving = isinstance(until, UntilRelativeTime) and not until.frozen
        return replace(due, sure=not waits_for_word and not moving)

    def on(self, id_: str | None, join: str | None, when: _Arrival | None) -> _Arrival | None:
        """Follows the steps until `join`; returns the arrival there, None if nobody arrives in time."""
        while id_ is not None and id_ != join and when is not None and when.soonest < self.until:
            node = self.version.program.nodes[id_]
            when = self._at(node, when)
            id_ = node.next
        return when if when is not None and when.soonest < self.until else None

    def _at(self, node: Node, when: _Arrival) -> _Arrival | None:
        here = node.id == self.people.enrollment.step
        match node.step:
            case SendStep() | CallStep():
                return self._forecast_send(node, when, here)
            case WaitStep():
                return replace(when, first_sent_at=None) if here else self._wait(node, node.step, when)
            case WaitForStep():
                ends = when.soonest if here else node.step.up_to.after(when.soonest, self.people.zone)
                happens = replace(when, soonest=self.now if here else when.soonest, latest=ends, sure=False)
                then, otherwise = node.branches
                return self._join(node, [(then, happens), (otherwise, _Arrival(ends, ends, False, when.share))], when)
            case ChooseStep():
                maybe = replace(when, sure=False)
                return self._join(node, [(branch, maybe) for branch in node.branches], when)
            case SplitStep():
                paths = zip(node.branches, node.step.paths, strict=True)
                parted = [(branch, replace(when, share=when.share * path.share)) for branch, path in paths]
                return self._join(node, parted, when)
            case LeaveStep():
                return None
            case SetStep() | WebhookStep() | StartStep():
                return when
        assert_never(node.step)

    def _join(self, node: Node, ways: list[tuple[str | None, _Arrival]], when: _Arrival) -> _Arrival | None:
        """The arrival of the customers of all branches together."""
        ends = [self.on(first, node.next, way) for first, way in ways]
        there = [end for end in ends if end is not None]
        if not there:
            return None
        sure = when.sure and len(there) == len(ends)
        return _Arrival(min(end.soonest for end in there), max(end.latest for end in there), sure, when.share)

    def _wait(self, node: Node, step: WaitStep, when: _Arrival) -> _Arrival | None:
        ends = []
        for since in (when.soonest, when.latest):
            enrollment = replace(
                self.people.enrollment, step=node.id, step_since=since, first_sent_at=when.first_sent_at
            )
            move = wait(self._context(node, enrollment, since + FAR_FUTURE), step)
            if not isinstance(move, Advance):
                return None  # ends at an instant that is not known yet
            ends.append(move.at)
        return replace(when, soonest=ends[0], latest=max(ends), first_sent_at=None)

    def _forecast_send(self, node: Node, when: _Arrival, here: bool) -> _Arrival:
        if not (here and self.people.under_way) and (found := self._message(node, when, here)):
            self.found.append(found)
            return replace(when, soonest=found.at, latest=max(found.at, when.latest), first_sent_at=found.at)
        return replace(when, first_sent_at=when.soonest)

    def _message(self, node: Node, when: _Arrival, here: bool) -> ForecastMessage | None:
        assert isinstance(node.step, SendStep | CallStep)
        enrollment = replace(self.people.enrollment, step=node.id, step_since=when.soonest)
        resolved = resolve_send(self.version, node, enrollment, zone=self.people.zone, now=when.soonest)
        reached = self.people.reached & set(resolved.template.channels) - (self.people.tried if here else set())
        channel_steps = resolved.cascade.ordered(self.project.costs())
        channel_step = next((channel_step for channel_step in channel_steps if channel_step.channel in reached), None)
        at = self._opens(resolved.purpose, when.soonest)
        if channel_step is None or at is None or at >= resolved.expires_at or at >= self.until:
            return None
        sure = when.sure and not node.step.if_
        return ForecastMessage(
            at, max(at, when.latest), node.id, resolved.message, channel_step.channel, when.share, sure
        )

    def _opens(self, purpose: Purpose, at: datetime) -> datetime | None:
        if purpose is Purpose.TRANSACTIONAL:
            return at
        window = self.version.journey.send_window
        verdict = send_policy.check_send_hours(self.project.policy, window, self.people.zone, now=at)
        if isinstance(verdict, send_policy.Refuse):
            return None
        return verdict.until if isinstance(verdict, send_policy.Defer) else at

    def _context(self, node: Node, enrollment: Enrollment, now: datetime) -> StepContext:
        """The step without facts: nothing is known of a customer who stands for many."""
        facts = Facts(person=CustomerFacts(enrollment.customer, self.people.zone, ""))
        return StepContext(
            version=self.version, node=node, enrollment=enrollment, facts=facts, now=now, project=self.project
        )
