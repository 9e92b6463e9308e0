"""What the events of one source mean in the shop's terms: names, types, and the source's own way to write values."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from kaskad.domain.cart import CART_EVENTS
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.journeys.project import Project
from kaskad.domain.values.amounts import MONEY_NAMES, NUMBER_NAMES
from kaskad.domain.values.dialect import Dialect, Formats
from kaskad.services.ingestion import event_limits
from kaskad.services.ingestion.consenting import consents
from kaskad.services.ingestion.contacts import TRAIT_CHANNELS
from kaskad.services.ingestion.parsing import snake_case
from kaskad.services.ingestion.property_types import Kinds

# Kaskad itself computes with these, whatever the shop declares.
COMPUTED_EVENTS = (
    *CART_EVENTS,
    "cart_updated",
    "order_returned",
    "order_cancelled",
    "product_viewed",
    "product_updated",
    "product_stock_changed",
)
COMPUTED: Kinds = {
    **dict.fromkeys(("product_id", "cart_id", "order_id", "currency"), ValueType.TEXT),
    **dict.fromkeys(MONEY_NAMES, ValueType.MONEY),
    **dict.fromkeys(NUMBER_NAMES, ValueType.NUMBER),
    "products": ValueType.LIST,
}
PROFILE: Kinds = {"first_name": ValueType.TEXT, "birthday": ValueType.DATE}
# These have readers of their own, for which no word is too odd.
UNTYPED_EVENTS = (consents.CONSENT_GIVEN, consents.CONSENT_WITHDRAWN)
NUMERIC = (ValueType.NUMBER, ValueType.MONEY)


@dataclass(frozen=True, slots=True)
class EventVocabulary:
    """The names of events by what sources call them, and the types of their properties and of the traits."""

    names: Mapping[str, str]
    kinds: Mapping[str, Kinds]
    amounts: Mapping[str, AbstractSet[str]]
    attributes: Kinds


_latest: list[tuple[Project, EventVocabulary]] = []


def vocabulary_of(project: Project) -> EventVocabulary:
    """Returns the vocabulary of the project's files; it is made once for all requests."""
    for known, vocabulary in _latest:
        if known is project:
            return vocabulary
    vocabulary = _build(project)
    _latest[:] = [(project, vocabulary)]
    return vocabulary


def dialect_of(project: Project, source: str) -> Dialect:
    """Returns how the source writes values; a source that no file names has no formats of its own."""
    spec = project.source_named(source) if source in project.feeds else project.sources.get(source)
    shop = project.shop
    return Dialect(
        formats=spec.formats if spec else Formats(),
        zone=(spec.time_zone if spec else None) or shop.time_zone,
        shop_zone=shop.time_zone,
        currency=shop.currency,
    )


def _build(project: Project) -> EventVocabulary:
    names = {snake_case(alias): spec.name for spec in project.events.values() for alias in spec.aliases}
    kinds: dict[str, Kinds] = dict.fromkeys(COMPUTED_EVENTS, COMPUTED)
    for spec in project.events.values():
        names |= dict.fromkeys((spec.name, *spec.aliases), spec.name)
        kinds[spec.name] = {**spec.properties, **kinds.get(spec.name, {})}
    kinds |= {name: {} for name in UNTYPED_EVENTS}
    return EventVocabulary(
        names=names,
        kinds=kinds,
        amounts={name: event_limits.AMOUNT_KEYS | _numeric(of) for name, of in kinds.items()},
        attributes={key: kind for key, kind in {**PROFILE, **project.attributes}.items() if key not in TRAIT_CHANNELS},
    )


def _numeric(kinds: Kinds) -> AbstractSet[str]:
    return {key for key, kind in kinds.items() if kind in NUMERIC}
