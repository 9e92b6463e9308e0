"""Retention: which old months are still needed, and deletion in batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kaskad.storage.database import Connection
from kaskad.storage.growth.partitions import MONTHLY_TABLES, start_of_month
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class DeletedEnrollments:
    """One batch: how many enrollments were deleted, the last id checked, and whether no older ones can follow."""

    gone: int
    last: int
    over: bool


async def delete_seen_events(connection: Connection, before: datetime, limit: int) -> int:
    """Deletes records of events seen before it, oldest first. Returns how many; less than `limit` at the end."""
    cursor = await connection.execute(query("delete_seen_events"), {"before": before, "limit": limit})
    return cursor.rowcount


async def delete_enrollments(connection: Connection, before: datetime, after: int, *, limit: int) -> DeletedEnrollments:
    """Of the next `limit` enrollments by id, deletes those that ended before the instant."""
    params = {"before": before, "after": after, "limit": limit}
    cursor = await connection.execute(query("delete_enrollments"), params)
    row = await cursor.fetchone()
    assert row is not None
    return DeletedEnrollments(row["gone"], row["last"] or after, row["over"])


async def list_entry_months(connection: Connection, before: date) -> set[date]:
    """The months before the day that still have enrollments, by entry."""
    cursor = await connection.execute(
        "SELECT DISTINCT date_trunc('month', entered_at)::date AS month FROM enrollment WHERE entered_at < %(before)s",
        {"before": before},
    )
    return {row["month"] for row in await cursor.fetchall()}


async def find_oldest_active_month(connection: Connection) -> date | None:
    """The month of the oldest entry whose journey has not ended; None if nobody is inside."""
    cursor = await connection.execute("SELECT min(entered_at) AS at FROM enrollment WHERE ended_at IS NULL")
    row = await cursor.fetchone()
    return start_of_month(row["at"]) if row and row["at"] else None


async def analyze_tables(connection: Connection) -> None:
    """Runs ANALYZE on the partitioned tables: autovacuum does each month, never the whole table."""
    tables = ", ".join(monthly.table for monthly in MONTHLY_TABLES)
    await connection.execute(f"ANALYZE {tables}, event_seen")


async def analyze_database(connection: Connection) -> None:
    """Runs ANALYZE on all tables, in a database without autovacuum."""
    await connection.execute("ANALYZE")
