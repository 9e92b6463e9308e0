"""What is to be written to somebody who stands somewhere, if nothing else happens. Pure.

Exits, answers and conditions cannot be known: what depends on them is told as possible, never as sure.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never
from zoneinfo import ZoneInfo

from kaskad.domain import policy
from kaskad.domain.channel import Channel
from kaskad.domain.entrance import quiet_until
from kaskad.domain.facts import Enrollment, Facts, Person
from kaskad.domain.journey import Purpose
from kaskad.domain.moment import AtMoment
from kaskad.domain.moves import Pass
from kaskad.domain.program import Node
from kaskad.domain.shop import Project
from kaskad.domain.speech import speech_of
from kaskad.domain.step import (
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
from kaskad.domain.version import Version
from kaskad.domain.waiting import wait

LATER = timedelta(days=20 * 366)  # by then every wait is over


@dataclass(frozen=True, slots=True)
class Expected:
    """One message: not before `at`, at `latest` by then; `share` of those who stand there get it.

    `sure`: unless they leave, or a cap or a state holds it. Else it takes an answer or a condition, too.
    """

    at: datetime
    latest: datetime
    step: str
    message: str
    channel: Channel
    share: Decimal
    sure: bool


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Many people in one: where they stand, when they are looked at next, and how they can be reached.

    `tried`: channels that this step has gone by already; `under_way`: a message of it is about to go.
    """

    enrollment: Enrollment
    zone: ZoneInfo
    reached: AbstractSet[Channel]
    tried: AbstractSet[Channel] = frozenset()
    under_way: bool = False


@dataclass(frozen=True, slots=True)
class _When:
    """Someone arrives at a step between these two."""

    soonest: datetime
    latest: datetime
    sure: bool = True
    share: Decimal = Decimal(1)
    spoke_at: datetime | None = None


def forecast(version: Version, people: Standpoint, project: Project, now: datetime, until: datetime) -> list[Expected]:
    """What they are to get from now until then."""
    walk = _Walk(version, people, project, now, until)
    one = people.enrollment
    at = _let_in(version, people) if one.step is None else one.due_at
    due = _When(at, at, spoke_at=one.spoke_at)
    if one.step is None:
        walk.on(version.program.first, None, replace(due, sure=False))
    elif node := version.program.nodes.get(one.step):
        walk.on(one.step, None, walk.from_here(node, due))
    return walk.found


def _let_in(version: Version, people: Standpoint) -> datetime:
    """When those at the door are let in: they may be looked at earlier, for a day is as long as their clock says."""
    one = people.enrollment
    if one.direct:
        return one.due_at
    return max(one.due_at, quiet_until(version.journey.enter, one.entered_at, people.zone))


@dataclass(slots=True)
class _Walk:
    version: Version
    people: Standpoint
    project: Project
    now: datetime
    until: datetime
    found: list[Expected] = field(default_factory=list)

    def from_here(self, node: Node, due: _When) -> _When:
        """Who stands at a send that has gone already gets its next rung only where nobody answers."""
        waits_for_word = isinstance(node.step, SendStep | CallStep) and bool(self.people.tried)
        until = node.step.until if isinstance(node.step, WaitStep) else None
        moving = isinstance(until, AtMoment) and not until.frozen
        return replace(due, sure=not waits_for_word and not moving)

    def on(self, id_: str | None, join: str | None, when: _When | None) -> _When | None:
        """Walks on until `join`; when somebody gets there, None where nobody does in time."""
        while id_ is not None and id_ != join and when is not None and when.soonest < self.until:
            node = self.version.program.nodes[id_]
            when = self._at(node, when)
            id_ = node.next
        return when if when is not None and when.soonest < self.until else None

    def _at(self, node: Node, when: _When) -> _When | None:
        here = node.id == self.people.enrollment.step
        match node.step:
            case SendStep() | CallStep():
                return self._speak(node, when, here)
            case WaitStep():
                return replace(when, spoke_at=None) if here else self._wait(node, node.step, when)
            case WaitForStep():
                ends = when.soonest if here else node.step.up_to.after(when.soonest, self.people.zone)
                happens = replace(when, soonest=self.now if here else when.soonest, latest=ends, sure=False)
                then, otherwise = node.branches
                return self._join(node, [(then, happens), (otherwise, _When(ends, ends, False, when.share))], when)
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

    def _join(self, node: Node, ways: list[tuple[str | None, _When]], when: _When) -> _When | None:
        """Those of all ways together again."""
        ends = [self.on(first, node.next, way) for first, way in ways]
        there = [end for end in ends if end is not None]
        if not there:
            return None
        sure = when.sure and len(there) == len(ends)
        return _When(min(end.soonest for end in there), max(end.latest for end in there), sure, when.share)

    def _wait(self, node: Node, step: WaitStep, when: _When) -> _When | None:
        ends = []
        for since in (when.soonest, when.latest):
            one = replace(self.people.enrollment, step=node.id, step_since=since, spoke_at=when.spoke_at)
            move = wait(node, step, one, Facts(person=self._person()), since + LATER)
            if not isinstance(move, Pass):
                return None  # until something that is not known yet
            ends.append(move.at)
        return replace(when, soonest=ends[0], latest=max(ends), spoke_at=None)

    def _speak(self, node: Node, when: _When, here: bool) -> _When:
        if not (here and self.people.under_way) and (found := self._message(node, when, here)):
            self.found.append(found)
            return replace(when, soonest=found.at, latest=max(found.at, when.latest), spoke_at=found.at)
        return replace(when, spoke_at=when.soonest)

    def _message(self, node: Node, when: _When, here: bool) -> Expected | None:
        assert isinstance(node.step, SendStep | CallStep)
        one = replace(self.people.enrollment, step=node.id, step_since=when.soonest)
        speech = speech_of(self.version, node, one, self.people.zone, when.soonest)
        reached = self.people.reached & set(speech.template.channels) - (self.people.tried if here else set())
        rungs = speech.cascade.ordered(self.project.costs())
        rung = next((rung for rung in rungs if rung.channel in reached), None)
        at = self._opens(speech.purpose, when.soonest)
        if rung is None or at is None or at >= speech.expires_at or at >= self.until:
            return None
        sure = when.sure and not node.step.if_
        return Expected(at, max(at, when.latest), node.id, speech.message, rung.channel, when.share, sure)

    def _opens(self, purpose: Purpose, at: datetime) -> datetime | None:
        if purpose is Purpose.TRANSACTIONAL:
            return at
        window = self.version.journey.send_window
        verdict = policy.judge_hours(self.project.policy, window, self.people.zone, at)
        if isinstance(verdict, policy.Refuse):
            return None
        return verdict.until if isinstance(verdict, policy.Defer) else at

    def _person(self) -> Person:
        return Person(self.people.enrollment.customer, self.people.zone, "")
