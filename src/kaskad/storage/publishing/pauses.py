"""Whether journeys are paused. Written under the lock of `versions.lock_for_publishing`."""

from __future__ import annotations

from kaskad.storage.database import Connection


async def list_paused(connection: Connection) -> frozenset[str]:
    """The journeys that neither admit nor send, including ended ones."""
    cursor = await connection.execute("SELECT name FROM journey WHERE paused")
    return frozenset(row["name"] for row in await cursor.fetchall())


async def set_paused(connection: Connection, journey: str, paused: bool) -> bool:
    """Pauses or resumes the journey; False if it does not exist."""
    cursor = await connection.execute(
        "UPDATE journey SET paused = %(paused)s, turns = turns + 1 WHERE name = %(name)s",
        {"name": journey, "paused": paused},
    )
    return cursor.rowcount > 0


async def load_pause_epochs(connection: Connection) -> dict[str, int]:
    """The number of pauses and resumes of each journey."""
    cursor = await connection.execute("SELECT name, turns FROM journey")
    return {row["name"]: row["turns"] for row in await cursor.fetchall()}


async def sync_with_deployment(connection: Connection, journey: str, paused: bool, *, turns: int) -> bool:
    """Applies the deployment's pause or resume, unless a command changed the journey since it had `turns`."""
    cursor = await connection.execute(
        "UPDATE journey SET paused = %(paused)s WHERE name = %(name)s AND turns = %(turns)s",
        {"name": journey, "paused": paused, "turns": turns},
    )
    return cursor.rowcount > 0
