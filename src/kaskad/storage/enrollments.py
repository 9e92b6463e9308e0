"""Enrollments: finds due ones, adds candidates, wakes them, and stores their new state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kaskad.domain.decisions.facts import Enrollment
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import EnrollmentStatus, Mode
from kaskad.storage.arrays import array
from kaskad.storage.clock import Instants
from kaskad.storage.conditions.version_queries import VersionQueries
from kaskad.storage.database import Connection
from kaskad.storage.queries import query


class MergeRace(Exception):
    """A customer was merged into another one meanwhile: roll back, and look again who stands."""


@dataclass(frozen=True, slots=True)
class DueEnrollment:
    """An enrollment as loaded for a pass, and fields that the domain does not need."""

    enrollment: Enrollment
    uid: UUID
    version_id: int
    priority: int


async def lock_due_customers(connection: Connection, journey: str, now: datetime, *, limit: int) -> list[int]:
    """The customers of up to `limit` due enrollments, locked; customers locked by others are skipped."""
    cursor = await connection.execute(query("lock_due_customers"), {"journey": journey, "now": now, "limit": limit})
    return sorted({row["customer_id"] for row in await cursor.fetchall()})


async def has_due_enrollments(connection: Connection, journey: str, now: datetime) -> bool:
    """Whether any enrollment of the journey is due; False if it is paused."""
    cursor = await connection.execute(
        """SELECT EXISTS (SELECT FROM enrollment n JOIN journey j ON j.name = n.journey AND NOT j.paused
            WHERE n.journey = %(journey)s AND n.status IN ('candidate', 'active') AND n.due_at <= %(now)s) AS due""",
        {"journey": journey, "now": now},
    )
    row = await cursor.fetchone()
    return bool(row and row["due"])


async def lock_customers(connection: Connection, customers: Sequence[int]) -> frozenset[int]:
    """Locks these customers, in id order, until the transaction ends. Returns those of them that were forgotten.

    Raises MergeRace if one was merged into another: what is known of them is stored under the other by now.
    """
    cursor = await connection.execute(query("lock_customers"), {"ids": array(sorted(set(customers)))})
    rows = await cursor.fetchall()
    if any(row["merged"] for row in rows):
        raise MergeRace
    return frozenset(row["id"] for row in rows if row["forgotten"])


async def follow_and_lock(connection: Connection, customers: Iterable[int]) -> dict[int, int]:
    """Locks the row that stands for each of these customers, known since an earlier transaction; returns these rows.

    Most stand for themselves. Who was forgotten, or does not exist, is left out. Raises MergeRace.
    """
    standing = await _follow(connection, customers)
    forgotten = await lock_customers(connection, sorted(set(standing.values())))
    merged = {customer: row for customer, row in standing.items() if customer != row}
    if merged and await _follow(connection, merged) != merged:  # a split: who was merged stands alone by now
        raise MergeRace
    return {customer: row for customer, row in standing.items() if row not in forgotten}


async def _follow(connection: Connection, customers: Iterable[int]) -> dict[int, int]:
    cursor = await connection.execute(query("follow_customers"), {"ids": array(sorted(set(customers)))})
    return {row["asked"]: row["standing"] for row in await cursor.fetchall()}


async def lock_split(connection: Connection, standing: int, merged: int) -> None:
    """Locks a customer and one who was merged into it, in id order. Raises MergeRace if the first does not stand."""
    cursor = await connection.execute(query("lock_customers"), {"ids": sorted({standing, merged})})
    rows = await cursor.fetchall()
    if any(row["merged"] for row in rows if row["id"] == standing) or not all(
        row["merged"] for row in rows if row["id"] == merged
    ):
        raise MergeRace


async def lock_available_customers(connection: Connection, customers: Sequence[int]) -> list[int]:
    """Those of these customers that nobody else has locked, and that stand; locked."""
    cursor = await connection.execute(
        """SELECT id FROM customer WHERE id = ANY(%(ids)s) AND merged_into IS NULL
            ORDER BY id FOR NO KEY UPDATE SKIP LOCKED""",
        {"ids": list(customers)},
    )
    return [row["id"] for row in await cursor.fetchall()]


async def list_due_ids(connection: Connection, customer: int, now: datetime) -> list[int]:
    """The ids of this customer's due enrollments, best first; no other data is read."""
    cursor = await connection.execute(
        """SELECT n.id FROM enrollment n JOIN journey j ON j.name = n.journey AND NOT j.paused
            WHERE n.customer_id = %(customer)s AND n.status IN ('candidate', 'active') AND n.due_at <= %(now)s
            ORDER BY n.priority DESC, n.due_at, n.entered_at, n.journey, n.key, n.id""",
        {"customer": customer, "now": now},
    )
    return [row["id"] for row in await cursor.fetchall()]


