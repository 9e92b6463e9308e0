"""What is known of one customer when something is decided. Brought by storage, judged by engine and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.cascade import Attempt
from kaskad.domain.journeys.condition import Truth
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.wait_until import PathValue
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus


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
    first_sent_at: datetime | None = None  # the first attempt of the last send
    entry: Mapping[str, Any] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)  # steps that edits took away → what took their place

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
class ExitEvent:
    """Something happened after entry that ends the journey."""

    event: str
    occurred_at: datetime
    place: str = ""


@dataclass(frozen=True, slots=True)
class RelatedPurchase:
    """What the customer bought that takes away the occasion: what the entry is about, or the like of it."""

    product: str  # its id
    at: datetime
    place: str = ""


@dataclass(frozen=True, slots=True)
class OtherEntry:
    """An entry of the customer's that wrote, or has something unsent that is decided; else it is on its way to that.

    `step`: where it stands. `together`: the entries that its message is about as well. `id` is 0 where nothing else is
    left of it.
    """

    id: int
    journey: str
    key: str
    entered_at: datetime
    wrote: bool
    step: str | None = None
    together: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What holds for the customer, whatever the journey."""

    id: int
    zone: ZoneInfo
    locale: str
    contacts: Mapping[Channel, str] = field(default_factory=dict)  # channel → state (active, dead, suppressed)
    consents: tuple[Consent, ...] = ()
    touches: tuple[Touch, ...] = ()
    entries: tuple[OtherEntry, ...] = ()  # those that take a turn where somebody may not come again at any time
    answered: Mapping[Channel, datetime] = field(default_factory=dict)  # where they last opened or clicked, and when


@dataclass(frozen=True, slots=True)
class SiblingEnrollment:
    """Another entry of the same customer that stands at the same step of the journey."""

    id: int
    since: datetime  # when the step fell due
    truths: Mapping[str, Truth] = field(default_factory=dict)
    left: bool = False  # something happened that ends it


@dataclass(frozen=True, slots=True)
class MergedMessage:
    """A message of that step, to all of `entries`: its own entry `by` first. `went`: it has gone, or may have."""

    by: int
    entries: frozenset[int]
    went: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """Who else stands at a `together` step, and what was written there."""

    mates: tuple[SiblingEnrollment, ...] = ()
    letters: tuple[MergedMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """What became of a webhook's call: `settled` is whether it will be tried no more, and `at` is when."""

    status: MessageStatus
    settled: bool
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What holds for one enrollment, as of one instant."""

    person: CustomerFacts
    truths: Mapping[str, Truth] = field(default_factory=dict)  # condition name → true, false or unknown
    exit: ExitEvent | None = None
    happened: Mapping[str, datetime | None] = field(default_factory=dict)  # wait_for step asked about → when it came
    attempts: Mapping[str, tuple[Attempt, ...]] = field(default_factory=dict)  # step id → attempts
    entrance_date: str | None = None  # what the profile says now of the date that lets people in
    last_heard: Mapping[str, datetime] = field(default_factory=dict)  # source → its last event
    down: frozenset[Channel] = frozenset()  # the channels of which no provider answers
    values: Mapping[str, PathValue] = field(default_factory=dict)  # path → what it says
    company: Mapping[str, MergeGroup] = field(default_factory=dict)  # `together` step asked about → who else is there
    calls: Mapping[str, WebhookCall] = field(default_factory=dict)  # webhook step → its call, once it was decided
    bought: RelatedPurchase | None = None  # within the policy's `never_about`; None where the policy asks for none
