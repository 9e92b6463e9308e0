"""Resolves identities to customers."""

from __future__ import annotations

from collections.abc import Sequence

from kaskad.domain.cleaning import is_storable
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


async def find_customer(connection: Connection, external_id: str) -> int | None:
    """The customer with that user id, card or other external id; a user id comes first."""
    if not is_storable(external_id):
        return None
    cursor = await connection.execute(
        """SELECT coalesce(c.merged_into, c.id) AS id FROM identity i JOIN customer c ON c.id = i.customer_id
            WHERE i.value = %(value)s ORDER BY (i.kind = 'user_id') DESC, i.kind LIMIT 1""",
        {"value": external_id},
    )
    row = await cursor.fetchone()
    return row["id"] if row else None
