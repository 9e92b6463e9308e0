"""Resolves identities to customers."""

from __future__ import annotations

from collections.abc import Sequence

from kaskad.storage.database import Connection

Identity = tuple[str, str]  # (kind, value)


class IdentityRace(Exception):
    """Another transaction just created the same customer, or forgot it: roll back and try again."""


async def load_time_zones(connection: Connection, customers: Sequence[int]) -> dict[int, str | None]:
    """The time zone of each customer's profile; None if it is not known."""
    cursor = await connection.execute(
        "SELECT id, time_zone FROM customer WHERE id = ANY(%(ids)s) ORDER BY id", {"ids": sorted(set(customers))}
    )
    return {row["id"]: row["time_zone"] for row in await cursor.fetchall()}
