"""Send steps: whether, when, and through which channel a message is sent."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.decisions import send_policy
from kaskad.domain.decisions.cascade_action import (
    Attempt,
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
from kaskad.domain.decisions.facts import Enrollment, Facts
from kaskad.domain.decisions.freshness import find_stale_source
from kaskad.domain.decisions.local_time import local_date
from kaskad.domain.decisions.resolved_send import ResolvedSend, resolve_send
from kaskad.domain.journeys.cascade import ChannelStep
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.program import ONLY_WHILE, Node, condition_name
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.step import CallStep, SendStep
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import MessageStatus, Reason

RECHECK_INTERVAL = timedelta(minutes=5)  # for a stale source or an emergency stop
PROVIDER_DOWN_RETRY = timedelta(minutes=1)  # every provider is out of use, and there is no other channel


def decide_send(
    version: Version, node: Node, enrollment: Enrollment, facts: Facts, now: datetime, project: Project
) -> Wait | Advance:
    """The next effect of a send: use the next channel, wait, or finish."""
    resolved = resolve_send(version, node, enrollment, facts.person.zone, now)
    attempts = facts.attempts.get(node.id, ())
    went = [attempt for attempt in attempts if attempt.status is not MessageStatus.HELD]
    first_sent_at = min((attempt.at for attempt in went), default=None)
    passed = _check_condition(node, facts, resolved, now) if not went else None
    if passed:
        return passed
    asks = Purpose.TRANSACTIONAL if enrollment.mode == "test" else resolved.purpose  # the owner gave no consent
    blocked = {
        r.channel: _unreachable_reason(r.channel, resolved, asks, facts, project) for r in resolved.cascade.channels
    }
    reachable = {channel for channel, reason in blocked.items() if reason is None}
    move = _next_available_channel(resolved, reachable, attempts, facts, now, project)
    if isinstance(move, CascadeDone):
        if move.reason is Reason.EXHAUSTED and not went:
            why = {channel.value: str(reason) for channel, reason in blocked.items()}
            return _drop(node, first_sent_at, now, send_policy.most_actionable_reason(blocked), why)
        return _finish(node, first_sent_at, now, move.reason)
    if now >= resolved.expires_at:
        return _finish(node, first_sent_at, now, Reason.EXPIRED)
    if isinstance(move, WaitForReply):
        return Wait(min(move.until or now + FALLBACK_WAKE_UP, resolved.expires_at))
    held = _hold_or_drop(version, node, enrollment.mode, first_sent_at, facts, resolved, now, project)
    if held is None and move.channel_step.channel in facts.down:
        down = {"channel": move.channel_step.channel.value}
        return _hold(node, first_sent_at, resolved, now, now + PROVIDER_DOWN_RETRY, Reason.PROVIDER_DOWN, down)
    return held or _queue_message(node, resolved, move.channel_step, facts.person.zone, now)


def _next_available_channel(
    resolved: ResolvedSend,
    reachable: AbstractSet[Channel],
    attempts: Sequence[Attempt],
    facts: Facts,
    now: datetime,
    project: Project,
) -> SendNow | WaitForReply | CascadeDone:
    """The cascade's next action without the channels whose providers are down; if no other is left, one of those."""

    def on(channels: AbstractSet[Channel]) -> SendNow | WaitForReply | CascadeDone:
        costs, deadlines = project.costs(), project.deadlines()
        zone, answered = facts.person.zone, facts.person.answered
        return next_cascade_action(resolved.cascade, channels, attempts, now, zone, costs, deadlines, answered)

    move = on(reachable - facts.down)
    return on(reachable) if isinstance(move, CascadeDone) and reachable & facts.down else move


def _check_condition(node: Node, facts: Facts, resolved: ResolvedSend, now: datetime) -> Wait | Advance | None:
    name = condition_name(node.id)
    assert isinstance(node.step, SendStep | CallStep)
    if not node.step.if_ or facts.truths.get(name) is True:
        return None
    if facts.truths.get(name) is None:
        return _hold(node, None, resolved, now, now + UNKNOWN_VALUE_RETRY, Reason.UNKNOWN_VALUE)
    return Advance(
        node.next, now, drops_unsent=True, notes=(DecisionEntry(DecisionKind.SKIPPED, node.id, Reason.CONDITION_FALSE),)
    )


