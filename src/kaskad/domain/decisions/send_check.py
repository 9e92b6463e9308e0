"""The pre-send check: just before a send, whether the decision is still right. Pure, like the decision itself."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from kaskad.domain.channel import Channel
from kaskad.domain.decisions import merge_window, send_policy, send_step
from kaskad.domain.decisions.cascade_action import closing_reason
from kaskad.domain.decisions.facts import Enrollment, Facts
from kaskad.domain.decisions.freshness import find_stale_source
from kaskad.domain.decisions.local_time import local_date
from kaskad.domain.decisions.never_about import find_bought_things
from kaskad.domain.decisions.step_context import StepContext
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.step import SendStep
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import EnrollmentStatus, Mode, Reason


@dataclass(frozen=True, slots=True)
class PendingSend:
    """The data of the message that the check needs."""

    step: str
    channel: Channel
    topic: str | None
    purpose: Purpose
    sender: str
    message: str
    counts_on: date
    expires_at: datetime
    together: tuple[int, ...] | None = None  # the other entries that it is about, if the step merges them
    left_out: frozenset[str] | None = None  # things of the cart that its text does not show; None: no text yet


@dataclass(frozen=True, slots=True)
class EmergencyStops:
    """The active emergency stops: scope → names; scope `all` has the name ''."""

    scopes: AbstractSet[tuple[str, str]] = frozenset()

    def covers(self, journey: str, channel: str, sender: str, *, provider: str) -> bool:
        """Whether a stop covers this message."""
        named = {("all", ""), ("journey", journey), ("channel", channel), ("sender", sender), ("provider", provider)}
        return bool(named & self.scopes)


def send_blocker(
    version: Version, enrollment: Enrollment, facts: Facts, *, message: PendingSend, now: datetime, project: Project
) -> Reason | None:
    """Why the message is not sent after all; None if it is sent."""
    if enrollment.status is EnrollmentStatus.QUARANTINED:
        return Reason.QUARANTINED
    if enrollment.status is not EnrollmentStatus.ACTIVE or enrollment.step != message.step:
        return Reason.SUPERSEDED
    if facts.exit:
        return Reason.LEFT
    node = version.program.nodes[message.step]
    ctx = StepContext(version=version, node=node, enrollment=enrollment, facts=facts, now=now, project=project)
    if over := _step_blocker(ctx):
        return over
    if now >= message.expires_at:
        return Reason.EXPIRED
    if _merge_group_changed(ctx, message):
        return Reason.OTHER_ENTRIES
    if enrollment.mode is Mode.TEST:
        return None
    return _customer_blocker(ctx, message)


def _step_blocker(ctx: StepContext) -> Reason | None:
    """Why the step does not need it any more: an opt-out, the same address, or success of an earlier channel."""
    step = ctx.node.step
    cascade = (step.cascade if isinstance(step, SendStep) else None) or ctx.version.journey.cascade
    attempts = ctx.facts.attempts.get(ctx.node.id, ())
    if stopped := closing_reason(attempts):
        return stopped
    reached = any(
        (channel_step := cascade.channel_step(attempt.channel)) and attempt.succeeded(channel_step.success)
        for attempt in attempts
    )
    return Reason.SUPERSEDED if reached else None


def _merge_group_changed(ctx: StepContext, message: PendingSend) -> bool:
    """Whether the message is about an entry that has left by now, or misses one."""
    step = ctx.node.step
    length = step.together if isinstance(step, SendStep) else None
    if message.together is None or length is None:
        return False
    return not merge_window.is_merge_group_unchanged(ctx, length, message.together)


def _customer_blocker(ctx: StepContext, message: PendingSend) -> Reason | None:
    version, facts, now, project = ctx.version, ctx.facts, ctx.now, ctx.project
    person = facts.person
    topic = project.topics.get(message.topic) if message.topic else None
    templates = set(version.templates[message.message].channels)
    unreachable = send_policy.unreachable_reason(
        person,
        message.channel,
        message.purpose,
        topic=topic,
        templates=templates,
        sender=message.sender,
        double_opt_in=project.policy.double_opt_in,
    )
    if unreachable:
        return unreachable
    forbids = send_step.only_while_blocker(version, facts)
    if forbids:
        return forbids
    if message.sender not in project.senders:
        return Reason.UNKNOWN_SENDER
    if send_policy.in_marketing_control_group(project.policy, message.purpose, person):
        return Reason.CONTROL_GROUP
    if send_step.find_purchase(ctx, message.purpose) or _shows_what_was_bought(ctx, message):
        return Reason.BOUGHT
    if message.purpose is not Purpose.TRANSACTIONAL:
        verdict = send_policy.check_send_hours(project.policy, version.journey.send_window, person.zone, now=now)
        if not isinstance(verdict, send_policy.Allow):
            return verdict.reason
    if message.purpose is Purpose.MARKETING and local_date(now, person.zone) != message.counts_on:
        return Reason.OTHER_DAY
    return Reason.STALE_SOURCE if find_stale_source(ctx) else None


def _shows_what_was_bought(ctx: StepContext, message: PendingSend) -> bool:
    """Whether something in the cart was bought since the text was written: it is written again."""
    rule = send_step.purchase_rule(ctx, message.purpose)
    return message.left_out is not None and not find_bought_things(ctx.facts.bought, rule) <= message.left_out
