"""The parts of a project besides journeys: channels, senders, topics, policy, vocabulary. Not pinned to a version."""

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

RESEND_MARGIN = timedelta(minutes=5)  # until a message that is resent at its deadline is in the queue


class SuccessRule(Model):
    """How a provider's response shows that it accepted the message. Fields that are not set are not checked.

    `status`: one of these 2xx codes. `body: any`: any body. `text`: the whole body is one of these, in any case;
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
    keeps_keys: Duration = Duration()  # for how long it recognizes a second call with the same idempotency key
    options: dict[str, Any] = {}
    success: SuccessRule | None = None  # default: JSON that does not report an error


class WebhookSpec(Model):
    """Another system that journeys can call. `secret_env` is the variable with the key that signs the calls.

    `on_unknown`: a call with unknown outcome is sent again with its key, which the other system recognizes; or never.
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
    """A channel's providers in failover order, its price and its rate.

    `rate` is messages per second of each provider, all workers together; `concurrency` is parallel calls per worker.
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
    """A topic that customers can subscribe to or leave in the preference centre."""

    name: str
    title: dict[str, str] = {}
    starts: Literal["subscribed", "unsubscribed"] = "subscribed"


class Sender(Model):
    """The brand that a message is sent from, as each channel writes it."""

    name: str
    addresses: dict[Channel, str] = {}


class Promo(Model):
    """An offer with a code for each customer, from the file `codes`; `where` says where it can be used."""

    name: str
    codes: str  # relative to configs/
    valid_for: Duration  # from the time when a customer is given a code
    where: tuple[str, ...] = ()
    warn_below: Annotated[int, Field(ge=0)] = 0  # number of codes left at which the owner is alerted
    when_empty: Literal["skip", "send"] = "skip"


class Source(Model):
    """A source of events. Silence longer than `silent_after` within opening hours is a fault of the feed."""

    name: str
    title: str = ""
    owner: str = ""
    open: Window | None = None
    time_zone: str | None = None
    silent_after: Duration | None = None


class Cap(Model):
    """A limit of touches per day or week of the customer's calendar, for all senders together or for each."""

    at_most: Annotated[int, Field(ge=0)]
    per: Literal["day", "week"]
    topic: str | None = None
    each: Literal["sender"] | None = None
    over: Literal["wait", "skip"] = "wait"

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_meant(cls, said: Any) -> Any:
        """Reads an old cap: if published before `across` existed, it counts each sender unless it says otherwise."""
        if not isinstance(said, Mapping) or "across" not in said:
            return said
        kept = {key: value for key, value in said.items() if key != "across"}
        return kept if said["across"] else {"each": "sender", **kept}


class RetentionPolicy(Model):
    """How long data is kept, in whole months; data of customers who are still in a journey is kept longer.

    `messages` are kept with the enrollments that wrote them, and the time starts at the end of these.
    """

    events: Duration = Duration(seconds=400 * 86_400)
    messages: Duration = Duration(seconds=400 * 86_400)
    decisions: Duration = Duration(seconds=180 * 86_400)
    repeats: Duration = Duration(seconds=14 * 86_400)  # an event that is sent again within this time counts once
    rejected: Duration = Duration(seconds=30 * 86_400)  # rejected events, for the people who fix their source


class ApprovalPolicy(Model):
    """The cases in which a version needs a second person's approval. `by` is always another person than the author."""

    first_publish: bool = False  # of a journey
    purposes: tuple[Purpose, ...] = ()  # of the journey, or of a message in it
    audience_over: Annotated[int, Field(ge=0)] | None = None  # customers to whom it may write
    by: Literal["another person"] = "another person"


class Policy(Model):
    """Rules for every journey."""

    quiet_hours: Window | None = None
    caps: tuple[Cap, ...] = ()
    keep: RetentionPolicy = RetentionPolicy()
    never_about: Duration | None = None  # for this time after a purchase, nothing about it or similar products
    control_group: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)  # share of customers who get no marketing
    approval: ApprovalPolicy | None = None


class EventSpec(Model):
    """An event of the vocabulary: its properties with their types, and its names in Segment's format."""

    name: str
    aliases: tuple[str, ...] = ()
    properties: dict[str, ValueType] = {}


class ShopInfo(Model):
    """Data about the shop for templates."""

    name: str = "Shop"
    url: str = "https://shop.example"
    currency: str = "RUB"
    locale: str = "en"
    time_zone: str = "Europe/Moscow"
    phone: str = ""


class Project(Model):
    """All files of `configs/`, checked."""

    shop: ShopInfo = ShopInfo()
    providers: dict[str, ProviderSpec] = {}
    webhooks: dict[str, WebhookSpec] = {}
    channels: dict[Channel, ChannelSpec] = {}
    cascades: dict[str, Cascade] = {}
    topics: dict[str, Topic] = {}
    senders: dict[str, Sender] = {}  # includes those of the `senders` lists
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
        """The price of one message in each channel."""
        return {channel: spec.cost for channel, spec in self.channels.items()}

    def deadlines(self) -> Mapping[Channel, timedelta]:
        """How long a cascade waits for an unknown outcome in each channel; a little longer if it is resent then."""
        return {
            channel: spec.deadline.longest + (RESEND_MARGIN if spec.on_unknown == "resend" else timedelta())
            for channel, spec in self.channels.items()
        }
