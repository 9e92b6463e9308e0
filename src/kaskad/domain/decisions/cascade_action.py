"""The next action of a cascade: it chooses the channel. Pure; a table of cases tests it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.cascade import NO_REPLIES, Cascade, ChannelStep
from kaskad.domain.journeys.condition import MessageState
from kaskad.domain.outcome import MessageStatus, Reason

DEFAULT_DEADLINE = timedelta(days=1)  # for an unknown outcome, if the channel sets no deadline


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message in one channel, and what is known about it."""

    channel: Channel
    status: MessageStatus
    at: datetime  # when it was sent; before that, when it was decided
    reason: Reason | None = None
    open: bool = False  # the outcome is unknown and is still being resolved
    delivered_at: datetime | None = None
    opened_at: datetime | None = None  # by a person: opens by machines are not counted here
    clicked_at: datetime | None = None
    stopped: Reason | None = None  # the customer complained about it, or unsubscribed from it

    def succeeded(self, success: MessageState) -> bool:
        """Whether the message had the result that `success` requires; a click implies an open, an open a delivery."""
        if self.status in (MessageStatus.FAILED, MessageStatus.DROPPED, MessageStatus.HELD):
            return False
        proofs = {
            MessageState.SENT: self.status is MessageStatus.SENT,
            MessageState.DELIVERED: self.delivered_at or self.opened_at or self.clicked_at,
            MessageState.OPENED: self.opened_at or self.clicked_at,
            MessageState.CLICKED: self.clicked_at,
        }
        return bool(proofs[success])

    @property
    def under_way(self) -> bool:
        """Whether it is still to be sent, or is being sent."""
        return self.status in (MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.SENDING)

    @property
    def silent(self) -> bool:
        """Whether it was or may have been sent, and did not fail. An unknown outcome waits like silence."""
        return self.status in (MessageStatus.SENT, MessageStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class SendNow:
    """Send in this channel now."""

    channel_step: ChannelStep


@dataclass(frozen=True, slots=True)
class WaitForReply:
    """Wait for a response; `until` is None while the attempt is still to be sent."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class CascadeDone:
    """Nothing more to do: the customer was reached, or every channel was tried."""

    reason: Reason


def opt_out_reason(attempts: Iterable[Attempt]) -> Reason | None:
    """How the customer opted out by one of these messages, a complaint first; None if they did not."""
    said = {attempt.stopped for attempt in attempts}
    return next((reason for reason in (Reason.COMPLAINED, Reason.UNSUBSCRIBED) if reason in said), None)


def closing_reason(attempts: Sequence[Attempt]) -> Reason | None:
    """Why one of these messages ends its step in every channel: an opt-out, or its address had the same message."""
    shared = any(attempt.reason is Reason.SAME_ADDRESS for attempt in attempts)
    return opt_out_reason(attempts) or (Reason.SAME_ADDRESS if shared else None)


def next_cascade_action(
    cascade: Cascade,
    reachable: AbstractSet[Channel],
    attempts: Sequence[Attempt],
    *,
    now: datetime,
    zone: ZoneInfo,
    costs: Mapping[Channel, Decimal],
    deadlines: Mapping[Channel, timedelta],
    answered: Mapping[Channel, datetime] = NO_REPLIES,
) -> SendNow | WaitForReply | CascadeDone:
    """The cascade's next action: the first untried channel, once the last attempt failed or got no response in time.

    A customer who opted out by one of its messages, or whose address had the same message, gets it through no other
    channel either.
    """
    if stopped := closing_reason(attempts):
        return CascadeDone(stopped)
    if any((channel_step := cascade.channel_step(a.channel)) and a.succeeded(channel_step.success) for a in attempts):
        return CascadeDone(Reason.REACHED)
    channel_steps = cascade.ordered(costs, answered)
    tried = {a.channel for a in attempts if a.status is not MessageStatus.HELD}
    left = [
        channel_step
        for channel_step in channel_steps
        if channel_step.channel in reachable and channel_step.channel not in tried
    ]
    if any(attempt.under_way for attempt in attempts):
        return WaitForReply(None)
    last = max((attempt for attempt in attempts if attempt.silent), key=lambda attempt: attempt.at, default=None)
    if last and last.open and not left:
        return WaitForReply(None)  # this is the last channel: if the message was surely not sent, it can still be sent
    if last and now < (silent_until := _silent_until(cascade, last, zone, deadlines=deadlines)):
        return WaitForReply(silent_until)
    return SendNow(left[0]) if left else CascadeDone(Reason.EXHAUSTED)


def _silent_until(
    cascade: Cascade, last: Attempt, zone: ZoneInfo, *, deadlines: Mapping[Channel, timedelta]
) -> datetime:
    """When the wait for a response to the latest attempt ends.

    If the channel step has no wait, an unknown outcome waits until its channel's deadline: it may have arrived.
    """
    channel_step = cascade.channel_step(last.channel)
    until = channel_step.fallback_after.after(last.at, zone) if channel_step else last.at
    if last.status is MessageStatus.UNKNOWN and until == last.at:
        return last.at + deadlines.get(last.channel, DEFAULT_DEADLINE)
    return until


def follow_up_delay(channel_step: ChannelStep, sent_at: datetime, zone: ZoneInfo) -> timedelta:
    """How long after sending the enrollment is decided again, if no event comes before."""
    if channel_step.success is MessageState.SENT:
        return timedelta(0)
    return channel_step.fallback_after.after(sent_at, zone) - sent_at
