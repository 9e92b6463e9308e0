"""Runs the queries of versions: conditions, values, exits, waits, and the results of webhook calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from kaskad.domain.decisions.facts import Enrollment, ExitEvent, WebhookCall
from kaskad.domain.decisions.version_migration import MAYBE_SENT, replacement_steps
from kaskad.domain.journeys.condition import Truth, ValueType
from kaskad.domain.journeys.wait_until import PathValue
from kaskad.domain.outcome import MessageStatus
from kaskad.storage.arrays import array
from kaskad.storage.conditions.version_queries import CompiledQuery, VersionQueries
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

Cursor = AsyncCursor[DictRow]
ResultCursors = tuple[Cursor | None, Cursor | None, Cursor | None]  # truths and values, exits, waits


async def query_webhook_calls(
    connection: Connection, enrollments: Sequence[Enrollment], asked: Mapping[int, VersionQueries]
) -> Cursor | None:
    """Starts the query for webhook calls, only for enrollments whose versions make some."""
    ids = [e.id for e in enrollments if asked[e.id].calls]
    return await connection.execute(query("webhook_calls"), {"enrollments": array(ids)}) if ids else None


async def read_webhook_calls(
    cursor: Cursor | None, enrollments: Iterable[Enrollment], asked: Mapping[int, VersionQueries]
) -> dict[int, dict[str, WebhookCall]]:
    """The calls by enrollment and step. Those of a removed step count for the step that replaced it."""
    called: dict[int, dict[str, WebhookCall]] = defaultdict(dict)
    rows = await cursor.fetchall() if cursor else []
    moved = {e.id: e.moved for e in enrollments if e.moved}
    for row in rows:
        id_, call = (
            row["enrollment_id"],
            WebhookCall(MessageStatus(row["status"]), row["settled"], row["at"], row["detail"]),
        )
        called[id_][row["step"]] = call
        if row["doubted"] or call.status in MAYBE_SENT:
            for name in replacement_steps(row["step"], moved.get(id_, {})):
                if asked[id_].calls.get(name) == row["webhook"]:
                    called[id_].setdefault(name, call)
    return called


class QueryResults:
    """The results of the versions' queries, by enrollment."""

    def __init__(self) -> None:
        self.truths: dict[int, dict[str, Truth]] = {}
        self.dates: dict[int, str | None] = {}
        self.values: dict[int, dict[str, PathValue]] = {}
        self.exits: dict[int, ExitEvent] = {}
        self.happened: dict[int, dict[str, datetime | None]] = {}

    async def take(self, questions: VersionQueries, cursors: ResultCursors) -> None:
        """Adds the results of one version."""
        truths, exits, waits = cursors
        for row in await truths.fetchall() if truths else ():
            self.truths[row["enrollment_id"]] = {name: row[f"c{i}"] for i, name in enumerate(questions.names)}
            self.dates[row["enrollment_id"]] = row.get("entrance_date")
            self.values[row["enrollment_id"]] = {
                path: _parse_value(row[f"v{i}"], kind) for i, (path, kind) in enumerate(questions.values)
            }
        for row in await exits.fetchall() if exits else ():
            place = ", ".join(part for part in (row["place"], row["store"]) if part)
            self.exits[row["enrollment_id"]] = ExitEvent(row["name"], row["occurred_at"], place)
        for row in await waits.fetchall() if waits else ():
            self.happened[row["enrollment_id"]] = {row["step"]: row["at"]}


async def run_version_queries(
    connection: Connection, questions: VersionQueries, ids: str, *, ats: str
) -> ResultCursors:
    """Starts the version's queries for these enrollments as of these instants."""

    async def of(question: CompiledQuery | None) -> Cursor | None:
        if question is None:
            return None
        return await connection.execute(question.sql, {**question.params, "ids": ids, "ats": ats})

    return await of(questions.truths), await of(questions.exits), await of(questions.waits)


def group_by_version(
    enrollments: Iterable[Enrollment], asked: Mapping[int, VersionQueries]
) -> list[tuple[VersionQueries, list[int]]]:
    """The enrollments' ids, grouped by version."""
    groups: dict[int, tuple[VersionQueries, list[int]]] = {}
    for enrollment in enrollments:
        questions = asked[enrollment.id]
        groups.setdefault(id(questions), (questions, []))[1].append(enrollment.id)
    return list(groups.values())


def _parse_value(value: Any, kind: ValueType) -> PathValue:
    """The value of a path as the domain's type; a date comes as text."""
    if kind is not ValueType.DATE or value is None:
        known: PathValue = value
        return known
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
