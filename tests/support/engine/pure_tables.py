"""The rows that the world without a database keeps: what happened, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.decisions.effects import QueueMessage
from kaskad.domain.decisions.send_check import PendingSend
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import COUNTED_IN_CAPS, MessageStatus, Reason

Key = tuple[int, str, Channel]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the ledger."""

    id: int
    name: str
    occurred_at: datetime


@dataclass(slots=True)
class Message:
    """One row of the send ledger; `calls` are all that the provider ever got."""

    enrollment: int
    queue: QueueMessage
    counts_on: date
    decided_at: datetime
    not_before: datetime
    status: MessageStatus = MessageStatus.QUEUED
    sending_at: datetime | None = None
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    delivered_at: datetime | None = None
    stopped: Reason | None = None
    unknown_since: datetime | None = None  # in doubt, also while it waits to be called again
    calls: list[datetime] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.enrollment, self.queue.step, self.queue.channel

    def touches(self) -> bool:
        """Whether it counts in the caps."""
        return self.status in COUNTED_IN_CAPS and self.queue.purpose is Purpose.MARKETING

    def attempt(self) -> Attempt:
        """What the cascade sees of it."""
        at = self.sent_at or self.sending_at or self.decided_at
        seen = (self.delivered_at, self.opened_at)
        return Attempt(self.queue.channel, self.status, at, None, False, *seen, stopped=self.stopped)

    def claimed(self) -> PendingSend:
        """What the look judges."""
        q = self.queue
        return PendingSend(q.step, q.channel, q.topic, q.purpose, q.sender, q.message, self.counts_on, q.expires_at)
