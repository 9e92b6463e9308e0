"""The last orders of a customer, in short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaskad.domain.cart_lines import read_amount
from kaskad.domain.journeys.project import ShopInfo
from kaskad.domain.permission import ORDER_EVENTS
from kaskad.domain.values.plain import Amount, plain
from kaskad.services.explaining.event_texts import name_place
from kaskad.storage.database import Connection
from kaskad.storage.reading import people
from kaskad.storage.reading.people import FoundPerson

MAX_ORDERS = 10
PREFIX, CHANGED = "order_", ("order_status_changed", "order_updated")


@dataclass(frozen=True, slots=True)
class OrderShown:
    """An order. `state` is the last word about it: completed, delivered, cancelled, returned, or the shop's own status.

    `total` is null if nobody told it readably. `items`: how many lines it has; null if they were not told.
    """

    order_id: str | None
    at: datetime
    place: str
    total: Amount | None
    currency: str
    items: int | None
    state: str


async def load_orders(
    connection: Connection, person: FoundPerson, at: datetime, *, shop: ShopInfo, limit: int = MAX_ORDERS
) -> list[OrderShown]:
    """Returns the last orders until then, the newest first; each once, whichever sources told it."""
    rows = await people.load_orders(connection, person, at, names=ORDER_EVENTS, limit=limit)
    return [_order(row, shop) for row in rows]


def _order(row: Mapping[str, Any], shop: ShopInfo) -> OrderShown:
    said, products = row["properties"], row["properties"].get("products")
    amount = (
        None if "total" in (row["spoiled"] or ()) else read_amount(_total(said), said.get("currency"), shop.currency)
    )
    return OrderShown(
        order_id=str(said["order_id"]) if said.get("order_id") else None,
        at=row["occurred_at"],
        place=name_place(row),
        total=plain(amount.amount) if amount else None,
        currency=amount.currency if amount else shop.currency,
        items=len(products) if isinstance(products, list) else None,
        state=_state(row),
    )


def _total(said: Mapping[str, Any]) -> Any:
    return said.get("total") if said.get("total") is not None else said.get("revenue")


def _state(row: Mapping[str, Any]) -> str:
    if row["name"] in CHANGED:
        return str(row["status"] or "changed")
    return str(row["name"] or "order_completed").removeprefix(PREFIX)
