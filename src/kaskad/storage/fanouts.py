"""Open fan-outs: which is next, which customers it reaches, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kaskad.storage.database import Connection
from kaskad.storage.queries import query


async def take_next(connection: Connection, now: datetime) -> Mapping[str, Any] | None:
    """The row of the fan-out that is due longest, locked; None if none is due, or if others have all of them."""
    cursor = await connection.execute(query("take_fanout"), {"now": now})
    return await cursor.fetchone()


async def list_audience(connection: Connection, asked: Mapping[str, Any]) -> list[int]:
    """The next customers of one audience, by id; `asked` are the parameters of `expand_fanout.sql`."""
    cursor = await connection.execute(query("expand_fanout"), asked)
    return [row["customer_id"] for row in await cursor.fetchall()]


async def count_stock(connection: Connection, product: str) -> int:
    """How many units of the product all stores have together."""
    cursor = await connection.execute(query("count_stock"), {"id": product})
    row = await cursor.fetchone()
    return row["units"] if row else 0


async def update(connection: Connection, fanout: int, values: Mapping[str, Any]) -> None:
    """Sets these columns of the fan-out."""
    columns = ", ".join(f"{column} = %({column})s" for column in values)
    await connection.execute(f"UPDATE fanout SET {columns} WHERE id = %(id)s", {**values, "id": fanout})


async def get_next_due(connection: Connection) -> datetime | None:
    """When the next open fan-out is due, those of paused journeys left out; None if none is open."""
    cursor = await connection.execute(query("next_fanout_due"))
    row = await cursor.fetchone()
    return row["at"] if row else None
