"""Identities of customers: who has them, giving them to customers, and what was not believed of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.identities.people import Conflict, Move, Tie
from kaskad.domain.identities.rules import DEVICE_KINDS, Identity
from kaskad.storage.arrays import array
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

Rows = list[dict[str, Any]]


class IdentityRace(Exception):
    """Another transaction just created the same customer, or forgot it: roll back and try again."""


async def load_owners(connection: Connection, identities: Iterable[Identity]) -> Rows:
    """A row for each identity that somebody has: its customer, and who said so."""
    return await (await connection.execute(query("load_identity_owners"), _params(identities))).fetchall()


async def load_since(connection: Connection, identities: Iterable[Identity]) -> dict[Identity, datetime | None]:
    """Since when each of these identities is its customer's, as far as that is known."""
    cursor = await connection.execute(
        """SELECT i.kind, i.value, i.since FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS w(kind, value)
             JOIN identity i USING (kind, value) WHERE i.since IS NOT NULL ORDER BY i.kind, i.value""",
        _params(identities),
    )
    return {(row["kind"], row["value"]): row["since"] for row in await cursor.fetchall()}


def _params(identities: Iterable[Identity]) -> dict[str, list[str]]:
    wanted = sorted(set(identities))
    return {"kinds": [kind for kind, _ in wanted], "values": [value for _, value in wanted]}


async def load_persons(connection: Connection, customers: Iterable[int]) -> Rows:
    """A row for each of these customers: user id, whether it has a contact, identities of each kind, and devices."""
    given = {"ids": array(sorted(set(customers))), "devices": sorted(DEVICE_KINDS)}
    return await (await connection.execute(query("load_identity_counts"), given)).fetchall()


async def create(connection: Connection, count: int, now: datetime) -> list[int]:
    """The ids of that many new customers, in order."""
    if not count:
        return []
    cursor = await connection.execute(
        "INSERT INTO customer (created_at) SELECT %(now)s FROM generate_series(1, %(count)s) RETURNING id",
        {"now": now, "count": count},
    )
    return sorted(row["id"] for row in await cursor.fetchall())


async def attach(connection: Connection, fresh: Mapping[Identity, tuple[int, Tie]]) -> None:
    """Stores new identities. Raises IdentityRace if somebody else stored one of them at the same moment."""
    if not fresh:
        return
    rows = sorted((kind, value, customer, tie.source, tie.since) for (kind, value), (customer, tie) in fresh.items())
    columns = (list(column) for column in zip(*rows, strict=True))
    given = dict(zip(("kinds", "values", "customers", "sources", "since"), columns, strict=True))
    cursor = await connection.execute(query("attach_identities"), given)
    if cursor.rowcount < len(rows):
        raise IdentityRace


async def move(connection: Connection, moves: Iterable[Move], confirmed: Mapping[Identity, str]) -> None:
    """Gives identities to other customers, the last word for each; and another source to those that it confirms."""
    words: dict[Identity, dict[str, Any]] = {identity: {"source": source} for identity, source in confirmed.items()}
    for said in moves:
        words[said.identity] = {"customer_id": said.customer, "source": said.source, "since": said.at.isoformat()}
    if words:
        rows = [{"kind": kind, "value": value, **words[kind, value]} for kind, value in sorted(words)]
        await connection.execute(query("move_identities"), {"rows": Jsonb(rows)})


async def drop(connection: Connection, identities: Iterable[Identity], customers: Iterable[int]) -> None:
    """Takes identities away from these customers; whose they are by now, if it is somebody else, they stay."""
    if not (named := _params(identities))["kinds"]:
        return
    await connection.execute(
        """DELETE FROM identity i USING unnest(%(kinds)s::text[], %(values)s::text[]) AS w(kind, value)
            WHERE i.kind = w.kind AND i.value = w.value AND i.customer_id = ANY(%(customers)s)""",
        named | {"customers": array(sorted(set(customers)))},
    )


async def note_conflicts(connection: Connection, conflicts: Iterable[Conflict]) -> set[tuple[str, Identity, str]]:
    """Stores what was not believed. Returns what is new of it: the event's id, the identity and the reason."""
    rows = [
        {
            "by_kind": said.by[0],
            "by_value": said.by[1],
            "kind": said.identity[0],
            "value": said.identity[1],
            "reason": said.reason,
            "customer_id": said.customer,
            "other_id": said.other,
            "source": said.source,
            "message_id": said.message_id,
            "at": said.at.isoformat(),
        }
        for said in conflicts
    ]
    if not rows:
        return set()
    cursor = await connection.execute(query("note_identity_conflicts"), {"rows": Jsonb(rows)})
    return {(row["message_id"], (row["kind"], row["value"]), row["reason"]) for row in await cursor.fetchall()}


async def list_identities(connection: Connection, customer: int) -> Rows:
    """The identities of a customer, as they are stored, by kind and value."""
    cursor = await connection.execute(
        "SELECT kind, value, source, since FROM identity WHERE customer_id = %(customer)s ORDER BY kind, value",
        {"customer": customer},
    )
    return await cursor.fetchall()


async def list_conflicts(connection: Connection, customer: int | None, *, limit: int) -> Rows:
    """The newest conflicts, of all or of one customer; `joined`: the two are one person by now."""
    given = {"customer": customer, "limit": limit}
    return await (await connection.execute(query("list_identity_conflicts"), given)).fetchall()


async def delete_conflicts_before(connection: Connection, before: datetime) -> int:
    """Deletes conflicts that were noted before; returns how many. What is said again is noted again."""
    cursor = await connection.execute("DELETE FROM identity_conflict WHERE at < %(before)s", {"before": before})
    return cursor.rowcount
