"""Addresses that do not work: closed for everybody who has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import devices


async def close(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Closes the addresses of these rows of messages. Customers and addresses are locked.

    A customer's next device becomes the contact. The message that met the dead one is not sent again under its key: a
    provider that keeps keys would give the same answer for the next device, and close that as well.
    """
    await write_rows(connection, "close_dead_addresses", rows)
    await devices.choose(connection, [row for row in rows if row["channel"] in devices.CHANNELS])
