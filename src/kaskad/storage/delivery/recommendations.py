"""Recommendations, from the shop's own events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from kaskad.storage.arrays import array
from kaskad.storage.database import Connection
from kaskad.storage.queries import query


async def rebuild_bought_together(connection: Connection, since: datetime, now: datetime) -> int:
    """Counts again which products were bought together since then; returns the number of pairs."""
    # One counter at a time; readers are not blocked.
    await connection.execute("LOCK TABLE bought_together IN SHARE ROW EXCLUSIVE MODE")
    await connection.execute("DELETE FROM bought_together")
    cursor = await connection.execute(query("learn_bought_together"), {"since": since, "now": now})
    return cursor.rowcount


async def load_recommendations(
    connection: Connection, enrollments: Iterable[int], now: datetime, *, most: int, never: timedelta
) -> dict[int, list[dict[str, Any]]]:
    """Up to `most` products for each enrollment, best first, with their attributes.

    No products that the customer bought within `never`, and none similar to them.
    """
    params = {"enrollments": array(sorted(set(enrollments))), "now": now, "most": most, "never": never}
    cursor = await connection.execute(query("recommend"), params)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in await cursor.fetchall():
        known = {"id": row["product_id"], "product_id": row["product_id"]}
        found[row["enrollment_id"]].append(row["attributes"] | known)
    return found
