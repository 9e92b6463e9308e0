"""Everything that is known about one customer for a decision. Storage loads it; the engine and the policy judge it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.journeys.condition import Truth
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.never_about import Relation
from kaskad.domain.journeys.wait_until import PathValue
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Mode


@dataclass(frozen=True, slots=True)
class Enrollment:
    """The state of one customer in one journey. Times are aware, in UTC."""

    id: int
    customer: int
    journey: str
    status: EnrollmentStatus
    key: str  # the values of `once_per`: the id of the cart, of the product; "" for the customer alone
    sender: str
    purpose: Purpose  # for this customer: a viewer's `requested` becomes marketing
    entered_at: datetime
    last_trigger_at: datetime
    due_at: datetime
    mode: Mode = Mode.LIVE
    direct: bool = False  # enrolled by hand or over the API: `when`, `where` and the quiet time are not checked
    step: str | None = None
    step_since: datetime | None = None  # when the step was due
    first_sent_at: datetime | None = None  # the first attempt of the last send
    entry: Mapping[str, Any] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)  # steps removed by edits → the steps that replaced them

    @property
    def entered_on(self) -> date:
        """The day of `entered_at`, in UTC: the month that the enrollment's messages are stored with."""
        return self.entered_at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Consent:
    """The latest word of the customer on one channel, topic and sender; None in any of these means all of them.

    What has expired, and pauses that are over, are none of it. A pause (`is_pause`) stands beside the latest word.
    """

    channel: Channel | None
    topic: str | None
    granted: bool
    at: datetime
    sender: str | None = None
    is_pause: bool = False


@dataclass(frozen=True, slots=True)
class Touch:
    """A message that reached the customer, or still can. It counts on `on`, the customer's local date."""

    on: date
    topic: str | None
    sender: str


@dataclass(frozen=True, slots=True)
class ExitEvent:
    """An event after entry that ends the journey."""

    event: str
    occurred_at: datetime
    place: str = ""


@dataclass(frozen=True, slots=True)
class RelatedPurchase:
    """The last purchase of a thing that the message is about, or of its like."""

    product: str  # its id
    at: datetime
    place: str = ""
    about: str = ""  # the thing: the entry's product, or one in the cart
    relation: Relation = Relation.SAME
    in_cart: bool = False


@dataclass(frozen=True, slots=True)
class OtherEntry:
    """An entry of the customer that sent, or has a decided message that is not sent yet, or has sent nothing so far.

    `step`: its current step. `together`: the other entries that its message is about. `id` is 0 if the
    enrollment itself was deleted.
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
    """Facts about the customer that do not depend on the journey.

    `assigned`: as whom the person was refused for the sake of a measurement; empty but for who was merged. Each is the
    journey of the holdout, '' for the control group, and the customer of that time.
    """

    id: int
    zone: ZoneInfo
    locale: str
    contacts: Mapping[Channel, str] = field(default_factory=dict)  # channel → state (active, dead, suppressed)
    consents: tuple[Consent, ...] = ()
    touches: tuple[Touch, ...] = ()
    entries: tuple[OtherEntry, ...] = ()  # entries that count for reentry, if the journey limits it
    answered: Mapping[Channel, datetime] = field(default_factory=dict)  # channel → last open or click there
    confirmed: frozenset[Channel] = frozenset()  # the channels whose address the customer has confirmed
    assigned: tuple[tuple[str, int], ...] = ()

    def outside_as(self, journey: str) -> frozenset[int]:
        """As whom the person was refused as part of that journey's holdout; '': of the control group."""
        return frozenset(customer for name, customer in self.assigned if name == journey)


@dataclass(frozen=True, slots=True)
class SiblingEnrollment:
    """Another entry of the same customer at the same step of the journey."""

    id: int
    since: datetime  # when the step was due
    truths: Mapping[str, Truth] = field(default_factory=dict)
    left: bool = False  # an event ended it
    purpose: Purpose = Purpose.MARKETING
    bought: tuple[RelatedPurchase, ...] = ()
    cart_things: int = 0


@dataclass(frozen=True, slots=True)
class MergedMessage:
    """A message of that step about all of `entries`: its own entry `by` is first. `went`: was or may have been sent."""

    by: int
    entries: frozenset[int]
    went: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """The sibling enrollments at a `together` step, and the messages of the step."""

    mates: tuple[SiblingEnrollment, ...] = ()
    letters: tuple[MergedMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """The state of a webhook call: `settled` says that it will not be tried again, and `at` when."""

    status: MessageStatus
    settled: bool
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts about one enrollment, as of one instant."""

    person: CustomerFacts
    truths: Mapping[str, Truth] = field(default_factory=dict)  # condition name → true, false or unknown
    exit: ExitEvent | None = None
    happened: Mapping[str, datetime | None] = field(default_factory=dict)  # wait_for step → when its event came
    attempts: Mapping[str, tuple[Attempt, ...]] = field(default_factory=dict)  # step id → attempts
    entrance_date: str | None = None  # the date of the date trigger, as in the profile now
    last_heard: Mapping[str, datetime] = field(default_factory=dict)  # source → its last event
    down: frozenset[Channel] = frozenset()  # channels of which no provider is in use
    values: Mapping[str, PathValue] = field(default_factory=dict)  # path → its value
    company: Mapping[str, MergeGroup] = field(default_factory=dict)  # `together` step → its merge group
    calls: Mapping[str, WebhookCall] = field(default_factory=dict)  # webhook step → its call, once it was decided
    bought: tuple[RelatedPurchase, ...] = ()  # within the longest time of the policy's `never_about`
    cart_things: int = 0  # how many different things the cart has, if anything of it was bought
