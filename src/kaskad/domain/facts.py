"""What is known of one customer when something is decided. Brought by storage, judged by engine and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.cascade import Attempt
from kaskad.domain.channel import Channel
from kaskad.domain.condition import Truth
from kaskad.domain.journey import Purpose
from kaskad.domain.outcome import EnrollmentStatus


@dataclass(frozen=True, slots=True)
class Enrollment:
    """Where one customer stands in one journey. Times are aware, in UTC."""

    id: int
    customer: int
    journey: str
    status: EnrollmentStatus
    key: str  # what `once_per` names: the cart's id, the product's; "" for the customer alone
    sender: str
    purpose: Purpose  # as it counts for this customer: a viewer's `requested` is marketing
    entered_at: datetime
    last_trigger_at: datetime
    due_at: datetime
    mode: str = "live"  # live | test
    direct: bool = False  # asked for by name over the API: `when`, `where` and the quiet time are skipped
    step: str | None = None
    step_since: datetime | None = None  # when the step fell due
    spoke_at: datetime | None = None  # the first attempt of the last send
    entry: Mapping[str, Any] = field(default_factory=dict)

    @property
    def entered_on(self) -> date:
        """The day of `entered_at`, in UTC: the month that the enrollment's messages are stored with."""
        return self.entered_at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Consent:
    """The latest word of the customer for one channel and topic; None in either means all of them."""

    channel: Channel | None
    topic: str | None
    granted: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Touch:
    """A message that reached the customer, or may still. `on` is the customer's local date that it counts on."""

    on: date
    topic: str | None
    sender: str


@dataclass(frozen=True, slots=True)
class Exit:
    """Something happened after entry that ends the journey."""

    event: str
    occurred_at: datetime
    place: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What holds for the customer, whatever the journey."""

    id: int
    zone: ZoneInfo
    locale: str
    contacts: Mapping[Channel, str] = field(default_factory=dict)  # channel → state (active, dead, stopped)
    consents: tuple[Consent, ...] = ()
    touches: tuple[Touch, ...] = ()
    last_sent_entries: Mapping[str, datetime] = field(default_factory=dict)  # journey → entry that sent something


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds for one enrollment, as of one instant."""

    person: Person
    truths: Mapping[str, Truth] = field(default_factory=dict)  # condition name → true, false or unknown
    exit: Exit | None = None
    happened: Mapping[str, datetime | None] = field(default_factory=dict)  # wait_for step asked about → when it came
    attempts: Mapping[str, tuple[Attempt, ...]] = field(default_factory=dict)  # step id → attempts
    last_heard: Mapping[str, datetime] = field(default_factory=dict)  # source → its last event
    down: frozenset[Channel] = frozenset()  # the channels of which no provider answers