def _unreachable_reason(
    channel: Channel, resolved: ResolvedSend, purpose: Purpose, facts: Facts, project: Project
) -> Reason | None:
    topic = project.topics.get(resolved.topic) if resolved.topic else None
    return send_policy.unreachable_reason(facts.person, channel, purpose, topic, set(resolved.template.channels))


def only_while_blocker(version: Version, facts: Facts) -> Reason | None:
    """Why `only_while` forbids the send just before it; None if it holds."""
    holds = facts.truths.get(ONLY_WHILE) if ONLY_WHILE in version.program.conditions else True
    if holds is None:
        return Reason.UNKNOWN_VALUE
    return None if holds else Reason.STATE_CHANGED


def _hold_or_drop(
    version: Version,
    node: Node,
    mode: str,
    first_sent_at: datetime | None,
    facts: Facts,
    resolved: ResolvedSend,
    now: datetime,
    project: Project,
) -> Wait | Advance | None:
    forbids = only_while_blocker(version, facts)
    if forbids is Reason.STATE_CHANGED:
        return _drop(node, first_sent_at, now, forbids)
    if forbids:
        return _hold(node, first_sent_at, resolved, now, now + UNKNOWN_VALUE_RETRY, forbids)
    if mode == "test":
        return None
    if resolved.sender not in project.senders:
        return _hold(
            node,
            first_sent_at,
            resolved,
            now,
            now + UNKNOWN_VALUE_RETRY,
            Reason.UNKNOWN_SENDER,
            {"sender": resolved.sender},
        )
    if facts.bought and resolved.purpose is not Purpose.TRANSACTIONAL:
        return _drop(node, first_sent_at, now, Reason.BOUGHT, send_policy.purchase_detail(facts.bought))
    window, person = version.journey.send_window, facts.person
    verdict = send_policy.check_policy(
        project.policy, resolved.purpose, resolved.topic, resolved.sender, window, person, now
    )
    if isinstance(verdict, send_policy.Refuse):
        return _drop(node, first_sent_at, now, verdict.reason)
    if isinstance(verdict, send_policy.Defer):
        return _hold(node, first_sent_at, resolved, now, verdict.until, verdict.reason)
    stale = find_stale_source(version, facts, now, project)
    if stale:
        return _hold(node, first_sent_at, resolved, now, now + RECHECK_INTERVAL, Reason.STALE_SOURCE, {"source": stale})
    return None


def _hold(
    node: Node,
    first_sent_at: datetime | None,
    resolved: ResolvedSend,
    now: datetime,
    until: datetime,
    reason: Reason,
    detail: dict[str, str] | None = None,
) -> Wait | Advance:
    """Wait, unless the message would be out of date by then: then the step ends now, with the reason of the hold."""
    if until >= resolved.expires_at:
        return _drop(node, first_sent_at, now, reason)
    return Wait(until, notes=(DecisionEntry(DecisionKind.HELD, node.id, reason, detail or {}),))


def _drop(
    node: Node, first_sent_at: datetime | None, now: datetime, reason: Reason, detail: dict[str, str] | None = None
) -> Advance:
    note = DecisionEntry(DecisionKind.DROPPED, node.id, reason, detail or {})
    return Advance(node.next, now, first_sent_at=first_sent_at, drops_unsent=True, notes=(note,))


def _finish(node: Node, first_sent_at: datetime | None, now: datetime, reason: Reason) -> Advance:
    if reason is Reason.REACHED:
        return Advance(node.next, now, first_sent_at=first_sent_at, drops_unsent=True)
    return _drop(node, first_sent_at, now, reason)


def _queue_message(
    node: Node, resolved: ResolvedSend, channel_step: ChannelStep, zone: ZoneInfo, now: datetime
) -> Wait:
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
