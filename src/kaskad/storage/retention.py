"""What is still needed of months gone by, and forgetting, a portion at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kaskad.storage.database import Connection
from kaskad.storage.partitions import MONTHLY_TABLES, start_of_month
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class DeletedEnrollments:
    """One portion: how many enrollments went, up to which id it looked, and whether nothing older can follow."""

    gone: int
    last: int
    over: bool


async def delete_seen_events(connection: Connection, before: datetime, limit: int) -> int:
    """How many of the events seen before the instant are forgotten, oldest first; fewer than `limit` ends it."""
    cursor = await connection.execute(query("delete_seen_events"), {"before": before, "limit": limit})
    return cursor.rowcount


async def delete_enrollments(connection: Connection, before: datetime, after: int, limit: int) -> DeletedEnrollments:
    """Lets those of the next `limit` enrollments go, by id, that ended before the instant."""
    params = {"before": before, "after": after, "limit": limit}
    cursor = await connection.execute(query("delete_enrollments"), params)
    row = await cursor.fetchone()
    assert row is not None
    return DeletedEnrollments(row["gone"], row["last"] or after, row["over"])


async def list_entry_months(connection: Connection, before: date) -> set[date]:
    """The months, earlier than the day, in which somebody entered whose enrollment is still kept."""
    cursor = await connection.execute(
        "SELECT DISTINCT date_trunc('month', entered_at)::date AS month FROM enrollment WHERE entered_at < %(before)s",
        {"before": before},
    )
    return {row["month"] for row in await cursor.fetchall()}


async def find_oldest_active_month(connection: Connection) -> date | None:
    """The month in which the first of those entered whose journey has not ended; None when nobody is inside."""
    cursor = await connection.execute("SELECT min(entered_at) AS at FROM enrollment WHERE ended_at IS NULL")
    row = await cursor.fetchone()
    return start_of_month(row["at"]) if row and row["at"] else None


async def analyze_tables(connection: Connection) -> None:
    """Tells the planner what the tables of many months hold: autovacuum looks at each month, never at the whole."""
    tables = ", ".join(monthly.table for monthly in MONTHLY_TABLES)
    await connection.execute(f"ANALYZE {tables}, event_seen")
