"""The context that the readers of a journey need besides the journey itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kaskad.config.journey_files.vocabulary import Vocabulary
from kaskad.config.yaml.catalog import Catalog
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import Conditions, ValueType
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.journeys.project import EventSpec, Promo, Sender, ShopInfo, Source, Topic
from kaskad.domain.journeys.providers import ChannelSpec, WebhookSpec

# The properties that an event must have for a root to have values.
REQUIRED_PROPERTY = {"order": "order_id", "product": "product_id", "area": "area.id"}


@dataclass(frozen=True, slots=True)
class Catalogs:
    """All objects that journeys refer to by name. `templates` has the files of each message's folder."""

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
    policy: Policy | None = None  # None if it cannot be read
    segments: Catalog[Conditions] = field(default_factory=lambda: Catalog("segment"))


@dataclass(frozen=True, slots=True)
class Scope:
    """The catalogs, the properties of `event.*` (always the trigger event), and the messages of the journey.

    `properties` is None if that event is not known.
    """

    catalogs: Catalogs
    properties: Mapping[str, ValueType] | None = None
    messages: frozenset[str] = frozenset()
    journey: str = ""  # the journey that is read
    goal: bool = False  # whether the journey has a goal
    where_event: EventSpec | None = (
        None  # in a `where`: the event that is checked, with its own order, product and area
    )

    @property
    def vocabulary(self) -> Vocabulary:
        """The paths that are allowed here."""
        return Vocabulary(self.catalogs.attributes, self.properties)

    def with_where_event(self, event: EventSpec | None) -> Scope:
        """The same scope, inside the `where` of that event."""
        return replace(self, where_event=event)

    def never_known_reason(self, path: str) -> str | None:
        """Why the checked event can never have a value for the path; None if it can."""
        root = path.partition(".")[0]
        if self.where_event is None or root not in REQUIRED_PROPERTY:
            return None
        name, said = self.where_event.name, self.where_event.properties
        if path in said or REQUIRED_PROPERTY[root] in said or path.removeprefix("order.") in said:
            return None
        if root == "product" and "products" in said:
            return f"'{name}' has several products, not one: ask about order.items, like order.items.category"
        return f"'{path}' is never known of '{name}': it has no '{REQUIRED_PROPERTY[root]}' in configs/events.yaml"

    def event(self, node: Node) -> EventSpec:
        """The event that the node names."""
        return self.catalogs.events.find(node)

    def sent_message(self, node: Node) -> str:
        """The message that the node names: one that the journey sends."""
        said = read_text(node)
        if not self.messages:
            raise node.error("nothing is sent in this journey before this is asked")
        if said not in self.messages:
            raise node.error(unknown_name("message of this journey", said, sorted(self.messages)))
        return said