async def load_due_enrollments(
    connection: Connection, customers: Sequence[int], instants: Instants, *, only: int | None = None
) -> list[DueEnrollment]:
    """All due enrollments of these customers, in all journeys that run or `only` one; per customer, best first."""
    params = {"customers": array(customers), "ats": array(map(instants.of, customers)), "only": only}
    cursor = await connection.execute(query("due_enrollments"), params)
    return [to_due_enrollment(row) for row in await cursor.fetchall()]


def to_due_enrollment(row: Mapping[str, Any]) -> DueEnrollment:
    """The enrollment of a row of `load_due_enrollments` or `check_message`."""
    enrollment = Enrollment(
        id=row["id"],
        customer=row["customer_id"],
        journey=row["journey"],
        status=EnrollmentStatus(row["status"]),
        key=row["key"],
        sender=row["sender"],
        purpose=Purpose(row["purpose"]),
        entered_at=row["entered_at"],
        last_trigger_at=row["last_trigger_at"],
        due_at=row["due_at"],
        mode=Mode(row["mode"]),
        direct=row["direct"],
        step=row["step"],
        step_since=row["step_since"],
        first_sent_at=row["spoke_at"],
        entry=row["entry"],
        moved=row["moved"],
    )
    return DueEnrollment(enrollment, row["uid"], row["version_id"], row["priority"])


async def load_enrollments(connection: Connection, ids: Iterable[int]) -> dict[int, DueEnrollment]:
    """The enrollments as they are now, due or not, by id."""
    cursor = await connection.execute(query("load_enrollments"), {"enrollments": array(sorted(set(ids)))})
    return {row["id"]: to_due_enrollment(row) for row in await cursor.fetchall()}


async def resolve_quiet_times(
    connection: Connection, due: Sequence[DueEnrollment], asked: Mapping[int, VersionQueries], *, instants: Instants
) -> list[DueEnrollment]:
    """The same enrollments; candidates that were triggered again get the last trigger of their quiet time."""
    groups: dict[int, list[DueEnrollment]] = defaultdict(list)
    for due_enrollment in due:
        e = due_enrollment.enrollment
        if e.status is EnrollmentStatus.CANDIDATE and not e.direct and asked[e.id].quiet:
            groups[due_enrollment.version_id].append(due_enrollment)
    moved: dict[int, tuple[datetime, Any]] = {}
    for group in groups.values():
        question = asked[group[0].enrollment.id].quiet
        assert question is not None
        ids = [due_enrollment.enrollment.id for due_enrollment in group]
        given = {
            "ids": array(ids),
            "ats": array(instants.of(due_enrollment.enrollment.customer) for due_enrollment in group),
        }
        cursor = await connection.execute(question.sql, {**question.params, **given})
        moved.update({row["id"]: (row["entered_at"], row["entry"]) for row in await cursor.fetchall()})
    return [
        _with_entry(due_enrollment, *moved[due_enrollment.enrollment.id])
        if due_enrollment.enrollment.id in moved
        else due_enrollment
        for due_enrollment in due
    ]


def _with_entry(due: DueEnrollment, entered_at: datetime, entry: Any) -> DueEnrollment:
    return replace(due, enrollment=replace(due.enrollment, entered_at=entered_at, entry=entry))


async def upsert_candidates(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Stores candidates from these rows; returns the ids of those that are new or were triggered again.

    Rows of one (journey, customer, key) are merged first: one statement cannot touch a row twice.
    """
    if not rows:
        return []
    cursor = await connection.execute(query("upsert_candidates"), {"rows": Jsonb(_merge_rows(rows))})
    return [row["id"] for row in await cursor.fetchall()]


def _merge_rows(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    merged: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row["entered_at"], row["message_id"])):
        identity = (row["journey"], row["customer_id"], row["key"])
        first = merged.get(identity)
        merged[identity] = {**first, "last_trigger_at": row["last_trigger_at"]} if first else row
    return list(merged.values())


async def wake_enrollments(connection: Connection, happened: Sequence[tuple[int, str, datetime]]) -> int:
    """Makes enrollments due that the event (customer, name, received at) may affect; returns how many."""
    rows = [{"customer_id": customer, "name": name, "at": at} for customer, name, at in sorted(set(happened))]
    cursor = await connection.execute(query("wake_enrollments"), {"rows": Jsonb(rows)})
    return cursor.rowcount


async def write_rows(connection: Connection, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Runs one bulk statement of `sql/` over the rows; no-op if there are none."""
    if rows:
        await connection.execute(query(statement), {"rows": Jsonb(list(rows))})
