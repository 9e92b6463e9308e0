"""The event store, and the data derived from it: carts, profiles, products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.cart import CART_EVENTS, ORDERED, AffectedCarts, CartChange, cart_id
from kaskad.storage.database import Connection
from kaskad.storage.people import merges
from kaskad.storage.queries import query

SYSTEM_CUSTOMER_ID = 0  # the customer of events without one: a product came back in stock
SOURCE_SEEN_INTERVAL = timedelta(seconds=10)
CartKey = tuple[int, str]  # customer, cart
SourcedChange = tuple[CartChange, str, datetime]  # the change, its source, and when it was received


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event that is new in the store."""

    id: int
    message_id: str
    customer: int
    name: str
    occurred_at: datetime
    properties: Mapping[str, Any]
    spoiled: tuple[str, ...] = ()  # names of properties that could not be read: they are unknown, not absent


async def insert_events(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[StoredEvent]:
    """The new ones of the rows, in the given order; events that were stored before stay unchanged.

    A source's message id counts once, for as long as the policy keeps repeats (two weeks by default):
    an event that is sent again later counts as new.
    """
    return await _insert(connection, "insert_events", rows)


async def find_lost_refusals(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The message ids of those of these withdrawals that repeat no event, although an event has their id."""
    cursor = await connection.execute(query("lost_refusals"), {"rows": Jsonb(list(rows))})
    return [row["message_id"] for row in await cursor.fetchall()]


async def insert_derived_events(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[StoredEvent]:
    """Of the events that cart changes raised: those that are new, or renamed because an earlier change came late.

    The event store itself shows which exist: the customers must be locked before, in an earlier statement.
    """
    return await _insert(connection, "derive_events", rows)


async def _insert(connection: Connection, statement: str, rows: Sequence[Mapping[str, Any]]) -> list[StoredEvent]:
    if not rows:
        return []
    unique = {(row["source"], row["message_id"]): row for row in reversed(rows)}
    cursor = await connection.execute(query(statement), {"rows": Jsonb(list(unique.values()))})
    ids = {(row["source"], row["message_id"]): row["id"] for row in await cursor.fetchall()}
    return [_stored(ids[key], row) for key, row in reversed(unique.items()) if key in ids]


def _stored(id_: int, row: Mapping[str, Any]) -> StoredEvent:
    return StoredEvent(
        id=id_,
        message_id=row["message_id"],
        customer=row["customer_id"],
        name=row["name"],
        occurred_at=row["occurred_at"],
        properties=row["properties"],
        spoiled=tuple(row.get("spoiled") or ()),
    )


async def load_cart_changes(connection: Connection, affected: AffectedCarts) -> dict[CartKey, list[SourcedChange]]:
    """Every change of each (customer, cart), orders of the customer too, with its source and when it was received."""
    pairs = sorted(affected.carts)
    cursor = await connection.execute(
        query("cart_changes"),
        {
            "customers": sorted({customer for customer, _ in pairs} | affected.customers),
            "buyers": sorted(affected.customers),
            "owners": [customer for customer, _ in pairs],
            "carts": [cart for _, cart in pairs],
            "names": list(CART_EVENTS),
        },
    )
    found: dict[CartKey, list[SourcedChange]] = {pair: [] for pair in pairs}
    orders: dict[int, list[SourcedChange]] = defaultdict(list)
    rows = await cursor.fetchall()
    joined = await merges.load_merges(connection, {member for row in rows for member in row["members"] or ()})
    for row in rows:
        spoiled = tuple(row.get("spoiled") or ())
        change = CartChange(row["message_id"], row["name"], row["occurred_at"], row["properties"], spoiled)
        if row["members"]:
            knows = (
                member for member in row["members"] if merges.was_part(joined, member, row["origin"], event=row["id"])
            )
            change = replace(change, origin=row["origin"], knows=frozenset(knows))
        told = (change, row["source"], row["received_at"])
        if change.name == ORDERED:
            orders[row["customer_id"]].append(told)
        else:
            found.setdefault((row["customer_id"], cart_id(change.properties)), []).append(told)
    return {(customer, cart): [*changes, *orders[customer]] for (customer, cart), changes in found.items()}


async def find_repeated_orders(connection: Connection, orders: Iterable[StoredEvent]) -> frozenset[int]:
    """The ids of those of these orders that were told before, by this source or another one."""
    rows = [
        {"id": event.id, "customer_id": event.customer, "order_id": str(event.properties["order_id"])}
        for event in orders
        if event.properties.get("order_id")
    ]
    if not rows:
        return frozenset()
    cursor = await connection.execute(query("repeated_orders"), {"rows": Jsonb(rows)})
    return frozenset(row["id"] for row in await cursor.fetchall())


async def record_source_seen(connection: Connection, source: str, now: datetime) -> None:
    """Stores that the source sent something; only if the last stored time is old enough to matter."""
    cursor = await connection.execute("SELECT last_heard FROM source WHERE name = %(name)s", {"name": source})
    row = await cursor.fetchone()
    if row is None or row["last_heard"] < now - SOURCE_SEEN_INTERVAL:
        await connection.execute(query("record_source_seen"), {"name": source, "now": now})


async def load_products(
    connection: Connection, ids: Iterable[str], *, lock: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """The `attributes`, `stock` and `told_at` of these products. Those in `lock` are locked until commit."""
    if lock:
        sql = "SELECT id FROM product WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"
        await connection.execute(sql, {"ids": sorted(lock)})
    cursor = await connection.execute(
        "SELECT id, attributes, stock, told_at FROM product WHERE id = ANY(%(ids)s)", {"ids": sorted(set(ids))}
    )
    return {row["id"]: row for row in await cursor.fetchall()}
