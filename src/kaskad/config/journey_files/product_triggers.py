"""Reads `product:` of an entry trigger: a product changes, and its audience enters."""

from __future__ import annotations

from collections.abc import Mapping

from kaskad.config.journey_files.conditions import read_conditions
from kaskad.config.journey_files.entry_keys import AGAIN_AFTER_HINT, once_per, read_again_after
from kaskad.config.journey_files.scope import Scope
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.quantities import parse_duration, read_duration, read_percent
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import integer_between, one_of, read_text
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.journeys.entry_trigger import PER_PRODUCT, Audience, PriceDrop, ProductTrigger, Release

# The changes of products, and the properties of the entry's `event.*` for each.
PRODUCT_EVENTS: Mapping[str, Mapping[str, ValueType]] = {
    "back_in_stock": {"product_id": ValueType.TEXT, "stock": ValueType.NUMBER},
    "price_drop": {"product_id": ValueType.TEXT, "price": ValueType.MONEY, "old_price": ValueType.MONEY},
    "low_stock": {"product_id": ValueType.TEXT, "stock": ValueType.NUMBER, "old_stock": ValueType.NUMBER},
}
WHO_HINT = "who hears of it, like [subscribed, viewed 30d]"


def read_product_trigger(node: Node, scope: Scope) -> ProductTrigger:
    """The product trigger of the node."""
    record = Record(node)
    product = record.need(
        "product", one_of("product entrance", tuple(PRODUCT_EVENTS)), "back_in_stock, price_drop or low_stock"
    )
    parts = {
        "who": record.need("who", lambda it: it.each(_read_audience), WHO_HINT),
        "by": record.get("by", _read_price_drop, PriceDrop()),
        "at_most": record.get("at_most", integer_between(1), None),
        "release": record.get("release", _read_release, None),
        "where": record.get("where", lambda it: read_conditions(it, scope), ()),
        "if": record.get("if", lambda it: read_conditions(it, scope), ()),
        "once_per": record.get("once_per", lambda it: once_per(it, scope), PER_PRODUCT),
        "again_after": record.need("again_after", read_again_after, AGAIN_AFTER_HINT),
    }
    _check_keys(record, product)
    record.done()
    if not parts["who"]:
        raise record.at("who").error("at least one audience is needed in the list: subscribed, viewed 30d")
    return ProductTrigger.model_validate({"product": product, **parts})


def _check_keys(record: Record, product: str | None) -> None:
    """Checks the keys that belong to only one kind of change."""
    if product is None:
        return
    if record.has("by") and product != "price_drop":
        record.error(record.at("by"), "'by' says how far a price has to fall: it belongs to price_drop")
    if record.has("at_most") and product != "low_stock":
        record.error(record.at("at_most"), "'at_most' says how few are left: it belongs to low_stock")
    if product == "low_stock" and not record.has("at_most"):
        record.missing("at_most", "how few are left in all stores together, like 3")


def _read_price_drop(node: Node) -> PriceDrop:
    record = Record(node)
    at_least = record.get("at_least", read_percent, None)
    below = record.get("below", one_of("price", ["price_when_added"]), None)
    record.done()
    return PriceDrop.model_validate({"at_least": at_least, "below": below})


def _read_audience(node: Node) -> Audience:
    """`subscribed`, `favourited`, or `viewed 30d`."""
    kind, _, rest = read_text(node).partition(" ")
    if kind in ("subscribed", "favourited") and not rest:
        return Audience.model_validate({"kind": kind})
    if kind == "viewed" and rest:
        return Audience(kind="viewed", within=parse_duration(node, rest))
    said = "write subscribed, favourited, or viewed 30d for those who looked at it"
    raise node.error(f"{node.said} is not an audience: {said}")


def _read_release(node: Node) -> Release:
    record = Record(node)
    people = record.need("people", integer_between(1), "how many people at a time")
    record.get("per", one_of("value", ["unit"]), "unit")
    every = record.need("every", read_duration, "how often, like 1h")
    record.done()
    return Release(people=people, per="unit", every=every)
