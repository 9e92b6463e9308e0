"""The effects of a step, and the entries of the decision log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import Reason

UNKNOWN_VALUE_RETRY = timedelta(hours=1)  # an unknown value is read again; the events that set it wake no enrollment
FALLBACK_WAKE_UP = timedelta(days=1)  # settlement wakes the enrollment; this is only for a lost wake-up


class DecisionKind(StrEnum):
    """The kind of a decision entry."""

    ENTERED = "entered"
    REFUSED = "refused"
    QUEUED = "queued"
    HELD = "held"  # could not be sent now
    DROPPED = "dropped"  # will not be sent any more
    SKIPPED = "skipped"  # its `if` was false
    LEFT = "left"
    DONE = "done"
    QUARANTINED = "quarantined"  # set aside after repeated failures
    RELEASED = "released"  # by a person, to continue
    TOOK = "took"  # a path of a split
    SET = "set"  # attributes of the customer
    STARTED = "started"  # another journey
    CALLED = "called"  # a webhook was called, and has answered
    MERGED = "merged"  # one message was sent for it and another entry
    FOLLOWED = "followed"  # an edit: continues in the journey's new version


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """One line of the decision log."""

    kind: DecisionKind
    step: str | None
    reason: Reason | None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """One message to be sent in one channel. `patience`: how long after sending the enrollment is decided again."""

    step: str
    message: str
    channel: Channel
    topic: str | None
    purpose: Purpose
    sender: str
    expires_at: datetime
    patience: timedelta
    counts_on: date
    together: tuple[int, ...] | None = None  # the other entries that it is about, if the step merges them


@dataclass(frozen=True, slots=True)
class SetAttributes:
    """Sets attributes in the customer's profile."""

    step: str
    values: Mapping[str, Any]  # attribute → value, as JSON holds it


@dataclass(frozen=True, slots=True)
class StartJourney:
    """Starts that journey for the customer, with this entry's properties."""

    step: str
    journey: str


@dataclass(frozen=True, slots=True)
class CallWebhook:
    """Calls another system."""

    step: str
    webhook: str


Effect = SetAttributes | StartJourney | CallWebhook


@dataclass(frozen=True, slots=True)
class Wait:
    """Stay at this step until then."""

    until: datetime
    queue: QueueMessage | None = None
    notes: tuple[DecisionEntry, ...] = ()
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """Leave the journey, for that reason."""

    reason: Reason
    notes: tuple[DecisionEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Advance:
    """Go on to step `to` (None is the end), which was due `at`."""

    to: str | None
    at: datetime
    first_sent_at: datetime | None = None  # of a send: its first attempt; a wait after it counts from there
    drops_unsent: bool = False  # drop unsent messages of this step
    notes: tuple[DecisionEntry, ...] = ()
    effects: tuple[Effect, ...] = ()
    facts_changed: bool = False  # the facts changed: the next step is decided in the next pass, with new facts


def wait_for_value(step: str, now: datetime) -> Wait:
    """Wait at the step for a value that is not known."""
    return Wait(now + UNKNOWN_VALUE_RETRY, notes=(DecisionEntry(DecisionKind.HELD, step, Reason.UNKNOWN_VALUE),))
