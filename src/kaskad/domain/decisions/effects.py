"""The moves at one step, and what is noted of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import Reason

UNKNOWN_VALUE_RETRY = timedelta(hours=1)  # an unknown value is asked for again; the events that settle it wake nobody
FALLBACK_WAKE_UP = timedelta(days=1)  # settling wakes the enrollment; this only bounds a lost wake-up


class DecisionKind(StrEnum):
    """What a decision was."""

    ENTERED = "entered"
    REFUSED = "refused"
    QUEUED = "queued"
    HELD = "held"  # could not go now
    DROPPED = "dropped"  # will not go any more
    SKIPPED = "skipped"  # its `if` did not hold
    LEFT = "left"
    DONE = "done"
    QUARANTINED = "quarantined"  # set aside after a fault that came again and again
    RELEASED = "released"  # by hand, to go on
    TOOK = "took"  # a path of a split
    SET = "set"  # attributes of the customer
    STARTED = "started"  # another journey
    CALLED = "called"  # another system was told, and has answered
    MERGED = "merged"  # written to together with another entry
    FOLLOWED = "followed"  # an edit: from here on by the journey's new version


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """One line of the customer's story."""

    kind: DecisionKind
    step: str | None
    reason: Reason | None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """One message to be sent on one rung. `patience`: how long after sending to look again."""

    step: str
    message: str
    channel: Channel
    topic: str | None
    purpose: Purpose
    sender: str
    expires_at: datetime
    patience: timedelta
    counts_on: date
    together: tuple[int, ...] | None = None  # the other entries that it is about, where the step merges them


@dataclass(frozen=True, slots=True)
class SetAttributes:
    """The customer's profile is to say so."""

    step: str
    values: Mapping[str, Any]  # attribute → value, as JSON holds it


@dataclass(frozen=True, slots=True)
class StartJourney:
    """The customer is to be let into that journey, with this entry's properties."""

    step: str
    journey: str


@dataclass(frozen=True, slots=True)
class CallWebhook:
    """Another system is to be told."""

    step: str
    webhook: str


Effect = SetAttributes | StartJourney | CallWebhook


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait here until then."""

    until: datetime
    queue: QueueMessage | None = None
    notes: tuple[DecisionEntry, ...] = ()
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """Out of the journey, for that reason."""

    reason: Reason
    notes: tuple[DecisionEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Advance:
    """On to step `to` (None is the end), which fell due `at`."""

    to: str | None
    at: datetime
    first_sent_at: datetime | None = None  # of a send: its first attempt, from which a wait after it counts
    drops_unsent: bool = False  # messages of this step that have not gone go no more
    notes: tuple[DecisionEntry, ...] = ()
    effects: tuple[Effect, ...] = ()
    facts_changed: bool = False  # what is known has changed with it: the next step is decided in the next pass


def wait_for_value(step: str, now: datetime) -> Wait:
    """Held at the step, for a value that is not known."""
    return Wait(now + UNKNOWN_VALUE_RETRY, notes=(DecisionEntry(DecisionKind.HELD, step, Reason.UNKNOWN_VALUE),))
