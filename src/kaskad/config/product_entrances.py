"""`product:` of an entrance: something happens to a product, and those who care about it enter."""

from __future__ import annotations

from collections.abc import Mapping

from kaskad.config.conditions import conditions
from kaskad.config.entry_keys import AGAIN, again, once_per
from kaskad.config.node import Node
from kaskad.config.quantities import duration, duration_of, percent
from kaskad.config.record import Record
from kaskad.config.scalars import text, whole, word
from kaskad.config.scope import Scope
from kaskad.domain.condition import ValueType
from kaskad.domain.entrance import PER_PRODUCT, Audience, PriceFall, ProductEntrance, Release

# What happens to products, and what the entry's `event.*` has then.
RAISED: Mapping[str, Mapping[str, ValueType]] = {
    "back_in_stock": {"product_id": ValueType.TEXT, "stock": ValueType.NUMBER},
    "price_drop": {"product_id": ValueType.TEXT, "price": ValueType.MONEY, "old_price": ValueType.MONEY},
    "low_stock": {"product_id": ValueType.TEXT, "stock": ValueType.NUMBER, "old_stock": ValueType.NUMBER},
}
WHO = "who hears of it, like [subscribed, viewed 30d]"


def by_product(node: Node, scope: Scope) -> ProductEntrance:
    """A product lets people in."""
    record = Record(node)
    product = record.need("product", word("product entrance", tuple(RAISED)), "back_in_stock, price_drop or low_stock")
    parts = {
        "who": record.need("who", lambda it: it.each(_audience), WHO),
        "by": record.get("by", _fall, PriceFall()),
        "at_most": record.get("at_most", whole(1), None),
        "release": record.get("release", _release, None),
        "where": record.get("where", lambda it: conditions(it, scope), ()),
        "if": record.get("if", lambda it: conditions(it, scope), ()),
        "once_per": record.get("once_per", lambda it: once_per(it, scope), PER_PRODUCT),
        "again_after": record.need("again_after", again, AGAIN),
    }
    _check(record, product)
    record.done()
    if not parts["who"]:
        raise record.at("who").wrong("at least one audience is needed in the list: subscribed, viewed 30d")
    return ProductEntrance.model_validate({"product": product, **parts})


def _check(record: Record, product: str | None) -> None:
    """What belongs to one kind of news alone."""
    if product is None:
        return
    if record.has("by") and product != "price_drop":
        record.wrong(record.at("by"), "'by' says how far a price has to fall: it belongs to price_drop")
    if record.has("at_most") and product != "low_stock":
        record.wrong(record.at("at_most"), "'at_most' says how few are left: it belongs to low_stock")
    if product == "low_stock" and not record.has("at_most"):
        record.missing("at_most", "how few are left in all stores together, like 3")


def _fall(node: Node) -> PriceFall:
    record = Record(node)
    at_least = record.get("at_least", percent, None)
    below = record.get("below", word("price", ["price_when_added"]), None)
    record.done()
    return PriceFall.model_validate({"at_least": at_least, "below": below})


def _audience(node: Node) -> Audience:
    """`subscribed`, `favourited`, or `viewed 30d`."""
    kind, _, rest = text(node).partition(" ")
    if kind in ("subscribed", "favourited") and not rest:
        return Audience.model_validate({"kind": kind})
    if kind == "viewed" and rest:
        return Audience(kind="viewed", within=duration_of(node, rest))
    said = "write subscribed, favourited, or viewed 30d for those who looked at it"
    raise node.wrong(f"{node.said} is not an audience: {said}")


def _release(node: Node) -> Release:
    record = Record(node)
    people = record.need("people", whole(1), "how many people at a time")
    record.get("per", word("value", ["unit"]), "unit")
    every = record.need("every", duration, "how often, like 1h")
    record.done()
    return Release(people=people, per="unit", every=every)
