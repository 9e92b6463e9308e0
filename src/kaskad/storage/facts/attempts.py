"""Loads the attempts of enrollments: every message of their steps, and its state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.decisions.facts import Enrollment
from kaskad.domain.decisions.version_migration import migrate_attempt, replacement_steps
from kaskad.domain.outcome import MessageStatus, Reason
from kaskad.storage.arrays import array
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

Cursor = AsyncCursor[DictRow]


async def query_attempts(connection: Connection, enrollments: Sequence[Enrollment]) -> Cursor:
    """Starts the query for the attempts of these enrollments."""
    days = [e.entered_on for e in enrollments]
    tries = {"enrollments": array(e.id for e in enrollments), "days": array(days), "on": sorted(set(days))}
    return await connection.execute(query("attempts"), tries)


async def read_attempts(cursor: Cursor, enrollments: Sequence[Enrollment]) -> dict[int, dict[str, tuple[Attempt, ...]]]:
    """The attempts by enrollment and step. Those of a removed step count for the step that replaced it."""
    moved = {e.id: e.moved for e in enrollments if e.moved}
    tried: dict[int, dict[str, tuple[Attempt, ...]]] = defaultdict(dict)
    for row in await cursor.fetchall():
        attempt = _to_attempt(row)
        steps = tried[row["enrollment_id"]]
        steps[row["step"]] = (*steps.get(row["step"], ()), attempt)
        if counted := migrate_attempt(attempt, row["doubted"]):
            for name in replacement_steps(row["step"], moved.get(row["enrollment_id"], {})):
                steps[name] = (*steps.get(name, ()), counted)
    return tried


def _to_attempt(row: DictRow) -> Attempt:
    return Attempt(
        channel=Channel(row["channel"]),
        status=MessageStatus(row["status"]),
        at=row["at"],
        reason=Reason(row["reason"]) if row["reason"] else None,
        open=row["open"],
        delivered_at=row["delivered_at"],
        opened_at=row["opened_at"],
        clicked_at=row["clicked_at"],
        stopped=Reason(row["stopped"]) if row["stopped"] else None,
    )
