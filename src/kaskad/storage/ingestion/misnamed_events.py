"""Events that were stored under a name that nothing used, and that the shop's files know by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaskad.storage.database import Connection


@dataclass(frozen=True, slots=True)
class MisnamedEvent:
    """One stored event, and an id (kind and value) of its customer."""

    id: int
    message_id: str
    customer_id: int
    name: str
    occurred_at: datetime
    received_at: datetime
    properties: dict[str, Any]
    kind: str
    value: str


async def list_misnamed(
    connection: Connection, source: str, names: Sequence[str], *, after: int, limit: int
) -> list[MisnamedEvent]:
    """The next events of the source under these names, by id; none of customers who have no id."""
    cursor = await connection.execute(
        """SELECT e.id, e.message_id, e.customer_id, e.name, e.occurred_at, e.received_at, e.properties, i.kind, i.value
             FROM event e
             JOIN LATERAL (SELECT kind, value FROM identity WHERE customer_id = e.customer_id
                            ORDER BY kind, value LIMIT 1) i ON true
            WHERE e.source = %(source)s AND e.name = ANY(%(names)s) AND e.id > %(after)s
            ORDER BY e.id LIMIT %(limit)s""",
        {"source": source, "names": list(names), "after": after, "limit": limit},
    )
    return [MisnamedEvent(**row) for row in await cursor.fetchall()]


async def delete_misnamed(connection: Connection, events: Sequence[MisnamedEvent]) -> None:
    """Deletes these events: they are stored under their right name now."""
    await connection.execute(
        "DELETE FROM event WHERE customer_id = ANY(%(customers)s) AND name = ANY(%(names)s) AND id = ANY(%(ids)s)",
        {
            "customers": sorted({event.customer_id for event in events}),
            "names": sorted({event.name for event in events}),
            "ids": [event.id for event in events],
        },
    )


async def forget_names(connection: Connection, source: str, names: Sequence[str]) -> None:
    """No longer counts these names, as the source writes them, among those that nothing uses."""
    sql = "DELETE FROM unknown_event WHERE source = %(source)s AND name = ANY(%(names)s)"
    await connection.execute(sql, {"source": source, "names": list(names)})
