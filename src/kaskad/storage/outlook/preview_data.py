"""Data of one customer for previews and test sends. It locks nothing and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.storage.database import Connection
from kaskad.storage.queries import query


async def load_preview_data(connection: Connection, customer: int, journeys: Sequence[str]) -> dict[str, Any]:
    """The customer's data for templates, as of the last entry into one of these journeys."""
    cursor = await connection.execute(query("preview_data"), {"customer": customer, "journeys": list(journeys)})
    row = await cursor.fetchone()
    assert row is not None
    return row


async def load_contacts(connection: Connection, customer: int) -> dict[Channel, str]:
    """The customer's active addresses without a complaint, by channel."""
    cursor = await connection.execute(
        """SELECT k.channel, k.address
             FROM contact k LEFT JOIN address a ON a.channel = k.channel AND a.key = k.address_key
            WHERE k.customer_id = %(customer)s AND k.state = 'active' AND k.address_key IS NOT NULL
              AND NOT EXISTS (SELECT FROM suppression s WHERE s.channel = k.channel AND s.journey = ''
                                 AND s.address IN (a.hash, k.address_key))""",
        {"customer": customer},
    )
    return {Channel(row["channel"]): row["address"] for row in await cursor.fetchall()}
