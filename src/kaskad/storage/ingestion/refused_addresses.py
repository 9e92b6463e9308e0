"""Withdrawals by address: locks the addresses, and finds the customers who have them now."""

from __future__ import annotations

from collections.abc import Iterable

from kaskad.storage.database import Connection

ADDRESS_LOCK = 0x61646472657373  # "address"


async def lock_addresses(connection: Connection, *, alone: bool) -> None:
    """Locks until commit: with `alone` nobody else writes contacts; else nobody withdraws by an address.

    Taken before any customer is locked and after the files: a process that waits for it has locked no customer.
    """
    shared = "" if alone else "_shared"
    await connection.execute(f"SELECT pg_advisory_xact_lock{shared}(%(lock)s)", {"lock": ADDRESS_LOCK})


async def find_holders(connection: Connection, addresses: Iterable[tuple[str, str]]) -> list[int]:
    """The customers who have one of these addresses, by channel and `address_key`."""
    wanted = sorted(set(addresses))
    cursor = await connection.execute(
        """SELECT DISTINCT k.customer_id FROM unnest(%(channels)s::text[], %(addresses)s::text[]) AS w(channel, address)
             JOIN contact k ON k.channel = w.channel AND k.address_key = w.address
            WHERE k.state <> 'removed'""",
        {"channels": [channel for channel, _ in wanted], "addresses": [address for _, address in wanted]},
    )
    return [row["customer_id"] for row in await cursor.fetchall()]
