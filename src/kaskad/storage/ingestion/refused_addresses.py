"""Withdrawals by address: stored for whoever has the address, now or later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.people.addresses import Address
from kaskad.storage.queries import query


async def store(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stores withdrawals by address; returns those of the customers who have these addresses now. All are locked."""
    if not rows:
        return []
    cursor = await connection.execute(query("withdraw_of_addresses"), {"rows": Jsonb(list(rows))})
    return await cursor.fetchall()


async def anonymize(connection: Connection, customers: Sequence[int], hashes: Sequence[Address]) -> None:
    """Withdrawals of these customers by these addresses (channel and hash) no longer name the event of their ledger."""
    params = {
        "customers": list(customers),
        "channels": [channel for channel, _ in hashes],
        "hashes": [hash_ for _, hash_ in hashes],
    }
    await connection.execute(query("anonymize_refusals"), params)


async def inherit(connection: Connection, contacts: Sequence[Mapping[str, Any]]) -> None:
    """Withdraws for customers who have just got these addresses what was withdrawn by them before. All are locked."""
    await write_rows(connection, "inherit_refusals", contacts)


async def lift_unsubscribed(connection: Connection, address: Address, at: datetime) -> None:
    """Lifts what was unsubscribed at the address before a grant that the address itself confirmed, at that time.

    The address is locked, and so is whoever has it. Their consents stay as they are: the grant is one of them.
    """
    channel, key = address
    await connection.execute(query("lift_unsubscribed"), {"channel": channel, "key": key, "at": at})
