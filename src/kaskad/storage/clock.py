"""The engine's clock, read from the database: one authority for API, worker and sandbox.

Where it is not stepped it is the database server's own. An instant read after a lock is later than everything
that was committed before it, whichever machine wrote that.
"""

from __future__ import annotations

from datetime import datetime

from kaskad.storage.database import Connection

NOW = "SELECT coalesce(at, clock_timestamp()) AS now FROM clock"


async def read(connection: Connection) -> datetime:
    """The engine's time now, aware, in UTC."""
    cursor = await connection.execute(NOW)
    row = await cursor.fetchone()
    assert row is not None
    now: datetime = row["now"]
    return now


async def step_to(connection: Connection, at: datetime | None) -> None:
    """Sets the engine's clock, for demos and tests; None gives it back to the machine."""
    await connection.execute("UPDATE clock SET at = %(at)s", {"at": at})
