"""What a shop has besides journeys: channels, senders, topics, policy, vocabulary. Never pinned to a version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.campaign import Campaign
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import Conditions, ValueType
from kaskad.domain.journeys.journey import Journey, Purpose, Window
from kaskad.domain.model import Duration, Model

RESEND_MARGIN = timedelta(minutes=5)  # until what is sent again at its deadline stands in the queue


class SuccessRule(Model):
    """What an answer of a provider looks like that took the message: what is not given is not asked.

    `status`: one of these, of 2xx. `body: any`: whatever it holds. `text`: all of it is one of these, capitals or not;
    `starts`: it begins with one. `document`: JSON with one of these values at each path. `id` is the path of the
    provider's own id.
    """

    status: tuple[int, ...] = ()
    body: Literal["any"] | None = None
    text: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    document: dict[str, tuple[str | int | float | bool | None, ...]] = {}
    id: str = "id"


class ProviderSpec(Model):
    """A provider: which adapter, where, and the environment variable that holds its secret."""

    name: str
    adapter: str
    url: str
    secret_env: str = ""
    keeps_keys: Duration = Duration()  # how long it takes a second call under the same key for the first
    options: dict[str, Any] = {}
    success: SuccessRule | None = None  # as usual: JSON that does not say that something went wrong


class WebhookSpec(Model):
    """Another system that journeys may tell of something. `secret_env` is the variable with the key that signs.

    `on_unknown`: what nobody can tell of is sent again under its key, which the other system knows; or never.
    """

    name: str
    title: str
    url: str
    secret_env: str
    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    headers: dict[str, str] = {}
    timeout: Duration = Duration(seconds=10)
    on_unknown: Literal["resend", "never_resend"] = "resend"


class ChannelSpec(Model):
    """A channel's providers in failover order, price and pace.

    `rate` is messages per second by each provider, of all workers together; `concurrency` calls at once of each worker.
    """

    channel: Channel
    providers: tuple[str, ...] = ()
    cost: Decimal = Decimal(0)
    currency: str = "RUB"
    rate: Annotated[float, Field(gt=0)] = 100.0
    concurrency: Annotated[int, Field(ge=1)] = 50
    on_unknown: Literal["never_resend", "resend"] = "never_resend"
    deadline: Duration = Duration(seconds=86_400)


class Topic(Model):
    """What people may subscribe to or leave, in the preference centre."""

    name: str
    title: dict[str, str] = {}
    starts: Literal["subscribed", "unsubscribed"] = "subscribed"


class Sender(Model):
    """The brand in whose name a message goes, as each channel writes it."""

    name: str
    addresses: dict[Channel, str] = {}


class Promo(Model):
    """An offer with a code for each customer, from the file `codes`; `where` it can be used."""

    name: str
    codes: str  # relative to configs/
    valid_for: Duration  # from when somebody is given one
    where: tuple[str, ...] = ()
    warn_below: Annotated[int, Field(ge=0)] = 0  # codes left: then the owner is told
    when_empty: Literal["skip", "send"] = "skip"


class Source(Model):
    """Where events come from. Silence longer than `silent_after` within opening hours is a fault of the feed."""

    name: str
    title: str = ""
    owner: str = ""
    open: Window | None = None
    time_zone: str | None = None
    silent_after: Duration | None = None


class Cap(Model):
    """At most so many touches per day or week of the customer's own calendar, of all senders together or of each."""

    at_most: Annotated[int, Field(ge=0)]
    per: Literal["day", "week"]
    topic: str | None = None
    each: Literal["sender"] | None = None
    over: Literal["wait", "skip"] = "wait"

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_meant(cls, said: Any) -> Any:
        """What was published while a cap said `across` went on meaning each sender, unless it said so."""
        if not isinstance(said, Mapping) or "across" not in said:
            return said
        kept = {key: value for key, value in said.items() if key != "across"}
        return kept if said["across"] else {"each": "sender", **kept}


class RetentionPolicy(Model):
    """How long what happened is kept, whole months at a time; what somebody still inside a journey needs stays longer.

    `messages` are kept with the enrollments that wrote them, and count from the end of these.
    """

    events: Duration = Duration(seconds=400 * 86_400)
    messages: Duration = Duration(seconds=400 * 86_400)
    decisions: Duration = Duration(seconds=180 * 86_400)
    repeats: Duration = Duration(seconds=14 * 86_400)  # an event that is sent again within this time counts once
    rejected: Duration = Duration(seconds=30 * 86_400)  # events that could not be taken, for whoever mends their source


class ApprovalPolicy(Model):
    """What may go live only after the word of somebody else than whoever wrote it. `by` is always another person."""

    first_publish: bool = False  # of a journey
    purposes: tuple[Purpose, ...] = ()  # of the journey, or of a message in it
    audience_over: Annotated[int, Field(ge=0)] | None = None  # people whom it may write to
    by: Literal["another person"] = "another person"


class Policy(Model):
    """What holds for every journey."""

    quiet_hours: Window | None = None
    caps: tuple[Cap, ...] = ()
    keep: RetentionPolicy = RetentionPolicy()
    never_about: Duration | None = None  # for so long after a purchase, nothing about what was bought or the like of it
    control_group: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)  # the part of all customers outside all marketing
    approval: ApprovalPolicy | None = None


class EventSpec(Model):
    """An event of the vocabulary: its properties with their types, and its names in Segment's format."""

    name: str
    aliases: tuple[str, ...] = ()
    properties: dict[str, ValueType] = {}


class ShopInfo(Model):
    """The shop itself, as templates see it."""

    name: str = "Shop"
    url: str = "https://shop.example"
    currency: str = "RUB"
    locale: str = "en"
    time_zone: str = "Europe/Moscow"
    phone: str = ""


class Project(Model):
    """Everything that the files of `configs/` say, checked."""

    shop: ShopInfo = ShopInfo()
    providers: dict[str, ProviderSpec] = {}
    webhooks: dict[str, WebhookSpec] = {}
    channels: dict[Channel, ChannelSpec] = {}
    cascades: dict[str, Cascade] = {}
    topics: dict[str, Topic] = {}
    senders: dict[str, Sender] = {}  # those of the lists too
    sender_lists: dict[str, tuple[str, ...]] = {}
    promos: dict[str, Promo] = {}
    sources: dict[str, Source] = {}
    policy: Policy = Policy()
    events: dict[str, EventSpec] = {}
    attributes: dict[str, ValueType] = {}
    segments: dict[str, Conditions] = {}
    journeys: dict[str, Journey] = {}
    campaigns: dict[str, Campaign] = {}

    def costs(self) -> Mapping[Channel, Decimal]:
        """What one message costs in each channel."""
        return {channel: spec.cost for channel, spec in self.channels.items()}

    def deadlines(self) -> Mapping[Channel, timedelta]:
        """How long a cascade waits for an unknown of each channel; where it is sent again then, a little longer."""
        return {
            channel: spec.deadline.longest + (RESEND_MARGIN if spec.on_unknown == "resend" else timedelta())
            for channel, spec in self.channels.items()
        }
