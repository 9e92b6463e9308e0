"""What the readers of a journey know besides the journey itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kaskad.config.catalog import Catalog
from kaskad.config.node import Node
from kaskad.config.scalars import text
from kaskad.config.vocabulary import Vocabulary
from kaskad.config.wording import unknown
from kaskad.domain.cascade import Cascade
from kaskad.domain.condition import Conditions, ValueType
from kaskad.domain.shop import ChannelSpec, EventSpec, Promo, Sender, ShopInfo, Source, Topic, WebhookSpec

# What an event has to have, to say anything under that root.
SAYS = {"order": "order_id", "product": "product_id", "area": "area.id"}


@dataclass(frozen=True, slots=True)
class Catalogs:
    """Everything that journeys refer to by name. `templates` has the files of each message's folder."""

    shop: ShopInfo
    channels: Catalog[ChannelSpec]
    cascades: Catalog[Cascade]
    topics: Catalog[Topic]
    senders: Catalog[Sender]
    sender_lists: Catalog[Mapping[str, Sender]]
    promos: Catalog[Promo]
    sources: Catalog[Source]
    events: Catalog[EventSpec]
    attributes: Catalog[ValueType]
    templates: Catalog[frozenset[str]]
    webhooks: Catalog[WebhookSpec] = field(default_factory=lambda: Catalog("webhook"))
    journeys: Catalog[None] = field(default_factory=lambda: Catalog("journey"))  # by the names of their files
    segments: Catalog[Conditions] = field(default_factory=lambda: Catalog("segment"))


@dataclass(frozen=True, slots=True)
class Scope:
    """The catalogs, what `event.*` has (the event that let the customer in, always), and the messages that are sent.

    `properties` is None where that event is not known.
    """

    catalogs: Catalogs
    properties: Mapping[str, ValueType] | None = None
    messages: frozenset[str] = frozenset()
    journey: str = ""  # the one that is read
    goal: bool = False  # whether it has one
    looked: EventSpec | None = (
        None  # in a `where`: the event that is looked at, whose own order, product and area are meant
    )

    @property
    def vocabulary(self) -> Vocabulary:
        """The paths that may be used here."""
        return Vocabulary(self.catalogs.attributes, self.properties)

    def looking_at(self, event: EventSpec | None) -> Scope:
        """The same, in the `where` of that event."""
        return replace(self, looked=event)

    def why_never_known(self, path: str) -> str | None:
        """Why the event that is looked at can never say this; None where it may."""
        root = path.partition(".")[0]
        if self.looked is None or root not in SAYS:
            return None
        name, said = self.looked.name, self.looked.properties
        if path in said or SAYS[root] in said or path.removeprefix("order.") in said:
            return None
        if root == "product" and "products" in said:
            return f"'{name}' has several products, not one: ask about order.items, like order.items.category"
        return f"'{path}' is never known of '{name}': it has no '{SAYS[root]}' in configs/events.yaml"

    def event(self, node: Node) -> EventSpec:
        """The event that the node names."""
        return self.catalogs.events.find(node)

    def sent_message(self, node: Node) -> str:
        """The message that the node names: one that the journey sends."""
        said = text(node)
        if not self.messages:
            raise node.wrong("nothing is sent in this journey before this is asked")
        if said not in self.messages:
            raise node.wrong(unknown("message of this journey", said, sorted(self.messages)))
        return said
