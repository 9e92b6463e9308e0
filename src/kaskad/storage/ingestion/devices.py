"""Devices of customers: a customer has several in one channel, and the contact is the latest that is active."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.channel import Channel
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import refused_addresses
from kaskad.storage.people import addresses
from kaskad.storage.queries import query

CHANNELS = frozenset({Channel.PUSH, Channel.WEBPUSH})
MOST = 10  # devices of one customer in one channel
Row = Mapping[str, Any]  # customer_id, channel, address_key and others


async def write(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Writes what was told of devices, and the contacts that follow. Returns the contacts that are new to a customer.

    Whoever has one of these devices is locked.
    """
    if not rows:
        return []
    await write_rows(connection, "seed_devices", rows)
    await write_rows(connection, "write_devices", rows)
    cursor = await connection.execute(query("release_devices"), {"rows": Jsonb(list(rows))})
    return await _choose(connection, [*rows, *await cursor.fetchall()])


async def choose(connection: Connection, rows: Sequence[Row]) -> None:
    """Writes the contact of each customer and channel that has devices, the latest one; with what was said no to."""
    await refused_addresses.inherit(connection, await _choose(connection, rows))


async def choose_for_holders(connection: Connection, channel: str, key: str) -> None:
    """Writes the contacts of who has a device that works again: it belongs to whoever told it last. All are locked."""
    if channel in CHANNELS:
        device = {"channel": channel, "address_key": key}
        holders = await addresses.find_holders(connection, [(channel, key)])
        await write_rows(connection, "release_devices", [device])
        await choose(connection, [device | {"customer_id": holder} for holder in holders])


async def _choose(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    if not rows:
        return []
    cursor = await connection.execute(query("choose_devices"), {"rows": Jsonb(_whose(rows)), "most": MOST})
    return list(await cursor.fetchall())


def _whose(rows: Sequence[Row]) -> list[dict[str, Any]]:
    whose = sorted({(row["customer_id"], row["channel"]) for row in rows})
    return [{"customer_id": customer, "channel": channel} for customer, channel in whose]
