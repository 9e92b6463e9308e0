"""The paths that conditions may use, with their types: built in, or from events.yaml and attributes.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kaskad.config.yaml.catalog import Catalog
from kaskad.config.yaml.node import InvalidNode
from kaskad.domain.journeys.condition import ValueType

ROOTS = ("event", "customer", "cart", "order", "product", "area")
PATH = re.compile(r"[a-z]+(\.[A-Za-z0-9_]+)+", re.ASCII)
POINTS_PREFIX = "customer.points."
# The values of each item of a cart or an order.
ITEM_FIELDS: Mapping[str, ValueType] = {
    "product_id": ValueType.TEXT,
    "category": ValueType.TEXT,
    "sku": ValueType.TEXT,
    "name": ValueType.TEXT,
    "price": ValueType.MONEY,
    "quantity": ValueType.NUMBER,
}
ITEM_LISTS = ("order.items", "cart.items")  # lists of objects, not of texts or numbers
BUILT_IN_PATHS: Mapping[str, ValueType] = {
    "enter": ValueType.TIME,
    "cart.total": ValueType.MONEY,
    "cart.items": ValueType.LIST,
    **{f"cart.items.{key}": ValueType.LIST for key in ITEM_FIELDS},
    "cart.items.in_stock": ValueType.NUMBER,
    "order.id": ValueType.TEXT,
    "order.total": ValueType.MONEY,
    "order.discount": ValueType.MONEY,
    "order.place": ValueType.TEXT,
    "order.items": ValueType.LIST,
    **{f"order.items.{key}": ValueType.LIST for key in ITEM_FIELDS},
    "order.coupon": ValueType.TEXT,
    "order.delivered_at": ValueType.TIME,
    "order.status": ValueType.TEXT,
    "product.id": ValueType.TEXT,
    "product.title": ValueType.TEXT,
    "product.price": ValueType.MONEY,
    "product.in_stock": ValueType.BOOLEAN,
    "product.stock": ValueType.NUMBER,
    "product.category": ValueType.TEXT,
    "product.refill_days": ValueType.NUMBER,
    "area.id": ValueType.TEXT,
    "area.kind": ValueType.TEXT,
    "customer.first_name": ValueType.TEXT,
    "customer.locale": ValueType.TEXT,
    "customer.time_zone": ValueType.TEXT,
    "customer.birthday": ValueType.DATE,
    "customer.last_order.at": ValueType.TIME,
    "customer.orders": ValueType.NUMBER,
    "customer.revenue": ValueType.MONEY,
}
# What every event keeps of the context that its source sent with it: `event.context.campaign.source`.
CONTEXT_PATHS: Mapping[str, ValueType] = dict.fromkeys(
    (
        *(f"context.campaign.{key}" for key in ("source", "medium", "name", "term", "content")),
        *(f"context.page.{key}" for key in ("path", "url", "title", "referrer", "search")),
        *(f"context.referrer.{key}" for key in ("type", "name", "url")),
    ),
    ValueType.TEXT,
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Paths and their types. `properties` are those of `event.*`; None if the event is not known."""

    attributes: Catalog[ValueType]
    properties: Mapping[str, ValueType] | None = None

    def type_of(self, path: str) -> ValueType | None:
        """The path's type; None if it does not exist. Raises InvalidNode if its file is invalid."""
        root, _, rest = path.partition(".")
        if path in BUILT_IN_PATHS:
            return BUILT_IN_PATHS[path]
        if path.startswith(POINTS_PREFIX) and PATH.fullmatch(path):
            return ValueType.TIME if path.endswith(".at") else ValueType.NUMBER
        if root == "event" and rest:
            if self.properties is None:
                raise InvalidNode
            return self.properties.get(rest) or CONTEXT_PATHS.get(rest)
        if root == "customer" and rest in self.attributes.broken:
            raise InvalidNode
        return self.attributes.items.get(rest) if root == "customer" else None

    def paths(self, like: str = "") -> list[str]:
        """Every path with the same root as `like`; all paths if no path has it."""
        own = [f"customer.{name}" for name in self.attributes.items]
        known = [*BUILT_IN_PATHS, *own, *(f"event.{name}" for name in self.properties or ())]
        root = like.partition(".")[0]
        return [path for path in known if path.startswith(f"{root}.")] or known


def list_item_type(path: str) -> ValueType | None:
    """The type of the list's items; None if only its events define it."""
    root, _, key = path.rpartition(".")
    return ITEM_FIELDS.get(key) if root in ITEM_LISTS else None


def is_path(text: str) -> bool:
    """Whether a text starts with a root and a dot."""
    root, dot, rest = text.partition(".")
    return root in ROOTS and bool(dot) and bool(rest)
