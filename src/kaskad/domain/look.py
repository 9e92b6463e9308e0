"""The last look, just before a send: whether what was decided still holds. Pure, like the decision itself."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from kaskad.domain import policy, speaking, together
from kaskad.domain.cascade import stopped_by
from kaskad.domain.channel import Channel
from kaskad.domain.facts import Enrollment, Facts
from kaskad.domain.freshness import stale_source
from kaskad.domain.journey import Purpose
from kaskad.domain.outcome import EnrollmentStatus, Reason
from kaskad.domain.schedule import local_date
from kaskad.domain.shop import Project
from kaskad.domain.step import SendStep
from kaskad.domain.version import Version


@dataclass(frozen=True, slots=True)
class Claimed:
    """The message as the look judges it."""

    step: str
    channel: Channel
    topic: str | None
    purpose: Purpose
    sender: str
    message: str
    counts_on: date
    expires_at: datetime
    together: tuple[int, ...] | None = None  # the other entries that it is about, where the step merges them


@dataclass(frozen=True, slots=True)
class Stopped:
    """The emergency stops that stand: scope → names; scope `all` has the name ''."""

    scopes: AbstractSet[tuple[str, str]] = frozenset()

    def covers(self, journey: str, channel: str, sender: str, provider: str) -> bool:
        """Whether one of them covers this message."""
        named = {("all", ""), ("journey", journey), ("channel", channel), ("sender", sender), ("provider", provider)}
        return bool(named & self.scopes)


def why_not(
    version: Version, enrollment: Enrollment, facts: Facts, message: Claimed, now: datetime, project: Project
) -> Reason | None:
    """Why the message does not go after all; None when it goes."""
    if enrollment.status is EnrollmentStatus.QUARANTINED:
        return Reason.QUARANTINED
    if enrollment.status is not EnrollmentStatus.ACTIVE or enrollment.step != message.step:
        return Reason.SUPERSEDED
    if facts.exit:
        return Reason.LEFT
    if over := _over(version, message.step, facts):
        return over
    if now >= message.expires_at:
        return Reason.EXPIRED
    if _about_others(version, enrollment, facts, message):
        return Reason.OTHER_ENTRIES
    if enrollment.mode == "test":
        return None
    return _why_not_now(version, facts, message, now, project)


def _over(version: Version, step_id: str, facts: Facts) -> Reason | None:
    """Why its step needs it no more: the customer said no to the step, or an earlier rung has succeeded meanwhile."""
    step = version.program.nodes[step_id].step
    cascade = (step.cascade if isinstance(step, SendStep) else None) or version.journey.cascade
    attempts = facts.attempts.get(step_id, ())
    if stopped := stopped_by(attempts):
        return stopped
    reached = any((rung := cascade.rung(one.channel)) and one.succeeded(rung.success) for one in attempts)
    return Reason.SUPERSEDED if reached else None


def _about_others(version: Version, enrollment: Enrollment, facts: Facts, message: Claimed) -> bool:
    """Whether it would be about an entry that has left by now, or leave one out."""
    node = version.program.nodes[message.step]
    length = node.step.together if isinstance(node.step, SendStep) else None
    if message.together is None or length is None:
        return False
    return not together.still_the_same(node, length, enrollment, facts, message.together)


def _why_not_now(version: Version, facts: Facts, message: Claimed, now: datetime, project: Project) -> Reason | None:
    person = facts.person
    topic = project.topics.get(message.topic) if message.topic else None
    templates = set(version.templates[message.message].channels)
    unreachable = policy.why_unreachable(person, message.channel, message.purpose, topic, templates)
    if unreachable:
        return unreachable
    forbids = speaking.why_state_forbids(version, facts)
    if forbids:
        return forbids
    if message.sender not in project.senders:
        return Reason.UNKNOWN_SENDER
    if policy.outside_marketing(project.policy, message.purpose, person):
        return Reason.CONTROL_GROUP
    if message.purpose is not Purpose.TRANSACTIONAL:
        if facts.bought:
            return Reason.BOUGHT
        verdict = policy.judge_hours(project.policy, version.journey.send_window, person.zone, now)
        if not isinstance(verdict, policy.Allow):
            return verdict.reason
    if message.purpose is Purpose.MARKETING and local_date(now, person.zone) != message.counts_on:
        return Reason.OTHER_DAY
    return Reason.STALE_SOURCE if stale_source(version, facts, now, project) else None
