"""What is stored of one person: read for an export, and erased.

A customer may be several rows: those that were merged into it. A test compares the tables below with the schema, so
that no new table with customers in it is overlooked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from kaskad.domain.cart import DERIVED_SUFFIX
from kaskad.domain.permission import ORDER_EVENTS
from kaskad.storage.database import Connection
from kaskad.storage.people.addresses import Address
from kaskad.storage.queries import query

Rows = list[dict[str, Any]]
# Each table with the customers' rows, and the order in which an export has them.
EXPORTED: Mapping[str, LiteralString] = {
    "identity": "kind, value",
    "identity_conflict": "at, id",
    "attribute": "customer_id, name",
    "contact": "channel, address",
    "device": "channel, address_key",
    "consent": "at, id",
    "confirmed_address": "channel, address",
    "cart": "cart_id",
    "event": "occurred_at, id",
    "enrollment": "entered_at, id",
    "decision": "at, id",
    "message": "decided_at, id",
    "call_task": "created_at, id",
    "webhook_call": "decided_at, id",
    "past_entry": "journey",
    "segment_member": "journey",
    "shared_touch": "counts_on, message_id",
}
# What is stored by the hash of an address; earlier versions stored it in plain.
ADDRESSES = "unnest(%(channels)s::text[], %(keys)s::text[], %(hashes)s::text[]) AS w(channel, key, hash)"
EXPORTED_BY_HASH: Mapping[str, LiteralString] = {
    "suppression": f"""SELECT to_jsonb(t) AS row FROM {ADDRESSES}
        JOIN suppression t ON t.channel = w.channel AND t.address IN (w.hash, w.key)
       ORDER BY t.channel, t.address, t.journey""",
    "refused_address": f"""SELECT to_jsonb(t) AS row FROM {ADDRESSES}
        JOIN refused_address t ON t.reached_by = w.channel AND t.address IN (w.hash, w.key)
       ORDER BY t.reached_by, t.address, t.purpose, t.channel, t.topic""",
    "address_touch": f"""SELECT to_jsonb(t) AS row FROM {ADDRESSES}
        JOIN address_touch t ON t.channel = w.channel AND t.hash = w.hash AND t.customer_id = ANY(%(customers)s)
       ORDER BY t.at, t.message_id""",
}
# Deleted without a rest. Decisions, messages and their like are emptied: what they count stays counted.
DELETED: Sequence[LiteralString] = (
    "identity",
    "attribute",
    "contact",
    "device",
    "confirmed_address",
    "cart",
    "segment_member",
    "shared_touch",
)


@dataclass(frozen=True, slots=True)
class Owner:
    """An identity, and the customer who has it."""

    kind: str
    value: str
    customer: int


async def list_identities(connection: Connection, customer: int) -> list[Owner]:
    """The identities of this customer, by kind and value."""
    cursor = await connection.execute(
        "SELECT kind, value, customer_id AS customer FROM identity WHERE customer_id = %(id)s ORDER BY kind, value",
        {"id": customer},
    )
    return [Owner(**row) for row in await cursor.fetchall()]


async def list_members(connection: Connection, customer: int) -> list[int]:
    """The rows that are this customer: it, and those that were merged into it."""
    cursor = await connection.execute(
        "SELECT coalesce(members, ARRAY[id]) AS members FROM customer WHERE id = %(id)s", {"id": customer}
    )
    row = await cursor.fetchone()
    return sorted(row["members"]) if row else []


async def export(connection: Connection, customers: Sequence[int]) -> dict[str, Rows]:
    """Every row of these customers, by table; new columns are in it without being named here."""
    found: dict[str, Rows] = {"customer": await _read(connection, "customer", "id", column="id", customers=customers)}
    for table, order in EXPORTED.items():
        found[table] = await _read(connection, table, order, column="customer_id", customers=customers)
    cursor = await connection.execute(
        """SELECT to_jsonb(p) AS row FROM promo_code p JOIN enrollment n ON n.id = p.enrollment_id
            WHERE n.customer_id = ANY(%(customers)s) ORDER BY p.promo, p.code""",
        {"customers": list(customers)},
    )
    found |= {"promo_code": [row["row"] for row in await cursor.fetchall()]}
    cursor = await connection.execute(
        """SELECT to_jsonb(r) AS row FROM promo_redemption r JOIN promo_code p USING (promo, code)
             JOIN enrollment n ON n.id = p.enrollment_id
            WHERE n.customer_id = ANY(%(customers)s) ORDER BY r.promo, r.code""",
        {"customers": list(customers)},
    )
    found |= {"promo_redemption": [row["row"] for row in await cursor.fetchall()]}
    cursor = await connection.execute(query("export_merges"), {"customers": list(customers)})
    return found | {"customer_merge": [row["row"] for row in await cursor.fetchall()]}


async def export_by_hash(
    connection: Connection, table: str, hashes: Mapping[Address, str], *, customers: Sequence[int]
) -> Rows:
    """The rows of the table about these addresses; of what was sent there, only that to these customers."""
    params = {
        "customers": list(customers),
        "channels": [channel for channel, _ in hashes],
        "keys": [key for _, key in hashes],
        "hashes": list(hashes.values()),
    }
    cursor = await connection.execute(EXPORTED_BY_HASH[table], params)
    return [row["row"] for row in await cursor.fetchall()]


async def list_told_traits(connection: Connection, customers: Sequence[int]) -> list[dict[str, Any]]:
    """The traits of each stored profile event of these customers, and of attributes whose event is gone."""
    cursor = await connection.execute(
        """SELECT properties->'traits' AS traits FROM event
            WHERE customer_id = ANY(%(customers)s) AND name = 'identify'
              AND jsonb_typeof(properties->'traits') = 'object'
            UNION SELECT jsonb_build_object(name, value) FROM attribute WHERE customer_id = ANY(%(customers)s)
            ORDER BY 1""",
        {"customers": list(customers)},
    )
    return [row["traits"] for row in await cursor.fetchall()]


async def _read(
    connection: Connection,
    table: LiteralString,
    order: LiteralString,
    *,
    column: LiteralString,
    customers: Sequence[int],
) -> Rows:
    cursor = await connection.execute(
        f"SELECT to_jsonb(t) AS row FROM {table} t WHERE {column} = ANY(%(customers)s) ORDER BY {order}",
        {"customers": list(customers)},
    )
    return [row["row"] for row in await cursor.fetchall()]


async def count_busy(connection: Connection, customers: Sequence[int]) -> int:
    """How many messages and calls of theirs are on their way at this moment. The customers are locked."""
    cursor = await connection.execute(query("count_busy"), {"customers": list(customers)})
    row = await cursor.fetchone()
    return row["busy"] if row else 0


async def erase(connection: Connection, customers: Sequence[int], *, salt: str, now: datetime) -> dict[str, int]:
    """Erases everything that names these customers; returns how many rows that were, by table.

    `salt` is thrown away after it: what it turned ids into matches only within this erasure.
    """
    counts: dict[str, int] = {}
    given = {"customers": list(customers), "salt": salt, "now": now, "suffix": DERIVED_SUFFIX}
    given["kept"] = sorted({*ORDER_EVENTS, *await _goal_events(connection)})
    for table, statement in (
        ("consent", "UPDATE consent SET ip = NULL WHERE customer_id = ANY(%(customers)s) AND ip IS NOT NULL"),
        ("enrollment", query("forget_enrollments")),
        ("decision", "UPDATE decision SET facts = '{}', seen = NULL WHERE enrollment_id = ANY(%(enrollments)s)"),
        ("promo_redemption", query("forget_redemptions")),
        ("message", query("forget_messages")),
        ("webhook_call", query("forget_webhook_calls")),
        ("call_task", "UPDATE call_task SET phone = '', result = NULL WHERE customer_id = ANY(%(customers)s)"),
        ("event", "DELETE FROM event WHERE customer_id = ANY(%(customers)s) AND NOT name = ANY(%(kept)s)"),
        ("counted_event", query("forget_events")),
        ("identity_conflict", query("forget_identity_conflicts")),
        ("customer_merge", query("forget_merges")),
    ):
        if table == "decision":
            given["enrollments"] = await _enrollments(connection, customers)
        counts[table] = (await connection.execute(statement, given)).rowcount
    for table in DELETED:
        sql = f"DELETE FROM {table} WHERE customer_id = ANY(%(customers)s)"
        counts[table] = (await connection.execute(sql, given)).rowcount
    await connection.execute(
        """UPDATE customer SET attributes = '{}', locale = NULL, time_zone = NULL, forgotten_at = %(now)s
            WHERE id = ANY(%(customers)s)""",
        given,
    )
    return counts


async def _goal_events(connection: Connection) -> list[str]:
    """The events that are the goal of a version: reports look for them as long as the version is kept."""
    cursor = await connection.execute(
        """SELECT DISTINCT document->'journey'->'goal'->>'when' AS name FROM journey_version
            WHERE document->'journey'->'goal'->>'when' <> '' ORDER BY 1"""
    )
    return [row["name"] for row in await cursor.fetchall()]


async def _enrollments(connection: Connection, customers: Sequence[int]) -> list[int]:
    cursor = await connection.execute(
        "SELECT id FROM enrollment WHERE customer_id = ANY(%(customers)s)", {"customers": list(customers)}
    )
    return [row["id"] for row in await cursor.fetchall()]


async def record(connection: Connection, customer: int, counts: Mapping[str, int], *, by: str, now: datetime) -> None:
    """Writes down that the customer was forgotten."""
    await connection.execute(
        "INSERT INTO erasure (customer_id, at, by, counts) VALUES (%(customer)s, %(now)s, %(by)s, %(counts)s)",
        {"customer": customer, "now": now, "by": by, "counts": Jsonb(dict(counts))},
    )
