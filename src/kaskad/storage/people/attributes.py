"""Attributes of customers: one row for each customer and name, and the profile that is derived from the rows.

The latest word by (at, message id, source) stands, in whatever order the words arrive; one that takes an attribute back
is kept as null. A profile is derived from the rows of all members of a customer, so a merge moves none of them.

A customer of an earlier version has no rows: they come from its events and its profile when something is written of it
first, and again when a process of that version has written the profile meanwhile (`customer.profile_version` is null).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from psycopg.types.json import Jsonb

from kaskad.domain.events import IDENTIFY
from kaskad.storage.database import Connection
from kaskad.storage.ingestion.event_store import SYSTEM_CUSTOMER_ID, StoredEvent
from kaskad.storage.queries import query


class AttributeWords(TypedDict):
    """What one event or one line of an import says of a customer; a value of None takes the attribute back."""

    customer_id: int
    values: Mapping[str, Any]
    at: datetime
    message_id: str
    source: str | None


async def write_told(connection: Connection, stored: Iterable[StoredEvent], source: str) -> set[int]:
    """Stores what these new events of one source say of attributes. Returns the customers whose profile changed."""
    return await write(
        connection,
        [
            AttributeWords(
                customer_id=event.customer,
                values=event.properties.get("traits") or {},
                at=event.occurred_at,
                message_id=event.message_id,
                source=source,
            )
            for event in stored
            if event.name == IDENTIFY and event.customer != SYSTEM_CUSTOMER_ID
        ],
    )


async def write(connection: Connection, rows: Sequence[AttributeWords]) -> set[int]:
    """Stores what was told. Returns the customers whose profile changed: of those who were merged, the ones that stand.

    They must be locked before, in an earlier statement.
    """
    latest = _latest([row for row in rows if row["values"]])
    if not latest:
        return set()
    params = {"rows": Jsonb(latest), "customers": sorted({row["customer_id"] for row in latest})}
    cursor = await connection.execute(query("write_attributes"), params)
    found = await cursor.fetchall()
    derived = {row["id"] for row in found if row["derives"]}
    changed = {row["id"] for row in found} - derived
    return changed | await derive(connection, derived) if derived else changed


def _latest(rows: Sequence[AttributeWords]) -> Sequence[AttributeWords]:
    """Returns the rows with each attribute of a customer once: in the latest word about it."""
    if len({row["customer_id"] for row in rows}) == len(rows):  # mostly
        return rows
    latest: dict[tuple[int, str], AttributeWords] = {}
    for row in sorted(rows, key=lambda row: (row["at"], row["message_id"], row["source"] or "")):
        latest |= dict.fromkeys(((row["customer_id"], name) for name in row["values"]), row)
    said: dict[int, AttributeWords] = {}
    for (_, name), row in latest.items():
        kept = said.setdefault(id(row), AttributeWords(**{**row, "values": {}}))
        kept["values"] = {**kept["values"], name: row["values"][name]}
    return list(said.values())


async def derive(connection: Connection, customers: Iterable[int]) -> set[int]:
    """Derives the profiles of these customers from what is stored. Returns whose profile changed.

    Whoever changes `members` or `merged_into` calls it afterwards, for everybody whose row stands then. They must be
    locked before, in an earlier statement.
    """
    params = {"customers": sorted(set(customers))}
    found = await _derive(connection, params)
    if unread := sorted({member for row in found for member in row["unread"]}):  # only once for a customer
        await connection.execute(query("read_attributes"), {"customers": unread})
        found += await _derive(connection, params)
    return {row["id"] for row in found if row["changed"]}


async def part(connection: Connection, customers: Iterable[int]) -> set[int]:
    """Gives customers who were one person until now their own words again. Returns whose profile changed.

    Their events and identities have been given back before, and they are locked. What was said while they were one
    person goes with its event; where the event is gone, it stays with the row that stood.
    """
    params = {"customers": sorted(set(customers))}
    await connection.execute(query("part_attributes"), params)
    return await derive(connection, params["customers"])


async def _derive(connection: Connection, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    cursor = await connection.execute(query("derive_profiles"), params)
    return await cursor.fetchall()


async def load_time_zones(connection: Connection, customers: Sequence[int]) -> dict[int, str | None]:
    """The time zone of each customer's profile; None if it is not known."""
    cursor = await connection.execute(
        "SELECT id, time_zone FROM customer WHERE id = ANY(%(ids)s) ORDER BY id", {"ids": sorted(set(customers))}
    )
    return {row["id"]: row["time_zone"] for row in await cursor.fetchall()}
