"""Send steps: whether, when, and through which channel a message is sent."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from kaskad.domain.channel import Channel
from kaskad.domain.decisions import never_about, send_policy
from kaskad.domain.decisions.cascade_action import (
    CascadeDone,
    SendNow,
    WaitForReply,
    follow_up_delay,
    next_cascade_action,
)
from kaskad.domain.decisions.effects import (
    FALLBACK_WAKE_UP,
    UNKNOWN_VALUE_RETRY,
    Advance,
    DecisionEntry,
    DecisionKind,
    QueueMessage,
    Wait,
)
from kaskad.domain.decisions.facts import Facts, RelatedPurchase, SiblingEnrollment
from kaskad.domain.decisions.freshness import find_stale_source
from kaskad.domain.decisions.local_time import local_date
from kaskad.domain.decisions.never_about import PurchaseRule
from kaskad.domain.decisions.resolved_send import ResolvedSend, resolve_send
from kaskad.domain.decisions.step_context import StepContext
from kaskad.domain.journeys.cascade import ChannelStep
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.program import ONLY_WHILE, condition_name
from kaskad.domain.journeys.step import CallStep, SendStep
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import MessageStatus, Mode, Reason

RECHECK_INTERVAL = timedelta(minutes=5)  # for a stale source or an emergency stop
PROVIDER_DOWN_RETRY = timedelta(minutes=1)  # every provider is out of use, and there is no other channel


def decide_send(ctx: StepContext) -> Wait | Advance:
    """The next effect of a send: use the next channel, wait, or finish."""
    node, facts, now = ctx.node, ctx.facts, ctx.now
    resolved = resolve_send(ctx.version, node, ctx.enrollment, zone=facts.person.zone, now=now)
    attempts = facts.attempts.get(node.id, ())
    went = [attempt for attempt in attempts if attempt.status is not MessageStatus.HELD]
    first_sent_at = min((attempt.at for attempt in went), default=None)
    passed = _check_condition(ctx, resolved) if not went else None
    if passed:
        return passed
    blocked = _unreachable_reasons(ctx, resolved)
    reachable = {channel for channel, reason in blocked.items() if reason is None}
    move = _next_available_channel(ctx, resolved, reachable)
    if isinstance(move, CascadeDone):
        if move.reason is Reason.EXHAUSTED and not went:
            why = {channel.value: str(reason) for channel, reason in blocked.items()}
            return _drop(ctx, first_sent_at, send_policy.most_actionable_reason(blocked), detail=why)
        return _finish(ctx, first_sent_at, move.reason)
    if now >= resolved.expires_at:
        return _finish(ctx, first_sent_at, Reason.EXPIRED)
    if isinstance(move, WaitForReply):
        return Wait(min(move.until or now + FALLBACK_WAKE_UP, resolved.expires_at))
    held = _hold_or_drop(ctx, first_sent_at, resolved)
    if held is None and move.channel_step.channel in facts.down:
        down = {"channel": move.channel_step.channel.value}
        until = now + PROVIDER_DOWN_RETRY
        return _hold(ctx, first_sent_at, resolved, until=until, reason=Reason.PROVIDER_DOWN, detail=down)
    return held or _queue_message(ctx, resolved, move.channel_step)


def _next_available_channel(
    ctx: StepContext, resolved: ResolvedSend, reachable: AbstractSet[Channel]
) -> SendNow | WaitForReply | CascadeDone:
    """The cascade's next action without the channels whose providers are down; if no other is left, one of those."""
    facts, project = ctx.facts, ctx.project
    attempts = facts.attempts.get(ctx.node.id, ())
    # Only for an unknown outcome: there are few, and this took longer than the rest of the decision.
    unknown = any(attempt.status is MessageStatus.UNKNOWN for attempt in attempts)
    costs, deadlines = project.costs(), project.deadlines() if unknown else {}

    def on(channels: AbstractSet[Channel]) -> SendNow | WaitForReply | CascadeDone:
        return next_cascade_action(
            resolved.cascade,
            channels,
            attempts,
            now=ctx.now,
            zone=facts.person.zone,
            costs=costs,
            deadlines=deadlines,
            answered=facts.person.answered,
        )

    move = on(reachable - facts.down)
    return on(reachable) if isinstance(move, CascadeDone) and reachable & facts.down else move


def _check_condition(ctx: StepContext, resolved: ResolvedSend) -> Wait | Advance | None:
    node, facts = ctx.node, ctx.facts
    name = condition_name(node.id)
    assert isinstance(node.step, SendStep | CallStep)
    if not node.step.if_ or facts.truths.get(name) is True:
        return None
    if facts.truths.get(name) is None:
        return _hold(ctx, None, resolved, until=ctx.now + UNKNOWN_VALUE_RETRY, reason=Reason.UNKNOWN_VALUE)
    note = DecisionEntry(DecisionKind.SKIPPED, node.id, Reason.CONDITION_FALSE)
    return Advance(node.next, ctx.now, drops_unsent=True, notes=(note,))


