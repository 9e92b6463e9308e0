"""The project and its small parts: senders, topics, promos, sources, vocabulary. Not pinned to a version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from kaskad.domain.addresses import phone
from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.feeds import Feed
from kaskad.domain.identities.rules import DEVICE_KINDS, USER_ID, IdentityRules
from kaskad.domain.journeys.campaign import Campaign
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import Conditions, ValueType
from kaskad.domain.journeys.journey import Journey, Window
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.journeys.providers import ChannelSpec, ProviderSpec, WebhookSpec
from kaskad.domain.model import Model
from kaskad.domain.own_sources import OWN_SOURCES
from kaskad.domain.permission import EVERYTHING, USUAL_OF_PUBLIC, Permission
from kaskad.domain.values.dialect import Formats

RESEND_MARGIN = timedelta(minutes=5)  # until a message that is resent at its deadline is in the queue


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
    """A source of events. Silence longer than `silent_after` within opening hours is a fault of the feed.

    `public`: everybody can read its write key, in a web page or an app. `may`: the kinds of events it may tell.
    """

    name: str
    title: str = ""
    owner: str = ""
    open: Window | None = None
    time_zone: str | None = None
    silent_after: Duration | None = None
    formats: Formats = Formats()
    public: bool = False
    may: tuple[Permission, ...] = EVERYTHING


class EventSpec(Model):
    """An event of the vocabulary: its properties with their types, and its names in Segment's format."""

    name: str
    aliases: tuple[str, ...] = ()
    properties: dict[str, ValueType] = {}


class ShopInfo(Model):
    """Data about the shop for templates. `hosts`: where links from events may lead, else to that of `url` and below.

    `rates`: what one unit of another currency is worth in the shop's own.
    """

    name: str = "Shop"
    url: str = "https://shop.example"
    hosts: tuple[str, ...] = ()
    currency: str = "RUB"
    locale: str = "en"
    time_zone: str = "Europe/Moscow"
    region: str | None = None  # a country's two letters; None: that of the time zone
    phone: str = ""
    rates: dict[str, Annotated[Decimal, Field(gt=0)]] = {}

    def all_rates(self) -> dict[str, Decimal]:
        """The rate of every currency that is known; the shop's own is 1."""
        return {**self.rates, self.currency: Decimal(1)}

    def in_own_currency(self, amount: Decimal, currency: str) -> Decimal | None:
        """The amount in the shop's currency; None without a rate."""
        rate = self.all_rates().get(currency)
        return None if rate is None else amount * rate

    @property
    def home(self) -> str | None:
        """The country whose telephone numbers need no plus here; None if there is none: each is international."""
        return self.region or phone.region_of_zone(self.time_zone)


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
    feeds: dict[str, Feed] = {}
    policy: Policy = Policy()
    identities: IdentityRules = IdentityRules()
    events: dict[str, EventSpec] = {}
    attributes: dict[str, ValueType] = {}
    segments: dict[str, Conditions] = {}
    journeys: dict[str, Journey] = {}
    campaigns: dict[str, Campaign] = {}

    def all_sources(self) -> dict[str, Source]:
        """The sources of sources.yaml, and the feeds, which are sources as well."""
        return {**self.sources, **{name: _as_source(feed) for name, feed in self.feeds.items()}}

    def source_named(self, name: str) -> Source:
        """The source of that name. Where a shop names its sources, another one may no more than a public one."""
        if name in self.feeds:
            return _as_source(self.feeds[name])
        if name in self.sources or not self.sources or name in OWN_SOURCES:
            return self.sources.get(name, Source(name=name))
        return Source(name=name, public=True, may=USUAL_OF_PUBLIC)

    def is_claim(self, kind: str, source: str | None) -> bool:
        """Whether an identity of that kind, told by that source, is a claim: its source is public.

        Who the user is, and on which device, is any source's to say. None is the source of what older versions stored.
        """
        if source is None or kind == USER_ID or kind in DEVICE_KINDS:
            return False
        return self.source_named(source).public

    def costs(self) -> Mapping[Channel, Decimal]:
        """The price of one message in each channel."""
        return {channel: spec.cost for channel, spec in self.channels.items()}

    def deadlines(self) -> Mapping[Channel, timedelta]:
        """How long a cascade waits for an unknown outcome in each channel; a little longer if it is resent then."""
        return {
            channel: spec.deadline.longest + (RESEND_MARGIN if spec.on_unknown == "resend" else timedelta())
            for channel, spec in self.channels.items()
        }


def _as_source(feed: Feed) -> Source:
    """The feed as a source of events: it may tell the catalogue, and nothing else."""
    return Source(
        name=feed.name,
        title=feed.title,
        owner=feed.owner,
        silent_after=feed.longest_silence,
        formats=Formats(decimal=feed.decimal),
        may=(Permission.CATALOGUE,),
    )
