"""Withdrawals by address: stored for whoever has the address, now or later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection
from kaskad.storage.queries import query


async def store(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stores withdrawals by address; returns those of the customers who have these addresses now. All are locked."""
    if not rows:
        return []
    cursor = await connection.execute(query("withdraw_of_addresses"), {"rows": Jsonb(list(rows))})
    return await cursor.fetchall()
