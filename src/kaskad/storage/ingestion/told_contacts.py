"""The contacts of customers, as events tell them, and which source told each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class ToldContact:
    """A contact with the source of the last word about it; None if that is not known any more."""

    address_key: str | None
    state: str
    source: str | None


async def load_told_contacts(connection: Connection, customers: Iterable[int]) -> dict[tuple[int, str], ToldContact]:
    """The mailboxes and numbers of these customers, by customer and channel."""
    cursor = await connection.execute(query("told_contacts"), {"customers": sorted(set(customers))})
    return {
        (row["customer_id"], row["channel"]): ToldContact(row["address_key"], row["state"], row["source"])
        for row in await cursor.fetchall()
    }


async def write(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Writes the contacts that events tell. Returns those whose addresses are new to their customers."""
    if not rows:
        return []
    cursor = await connection.execute(query("write_contacts"), {"rows": Jsonb(list(rows))})
    return await cursor.fetchall()
