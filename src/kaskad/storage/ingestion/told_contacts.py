"""The contacts of customers, and which source told each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
