"""What events tell of products: what they are, and how many there are in each store.

Each value carries when it was told, so that a late report of one store does not undo a newer one of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kaskad.domain import cart
from kaskad.storage import ledger
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write
from kaskad.storage.ledger import NOBODY, Stored

# What these say of a product is in the viewer's language and of the viewer's moment: good enough until it is told.
HEARSAY = ("product_viewed", "product_added")
ATTRIBUTES, STOCK = "attributes", "stock"
Value = tuple[str, str, Any]  # attributes or stock, the key, the value


async def update(connection: Connection, stored: Sequence[Stored], source: str) -> list[Stored]:
    """Writes what is new and nothing else: products are shared by all. Returns what that raised: back_in_stock."""
    told = [(event, id_, value) for event in sorted(stored, key=_order) for id_, value in _told(event)]
    if not told:
        return []
    sure = {id_ for event, id_, _ in told if event.name not in HEARSAY}
    known = await ledger.products(connection, {id_ for _, id_, _ in told}, lock=sorted(sure))
    news: dict[str, dict[str, Any]] = {}
    raised = []
    for event, id_, value in told:
        before = known.setdefault(id_, {ATTRIBUTES: {}, STOCK: {}, "told_at": {}})
        if not _is_new(before, event, value):
            continue
        part, key, _ = value
        was_sold_out = bool(before[STOCK]) and sum(before[STOCK].values()) <= 0
        at = {} if event.name in HEARSAY else {f"{part}.{key}": _stamp(event.occurred_at)}
        row = news.setdefault(id_, {"id": id_, ATTRIBUTES: {}, STOCK: {}, "told_at": {}})
        for one in (before, row):
            one[part] |= {key: value[2]}
            one["told_at"] |= at
        if was_sold_out and sum(before[STOCK].values()) > 0:
            raised.append(_back_in_stock(event, id_, source))
    await write(connection, "write_products", [news[id_] for id_ in sorted(news)])
    return await ledger.insert(connection, raised)


def _order(event: Stored) -> tuple[datetime, str]:
    return event.occurred_at, event.message_id


def _stamp(at: datetime) -> str:
    """A text that sorts as the time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _is_new(known: Mapping[str, Any], event: Stored, value: Value) -> bool:
    part, key, what = value
    if event.name in HEARSAY:
        return key not in known[part]
    told_at = known["told_at"].get(f"{part}.{key}", "")
    return bool(
        told_at < _stamp(event.occurred_at) or (told_at == _stamp(event.occurred_at) and known[part][key] != what)
    )


def _told(event: Stored) -> Iterator[tuple[str, Value]]:
    """The values that an event tells, by product."""
    said = event.properties
    id_ = str(said.get("product_id") or "")
    if not id_:
        return
    if event.name == "product_stock_changed":
        yield id_, (STOCK, str(said.get("store") or "online"), cart.units(said.get("stock")))
    elif event.name in (*HEARSAY, "product_updated"):
        for key, value in _attributes(id_, said).items():
            if value is not None:
                yield id_, (ATTRIBUTES, key, value)


def _attributes(id_: str, said: Mapping[str, Any]) -> dict[str, Any]:
    titles = {key: value for key, value in said.items() if key.startswith("title_")}
    return titles | {
        "id": id_,
        "title": said.get("name") or said.get("title"),
        "price": str(cart.money(said["price"])) if said.get("price") is not None else None,
        "category": said.get("category"),
        "url": said.get("url"),
        "image": said.get("image_url"),
    }


def _back_in_stock(event: Stored, product: str, source: str) -> dict[str, Any]:
    return {
        "message_id": f"{event.message_id}#stock",
        "customer_id": NOBODY,
        "name": "back_in_stock",
        "source": source,
        "occurred_at": event.occurred_at,
        "received_at": event.occurred_at,
        "properties": {"product_id": product},
    }
