"""Product data from events: attributes, and the stock of each store.

Each value has the time of its event, so that a late report of one store does not undo a newer one of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from kaskad.domain.cart_lines import read_amount
from kaskad.domain.values.amounts import Money, read_number, to_json
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import event_store
from kaskad.storage.ingestion.event_store import SYSTEM_CUSTOMER_ID, StoredEvent

# Data of a product in these are in the viewer's language and of the viewer's time: used until better data come.
UNRELIABLE_EVENTS = ("product_viewed", "product_added")
ATTRIBUTES, STOCK = "attributes", "stock"
Value = tuple[str, str, Any]  # attributes or stock, the key, the value; of the price: Money
ProductState = tuple[Decimal | None, Money | None]  # pieces, price


async def update_products(
    connection: Connection,
    stored: Sequence[StoredEvent],
    source: str,
    *,
    shop: str,
    low: AbstractSet[int] = frozenset(),
) -> list[StoredEvent]:
    """Writes only what is new: all share these rows. Returns the events that follow.

    These are `back_in_stock`, `price_drop`, and `low_stock` if the stock fell to one of the numbers `low`. `shop` is
    the shop's currency.
    """
    product_values = [
        (event, id_, value) for event in sorted(stored, key=_order) for id_, value in _read_values(event, shop)
    ]
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
        part, key, new = value
        was = _state(before, shop)
        at = {} if event.name in UNRELIABLE_EVENTS else {f"{part}.{key}": _stamp(event.occurred_at)}
        row = news.setdefault(id_, {"id": id_, ATTRIBUTES: {}, STOCK: {}, "told_at": {}})
        for product in (before, row):
            product[part] |= _stored(key, new, before, shop=shop)
            product["told_at"] |= at
        raised += [
            _raised_event(event, id_, source, name=name, said=said)
            for name, said in _product_events(was, _state(before, shop), low, shop=shop)
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
        told_at < _stamp(event.occurred_at)
        or (told_at == _stamp(event.occurred_at) and not _is_known(known[part], key, new_value))
    )


def _is_known(known: Mapping[str, Any], key: str, value: Any) -> bool:
    return bool(known[key] == (str(value.amount) if isinstance(value, Money) else value))


def _stored(key: str, value: Any, known: Mapping[str, Any], *, shop: str) -> dict[str, Any]:
    """Returns what to store: beside a price its currency, if that is not the shop's or was another one before."""
    if not isinstance(value, Money):
        return {key: value}
    beside = {} if value.currency == shop and "currency" not in known[ATTRIBUTES] else {"currency": value.currency}
    return {key: str(value.amount), **beside}


def _read_values(event: StoredEvent, shop: str) -> Iterator[tuple[str, Value]]:
    """Yields the values in an event, by product; what cannot be read changes nothing."""
    said = event.properties
    id_ = str(said.get("product_id") or "")
    if not id_:
        return
    if event.name == "product_stock_changed":
        stock = read_number(said.get("stock"))
        if stock is not None:
            yield id_, (STOCK, str(said.get("store") or "online"), to_json(stock))
    elif event.name in (*UNRELIABLE_EVENTS, "product_updated"):
        for key, value in _attributes(id_, said, shop).items():
            if value is not None:
                yield id_, (ATTRIBUTES, key, value)


def _attributes(id_: str, said: Mapping[str, Any], shop: str) -> dict[str, Any]:
    titles = {key: value for key, value in said.items() if key.startswith("title_")}
    return titles | {
        "id": id_,
        "title": said.get("name") or said.get("title"),
        "price": read_amount(said.get("price"), said.get("currency"), shop),
        "category": said.get("category"),
        "similar": said.get("similar"),
        "refill_days": said.get("refill_days"),
        "url": said.get("url"),
        "image": said.get("image_url"),
    }


def _state(known: Mapping[str, Any], shop: str) -> ProductState:
    """Returns the pieces in all stores and the price; None if no reliable event has reported it."""
    said = known[ATTRIBUTES]
    stock = sum((Decimal(str(units)) for units in known[STOCK].values()), Decimal(0)) if known[STOCK] else None
    price = said.get("price") if f"{ATTRIBUTES}.price" in known["told_at"] else None
    return stock, Money(Decimal(price), said.get("currency") or shop) if price is not None else None


def _product_events(
    was: ProductState, now: ProductState, low: AbstractSet[int], *, shop: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields what happened to the product, as events of the journey language. A first value is no change."""
    (old_stock, old_price), (stock, price) = was, now
    if old_stock is not None and stock is not None:
        if old_stock <= 0 < stock:
            yield "back_in_stock", {"stock": to_json(stock)}
        if any(0 < stock <= few < old_stock for few in low):
            yield "low_stock", {"stock": to_json(stock), "old_stock": to_json(old_stock)}
    if old_price and price and old_price.currency == price.currency and 0 < price.amount < old_price.amount:
        beside = {} if price.currency == shop else {"currency": price.currency}
        yield "price_drop", {"price": str(price.amount), "old_price": str(old_price.amount), **beside}


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
