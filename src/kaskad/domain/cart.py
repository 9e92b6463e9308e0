"""The cart, computed from the events that added and removed items. The order in which events arrive does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

ADDED, REMOVED, SNAPSHOT, ORDERED = "product_added", "product_removed", "cart_snapshot", "order_completed"
CART_EVENTS = (ADDED, REMOVED, SNAPSHOT, ORDERED)
MAX_AMOUNT = Decimal("999999999999.99")  # the largest total of a cart; larger amounts and quantities are not valid
DERIVED_SUFFIX = "#cart"  # suffix of the message id of an event that a change raised


@dataclass(frozen=True, slots=True)
class CartChange:
    """One event that changes a cart."""

    message_id: str
    name: str
    occurred_at: datetime
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cart:
    """The content of the cart after all changes, and the changes after which it was empty."""

    items: tuple[dict[str, Any], ...]
    total: Decimal
    raised: tuple[tuple[CartChange, str], ...]  # change → cart_updated | cart_emptied; an order raises no event


def fold_cart(changes: Iterable[CartChange]) -> Cart:
    """The cart after these changes, applied in the order in which they happened."""
    items: dict[str, dict[str, Any]] = {}
    raised = []
    for change in sorted(changes, key=lambda change: (change.occurred_at, change.message_id)):
        items = _apply(items, change)
        if change.name != ORDERED:
            raised.append((change, "cart_updated" if items else "cart_emptied"))
    return Cart(tuple(items.values()), _total(items.values()), tuple(raised))


def _apply(items: dict[str, dict[str, Any]], change: CartChange) -> dict[str, dict[str, Any]]:
    if change.name == ORDERED:
        return {}
    if change.name == SNAPSHOT:
        products = change.properties.get("products")
        lines = (
            [_line(product) for product in products if isinstance(product, Mapping)]
            if isinstance(products, list)
            else []
        )
        return {line["product_id"]: line for line in lines if line["quantity"] > 0}
    line = _line(change.properties)
    product = line["product_id"]
    there = items.get(product, {}).get("quantity", 0)
    left = there + line["quantity"] if change.name == ADDED else there - line["quantity"]
    rest = {id_: item for id_, item in items.items() if id_ != product}
    if left <= 0:
        return rest
    there_said = items.get(product, {})
    said = {key: value for key, value in line.items() if value or key not in there_said}
    return {**rest, product: {**there_said, **said, "quantity": left}}


def _line(product: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "product_id": str(product.get("product_id", "")),
        "title": product.get("name") or product.get("title") or "",
        "price": parse_money(product.get("price")),
        "quantity": parse_quantity(product.get("quantity"), missing=1),
        "url": product.get("url"),
        "image": product.get("image_url"),
    }


def _total(items: Iterable[Mapping[str, Any]]) -> Decimal:
    total = sum((item["price"] * item["quantity"] for item in items), Decimal(0))
    return max(-MAX_AMOUNT, min(total, MAX_AMOUNT))


def parse_quantity(value: Any, missing: int = 0) -> int:
    """A whole number of pieces; `missing` if the value is not valid."""
    try:
        number = Decimal(str(value))
        return int(number) if abs(number) <= MAX_AMOUNT else missing
    except (ArithmeticError, ValueError):
        return missing


def parse_money(value: Any) -> Decimal:
    """An amount with two decimals; 0 if the value is not valid."""
    try:
        amount = Decimal(str(value)).quantize(Decimal("0.01"))
    except (ArithmeticError, ValueError):
        return Decimal("0.00")
    return amount if amount.is_finite() and abs(amount) <= MAX_AMOUNT else Decimal("0.00")


def cart_id(properties: Mapping[str, Any]) -> str:
    """The id of the cart; it is empty in shops with one cart per customer."""
    return str(properties.get("cart_id") or "cart")


def changes_cart(name: str, properties: Mapping[str, Any]) -> bool:
    """Whether the event changes a cart; an order without a cart id changes none."""
    return name in CART_EVENTS and (name != ORDERED or bool(properties.get("cart_id")))


def affected_carts(changes: Sequence[tuple[int, str, Mapping[str, Any]]]) -> set[tuple[int, str]]:
    """The (customer, cart) pairs that these (customer, name, properties) events change."""
    return {(customer, cart_id(props)) for customer, name, props in changes if changes_cart(name, props)}
