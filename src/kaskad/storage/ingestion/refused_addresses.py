"""Withdrawals by address: locks the addresses, and finds the customers who have them now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection
from kaskad.storage.queries import query

ADDRESS_LOCK = 0x61646472657373  # "address"


async def _lock(connection: Connection, *, alone: bool) -> None:
    """Locks until commit: with `alone` nobody else writes contacts; else nobody withdraws by an address.

    Taken before any customer is locked and after the files: a process that waits for it has locked no customer.
    """
    shared = "" if alone else "_shared"
    await connection.execute(f"SELECT pg_advisory_xact_lock{shared}(%(lock)s)", {"lock": ADDRESS_LOCK})


async def lock_holders(
    connection: Connection, addresses: Iterable[tuple[str, str]], *, contacts: bool = False
) -> list[int]:
    """Returns the customers who have one of these addresses, by channel and `address_key`; nobody else gets one.

    `contacts`: addresses may be written, so an opt-out has to wait for that. The lock comes first: what is committed
    by then is seen by the statement that follows.
    """
    wanted = sorted(set(addresses))
    if wanted or contacts:
        await _lock(connection, alone=bool(wanted))
    return await _find_holders(connection, wanted) if wanted else []


async def _find_holders(connection: Connection, wanted: Sequence[tuple[str, str]]) -> list[int]:
    cursor = await connection.execute(
        """SELECT DISTINCT k.customer_id FROM unnest(%(channels)s::text[], %(addresses)s::text[]) AS w(channel, address)
             JOIN contact k ON k.channel = w.channel AND k.address_key = w.address
            WHERE k.state <> 'removed'""",
        {"channels": [channel for channel, _ in wanted], "addresses": [address for _, address in wanted]},
    )
    return [row["customer_id"] for row in await cursor.fetchall()]


async def store(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stores withdrawals by address; returns those of the customers who have these addresses now."""
    if not rows:
        return []
    cursor = await connection.execute(query("withdraw_of_addresses"), {"rows": Jsonb(list(rows))})
    return await cursor.fetchall()
