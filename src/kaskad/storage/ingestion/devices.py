"""Devices of customers: a customer has several in one channel, and the contact is the latest that is active."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.channel import Channel
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.queries import query

CHANNELS = frozenset({Channel.PUSH, Channel.WEBPUSH})
MOST = 10  # devices of one customer in one channel
Row = Mapping[str, Any]  # customer_id, channel, address_key and others


async def lock_holders(connection: Connection, addresses: Sequence[tuple[str, str]]) -> list[int]:
    """Returns the customers who have one of these devices, by channel and `address_key`; nobody else gets one.

    Taken before any customer is locked, in order: a device that two customers tell at once goes to the later one.
    """
    if not addresses:
        return []
    told = sorted(set(addresses))
    params = {"channels": [channel for channel, _ in told], "keys": [key for _, key in told]}
    await connection.execute(
        """SELECT pg_advisory_xact_lock(w.lock)
             FROM (SELECT DISTINCT hashtextextended(channel || ' ' || key, 0) AS lock
                     FROM unnest(%(channels)s::text[], %(keys)s::text[]) AS t(channel, key) ORDER BY 1) AS w""",
        params,
    )
    cursor = await connection.execute(
        """SELECT d.customer_id FROM unnest(%(channels)s::text[], %(keys)s::text[]) AS t(channel, key)
             JOIN device d ON d.channel = t.channel AND d.address_key = t.key
            UNION SELECT k.customer_id FROM unnest(%(channels)s::text[], %(keys)s::text[]) AS t(channel, key)
             JOIN contact k ON k.channel = t.channel AND k.address_key = t.key""",
        params,
    )
    return [row["customer_id"] for row in await cursor.fetchall()]


async def write(connection: Connection, rows: Sequence[Row], holders: Sequence[int]) -> None:
    """Writes what was told of devices, and the contacts that follow; `holders` had these devices, and are locked."""
    if not rows:
        return
    channels = {row["channel"] for row in rows}
    theirs = [{"customer_id": holder, "channel": channel} for holder in holders for channel in sorted(channels)]
    await write_rows(connection, "seed_devices", [*_whose(rows), *theirs])
    await write_rows(connection, "write_devices", rows)
    cursor = await connection.execute(query("release_devices"), {"rows": Jsonb(list(rows))})
    await choose(connection, [*_whose(rows), *await cursor.fetchall()])


async def replace_dead(connection: Connection, whose: Sequence[tuple[int, str]]) -> None:
    """Where the contact of a customer in a channel has just died: the next device becomes the contact.

    The message that met the dead one is not sent again under its key: a provider that keeps keys would give the same
    answer for the next device, and close that as well.
    """
    rows = [{"customer_id": customer, "channel": channel} for customer, channel in whose if channel in CHANNELS]
    await write_rows(connection, "bury_devices", rows)
    await choose(connection, rows)


async def choose(connection: Connection, rows: Sequence[Row]) -> None:
    """Writes the contact of each customer and channel that has devices: the latest one."""
    if rows:
        await connection.execute(query("choose_devices"), {"rows": Jsonb(_whose(rows)), "most": MOST})


def _whose(rows: Sequence[Row]) -> list[dict[str, Any]]:
    whose = sorted({(row["customer_id"], row["channel"]) for row in rows})
    return [{"customer_id": customer, "channel": channel} for customer, channel in whose]
