"""The messages that were sent of late, for the plan: what would a new rule have done to them?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from kaskad.domain.journeys.journey import Purpose
from kaskad.storage.database import Connection
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that was sent `at`. `changed`: nobody knows any more what was in its cart."""

    enrollment: int
    journey: str
    purpose: Purpose
    at: datetime
    changed: bool


async def list_sent(
    connection: Connection, journeys: Collection[str], *, since: datetime, limit: int
) -> list[SentMessage]:
    """The latest messages of these journeys about a product or a cart, at most `limit`."""
    params = {"journeys": sorted(journeys), "since": since, "limit": limit}
    cursor = await connection.execute(query("sent_lately"), params)
    return [
        SentMessage(row["enrollment_id"], row["journey"], Purpose(row["purpose"]), row["sent_at"], row["changed"])
        for row in await cursor.fetchall()
    ]
