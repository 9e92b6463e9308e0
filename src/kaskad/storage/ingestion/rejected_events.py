"""Rejected events and warnings: the newest of each source, for a limited time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection
from kaskad.storage.queries import query

MAX_PER_SOURCE = 10_000  # of one source
NAMES = 200  # of one source, names that nothing here uses


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row of the table `RejectedEvent`."""

    id: int
    source: str
    code: str
    detail: str
    message_id: str | None
    body: str
    stored: bool
    skew: float
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Unknown:
    """Events of a name that nothing here uses; '' stands for all names beyond the maximum."""

    source: str
    name: str
    count: int
    first_at: datetime
    last_at: datetime


async def store_rejected(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Writes the rows; returns how many of them are new."""
    cursor = await connection.execute(query("write_rejected"), {"rows": Jsonb(list(rows))})
    return cursor.rowcount


async def prune(connection: Connection, source: str, most: int = MAX_PER_SOURCE) -> None:
    """Keeps the newest `most` rows of this source. It reads as many rows: do not call it for every request."""
    await connection.execute(
        """DELETE FROM rejected_event WHERE source = %(source)s AND id <= (
             SELECT id FROM rejected_event WHERE source = %(source)s ORDER BY id DESC OFFSET %(most)s LIMIT 1)""",
        {"source": source, "most": most},
    )


async def list_newest(connection: Connection, source: str | None, code: str | None, *, limit: int) -> list[RejectedRow]:
    """The newest `limit` rows, of one source or code if given."""
    cursor = await connection.execute(
        """SELECT id, source, code, detail, message_id, body, stored, skew, arrived_at FROM rejected_event
            WHERE (%(source)s::text IS NULL OR source = %(source)s) AND (%(code)s::text IS NULL OR code = %(code)s)
            ORDER BY id DESC LIMIT %(limit)s""",
        {"source": source, "code": code, "limit": limit},
    )
    return [RejectedRow(**row) for row in await cursor.fetchall()]


async def count_rejected(connection: Connection, source: str | None, code: str | None) -> dict[tuple[str, str], int]:
    """How many there are, by source and code."""
    cursor = await connection.execute(
        """SELECT source, code, count(*) AS count FROM rejected_event
            WHERE (%(source)s::text IS NULL OR source = %(source)s) AND (%(code)s::text IS NULL OR code = %(code)s)
            GROUP BY source, code ORDER BY source, code""",
        {"source": source, "code": code},
    )
    return {(row["source"], row["code"]): row["count"] for row in await cursor.fetchall()}


async def list_retriable(
    connection: Connection, source: str | None, code: str | None, *, after: int, limit: int
) -> list[RejectedRow]:
    """The oldest rows behind the id `after` whose events were not stored, of one source or code if given."""
    cursor = await connection.execute(
        """SELECT id, source, code, detail, message_id, body, stored, skew, arrived_at FROM rejected_event
            WHERE NOT stored AND id > %(after)s AND (%(source)s::text IS NULL OR source = %(source)s)
              AND (%(code)s::text IS NULL OR code = %(code)s)
            ORDER BY id LIMIT %(limit)s""",
        {"source": source, "code": code, "after": after, "limit": limit},
    )
    return [RejectedRow(**row) for row in await cursor.fetchall()]


async def count_retriable(connection: Connection, source: str | None, code: str | None) -> int:
    """How many rows there are whose events were not stored."""
    cursor = await connection.execute(
        """SELECT count(*) AS count FROM rejected_event
            WHERE NOT stored AND (%(source)s::text IS NULL OR source = %(source)s)
              AND (%(code)s::text IS NULL OR code = %(code)s)""",
        {"source": source, "code": code},
    )
    row = await cursor.fetchone()
    return row["count"] if row else 0


async def delete(connection: Connection, ids: Sequence[int]) -> None:
    """Deletes these rows, and the others of the same events: they are stored now."""
    await connection.execute(
        """DELETE FROM rejected_event r USING rejected_event o
            WHERE o.id = ANY(%(ids)s) AND r.source = o.source AND r.digest = o.digest AND NOT r.stored""",
        {"ids": list(ids)},
    )


async def list_sources(connection: Connection) -> list[str]:
    """The sources of which anything is kept."""
    cursor = await connection.execute(
        "SELECT source FROM rejected_event UNION SELECT source FROM unknown_event ORDER BY 1"
    )
    return [row["source"] for row in await cursor.fetchall()]


async def count_unknown(
    connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime, *, most: int = NAMES
) -> None:
    """Adds to the count of each (source, name)."""
    await connection.execute(query("count_unknown_events"), {"rows": Jsonb(list(rows)), "now": now, "most": most})


async def unknown(connection: Connection, source: str | None) -> list[Unknown]:
    """The names that nothing used when they arrived, the most frequent first."""
    cursor = await connection.execute(
        """SELECT source, name, count, first_at, last_at FROM unknown_event
            WHERE %(source)s::text IS NULL OR source = %(source)s ORDER BY count DESC, source, name""",
        {"source": source},
    )
    return [Unknown(**row) for row in await cursor.fetchall()]


async def delete_rejected_before(connection: Connection, before: datetime) -> int:
    """Deletes rows that arrived before the instant, and names not seen since; returns how many rows."""
    await connection.execute("DELETE FROM unknown_event WHERE last_at < %(before)s", {"before": before})
    sql = "DELETE FROM rejected_event WHERE arrived_at < %(before)s"
    return (await connection.execute(sql, {"before": before})).rowcount
