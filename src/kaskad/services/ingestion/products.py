"""Product data from events: attributes, and the stock of each store.

Each value has the time of its event, so that a late report of one store does not undo a newer one of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from kaskad.domain import cart
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import event_store
from kaskad.storage.ingestion.event_store import SYSTEM_CUSTOMER_ID, StoredEvent

# Data of a product in these are in the viewer's language and of the viewer's time: used until better data come.
UNRELIABLE_EVENTS = ("product_viewed", "product_added")
ATTRIBUTES, STOCK = "attributes", "stock"
Value = tuple[str, str, Any]  # attributes or stock, the key, the value
ProductState = tuple[int | None, Decimal | None]  # pieces, price


async def update_products(
    connection: Connection, stored: Sequence[StoredEvent], source: str, *, low: AbstractSet[int] = frozenset()
) -> list[StoredEvent]:
    """Writes only what is new: all share these rows. Returns the events that follow.

    These are `back_in_stock`, `price_drop`, and `low_stock` if the stock fell to one of the numbers `low`.
    """
    product_values = [(event, id_, value) for event in sorted(stored, key=_order) for id_, value in _read_values(event)]
    if not product_values:
        return []
    sure = {id_ for event, id_, _ in product_values if event.name not in UNRELIABLE_EVENTS}
    known = await event_store.load_products(connection, {id_ for _, id_, _ in product_values}, lock=sorted(sure))
    news: dict[str, dict[str, Any]] = {}
    raised = []
    for event, id_, value in product_values:
        before = known.setdefault(id_, {ATTRIBUTES: {}, STOCK: {}, "told_at": {}})
        if not _is_new(before, event, value):
            continue
        part, key, _ = value
        was = _state(before)
        at = {} if event.name in UNRELIABLE_EVENTS else {f"{part}.{key}": _stamp(event.occurred_at)}
        row = news.setdefault(id_, {"id": id_, ATTRIBUTES: {}, STOCK: {}, "told_at": {}})
        for product in (before, row):
            product[part] |= {key: value[2]}
            product["told_at"] |= at
        raised += [
            _raised_event(event, id_, source, name=name, said=said)
            for name, said in _product_events(was, _state(before), low)
        ]
    await write_rows(connection, "write_products", [news[id_] for id_ in sorted(news)])
    return await event_store.insert_events(connection, raised)


def _order(event: StoredEvent) -> tuple[datetime, str]:
    return event.occurred_at, event.message_id


def _stamp(at: datetime) -> str:
    """Returns a text that sorts as the time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _is_new(known: Mapping[str, Any], event: StoredEvent, value: Value) -> bool:
    part, key, new_value = value
    if event.name in UNRELIABLE_EVENTS:
        return key not in known[part]
    told_at = known["told_at"].get(f"{part}.{key}", "")
    return bool(
        told_at < _stamp(event.occurred_at) or (told_at == _stamp(event.occurred_at) and known[part][key] != new_value)
    )


def _read_values(event: StoredEvent) -> Iterator[tuple[str, Value]]:
    """Yields the values in an event, by product."""
    said = event.properties
    id_ = str(said.get("product_id") or "")
    if not id_:
        return
    if event.name == "product_stock_changed":
        yield id_, (STOCK, str(said.get("store") or "online"), cart.parse_quantity(said.get("stock")))
    elif event.name in (*UNRELIABLE_EVENTS, "product_updated"):
        for key, value in _attributes(id_, said).items():
            if value is not None:
                yield id_, (ATTRIBUTES, key, value)


def _attributes(id_: str, said: Mapping[str, Any]) -> dict[str, Any]:
    titles = {key: value for key, value in said.items() if key.startswith("title_")}
    return titles | {
        "id": id_,
        "title": said.get("name") or said.get("title"),
        "price": str(cart.parse_money(said["price"])) if said.get("price") is not None else None,
        "category": said.get("category"),
        "similar": said.get("similar"),
        "refill_days": said.get("refill_days"),
        "url": said.get("url"),
        "image": said.get("image_url"),
    }


def _state(known: Mapping[str, Any]) -> ProductState:
    """Returns the pieces in all stores and the price; None if no reliable event has reported it."""
    stock = sum(known[STOCK].values()) if known[STOCK] else None
    price = known[ATTRIBUTES].get("price") if f"{ATTRIBUTES}.price" in known["told_at"] else None
    return stock, Decimal(price) if price is not None else None


def _product_events(
    was: ProductState, now: ProductState, low: AbstractSet[int]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields what happened to the product, as events of the journey language. A first value is no change."""
    (old_stock, old_price), (stock, price) = was, now
    if old_stock is not None and stock is not None:
        if old_stock <= 0 < stock:
            yield "back_in_stock", {"stock": stock}
        if any(0 < stock <= few < old_stock for few in low):
            yield "low_stock", {"stock": stock, "old_stock": old_stock}
    if old_price is not None and price is not None and 0 < price < old_price:  # an unreadable price is stored as 0
        yield "price_drop", {"price": str(price), "old_price": str(old_price)}


def _raised_event(
    event: StoredEvent, product: str, source: str, *, name: str, said: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "message_id": f"{event.message_id}#{name}",
        "customer_id": SYSTEM_CUSTOMER_ID,
        "name": name,
        "source": source,
        "occurred_at": event.occurred_at,
        "received_at": event.occurred_at,
        "properties": {"product_id": product, **said},
    }