def _unreachable_reasons(ctx: StepContext, resolved: ResolvedSend) -> Mapping[Channel, Reason | None]:
    """Why each channel of the cascade does not reach the customer; None for one that does."""
    to_owner = ctx.enrollment.mode is Mode.TEST  # who gave no consent
    purpose = Purpose.TRANSACTIONAL if to_owner else resolved.purpose
    topic = ctx.project.topics.get(resolved.topic) if resolved.topic else None
    person, templates = ctx.facts.person, set(resolved.template.channels)
    return {
        channel_step.channel: send_policy.unreachable_reason(
            person,
            channel_step.channel,
            purpose,
            topic=topic,
            templates=templates,
            sender=resolved.sender,
            double_opt_in=ctx.project.policy.double_opt_in,
        )
        for channel_step in resolved.cascade.channels
    }


def only_while_blocker(version: Version, facts: Facts) -> Reason | None:
    """Why `only_while` forbids the send just before it; None if it holds."""
    holds = facts.truths.get(ONLY_WHILE) if ONLY_WHILE in version.program.conditions else True
    if holds is None:
        return Reason.UNKNOWN_VALUE
    return None if holds else Reason.STATE_CHANGED


def find_purchase(
    ctx: StepContext, purpose: Purpose, of: Facts | SiblingEnrollment | None = None
) -> RelatedPurchase | None:
    """The purchase that leaves nothing to write about in a message of this purpose; None if something is left.

    `of` is another entry at the step; None is this one.
    """
    known = of or ctx.facts
    return never_about.find_forbidding_purchase(known.bought, known.cart_things, purchase_rule(ctx, purpose))


def purchase_rule(ctx: StepContext, purpose: Purpose) -> PurchaseRule:
    """What holds of purchases for a message of this purpose now."""
    return PurchaseRule(ctx.project.policy.never_about, ctx.version.journey.never_about, purpose, ctx.now)


def _hold_or_drop(ctx: StepContext, first_sent_at: datetime | None, resolved: ResolvedSend) -> Wait | Advance | None:
    facts, now, project = ctx.facts, ctx.now, ctx.project
    forbids = only_while_blocker(ctx.version, facts)
    if forbids is Reason.STATE_CHANGED:
        return _drop(ctx, first_sent_at, forbids)
    if forbids:
        return _hold(ctx, first_sent_at, resolved, until=now + UNKNOWN_VALUE_RETRY, reason=forbids)
    if ctx.enrollment.mode is Mode.TEST:
        return None
    if resolved.sender not in project.senders:
        until, sender = now + UNKNOWN_VALUE_RETRY, {"sender": resolved.sender}
        return _hold(ctx, first_sent_at, resolved, until=until, reason=Reason.UNKNOWN_SENDER, detail=sender)
    if purchase := find_purchase(ctx, resolved.purpose):
        return _drop(ctx, first_sent_at, Reason.BOUGHT, detail=never_about.purchase_detail(purchase))
    verdict = send_policy.check_policy(
        project.policy,
        facts.person,
        now,
        purpose=resolved.purpose,
        topic=resolved.topic,
        sender=resolved.sender,
        window=ctx.version.journey.send_window,
    )
    if isinstance(verdict, send_policy.Refuse):
        return _drop(ctx, first_sent_at, verdict.reason)
    if isinstance(verdict, send_policy.Defer):
        return _hold(ctx, first_sent_at, resolved, until=verdict.until, reason=verdict.reason)
    if source := find_stale_source(ctx):
        until, stale = now + RECHECK_INTERVAL, {"source": source}
        return _hold(ctx, first_sent_at, resolved, until=until, reason=Reason.STALE_SOURCE, detail=stale)
    return None


def _hold(
    ctx: StepContext,
    first_sent_at: datetime | None,
    resolved: ResolvedSend,
    *,
    until: datetime,
    reason: Reason,
    detail: Mapping[str, str] | None = None,
) -> Wait | Advance:
    """Wait, unless the message would be out of date by then: then the step ends now, with the reason of the hold."""
    if until >= resolved.expires_at:
        return _drop(ctx, first_sent_at, reason)
    return Wait(until, notes=(DecisionEntry(DecisionKind.HELD, ctx.node.id, reason, detail or {}),))


def _drop(
    ctx: StepContext, first_sent_at: datetime | None, reason: Reason, *, detail: Mapping[str, str] | None = None
) -> Advance:
    note = DecisionEntry(DecisionKind.DROPPED, ctx.node.id, reason, detail or {})
    return Advance(ctx.node.next, ctx.now, first_sent_at=first_sent_at, drops_unsent=True, notes=(note,))


def _finish(ctx: StepContext, first_sent_at: datetime | None, reason: Reason) -> Advance:
    if reason is Reason.REACHED:
        return Advance(ctx.node.next, ctx.now, first_sent_at=first_sent_at, drops_unsent=True)
    return _drop(ctx, first_sent_at, reason)


def _queue_message(ctx: StepContext, resolved: ResolvedSend, channel_step: ChannelStep) -> Wait:
    node, now, zone = ctx.node, ctx.now, ctx.facts.person.zone
    queued = QueueMessage(
        step=node.id,
        message=resolved.message,
        channel=channel_step.channel,
        topic=resolved.topic,
        purpose=resolved.purpose,
        sender=resolved.sender,
        expires_at=resolved.expires_at,
        patience=follow_up_delay(channel_step, now, zone),
        counts_on=local_date(now, zone),
    )
    note = DecisionEntry(DecisionKind.QUEUED, node.id, None, {"channel": channel_step.channel.value})
    return Wait(min(now + FALLBACK_WAKE_UP, resolved.expires_at), queued, notes=(note,))
