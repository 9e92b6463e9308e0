"""Sources: when each was last heard of, what was rejected of it day by day, and the alerts to its owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection
from kaskad.storage.queries import query

FEED_FAILED = "feed_failed"  # the kind of an alert about a feed that could not be taken in


@dataclass(frozen=True, slots=True)
class RejectCount:
    """How many events of a source were rejected with a code, or stored with that warning, on one day of the shop."""

    source: str
    code: str
    day: date
    count: int


@dataclass(frozen=True, slots=True)
class SourceAlert:
    """An open alert about a source; `reason` begins with the source's name."""

    kind: str
    reason: str
    first_at: datetime


async def add_reject_counts(
    connection: Connection, rows: Sequence[Mapping[str, Any]], *, day: date, now: datetime
) -> None:
    """Adds to the day's counts; the first event of a kind alerts the owner of its source."""
    await connection.execute(query("add_reject_counts"), {"rows": Jsonb(list(rows)), "day": day, "now": now})


async def load_reject_counts(connection: Connection, since: date) -> list[RejectCount]:
    """The counts of each day from `since` on."""
    cursor = await connection.execute(
        """SELECT source, code, day, count FROM reject_count WHERE day >= %(since)s ORDER BY source, code, day""",
        {"since": since},
    )
    return [RejectCount(**row) for row in await cursor.fetchall()]


async def load_last_heard(connection: Connection) -> dict[str, datetime]:
    """When each source that ever sent something was last heard of, to about ten seconds."""
    cursor = await connection.execute(query("sources_last_seen"))
    return {row["name"]: row["last_heard"] for row in await cursor.fetchall()}


async def load_open(connection: Connection) -> list[SourceAlert]:
    """The open alerts about sources."""
    cursor = await connection.execute(
        "SELECT kind, reason, first_at FROM alert WHERE journey = '' AND closed_at IS NULL ORDER BY kind, reason"
    )
    return [SourceAlert(**row) for row in await cursor.fetchall()]


async def open_alerts(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Opens alerts (`kind`, `reason`, `text`, `count`) that are not open yet."""
    if rows:
        await connection.execute(query("open_source_alerts"), {"rows": Jsonb(list(rows)), "now": now})


async def close_alerts(connection: Connection, alerts: Sequence[SourceAlert], now: datetime) -> None:
    """Closes these alerts."""
    rows = [{"kind": alert.kind, "reason": alert.reason} for alert in alerts]
    if rows:
        await connection.execute(query("close_source_alerts"), {"rows": Jsonb(rows), "now": now})


async def delete_counts_before(connection: Connection, day: date) -> None:
    """Deletes the counts of the days before."""
    await connection.execute("DELETE FROM reject_count WHERE day < %(day)s", {"day": day})
