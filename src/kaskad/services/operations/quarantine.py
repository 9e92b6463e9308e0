"""Quarantine: enrollments that were set aside after repeated failures, and their release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from psycopg.types.json import Jsonb

from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.diff import END_STEP
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock, enrollments, notifications
from kaskad.storage.database import Connection
from kaskad.storage.publishing import publications
from kaskad.storage.queries import query

BATCH_SIZE = 500


class QuarantineDeps(HasDatabase, HasCatalogue, Protocol):
    """What the quarantine needs."""


@dataclass(frozen=True, slots=True)
class QuarantinedEnrollment:
    """One enrollment in quarantine; `customer` is an id that events use for the customer."""

    id: int
    customer_id: int
    customer: str | None
    journey: str
    version_id: int
    key: str
    step: str | None
    since: datetime | None
    faults: int
    fault: str


@dataclass(frozen=True, slots=True)
class ReleaseResult:
    """Who continues, and who cannot: the customer is in the journey again, for the same thing."""

    released: tuple[QuarantinedEnrollment, ...]
    refused: tuple[QuarantinedEnrollment, ...]


async def list_quarantined(
    deps: QuarantineDeps, journey: str | None = None, id_: int | None = None
) -> list[QuarantinedEnrollment]:
    """Returns the quarantined enrollments, of all journeys or of one, the longest first. Raises NotFound."""
    async with deps.database.transaction() as connection:
        if journey is not None:
            await deps.catalogue.refresh(connection)
            await deps.catalogue.current_of(connection, journey)
        params = {"journey": journey and journey.replace("-", "_"), "id": id_}
        cursor = await connection.execute(query("list_quarantined"), params)
        return [QuarantinedEnrollment(**row) for row in await cursor.fetchall()]


async def release(deps: QuarantineDeps, journey: str | None = None, id_: int | None = None) -> ReleaseResult:
    """Releases one of them, or all of a journey. They are due now, and are decided from the event store again.

    They continue in the version that is current now if it still has their step: the failure may be fixed there.
    Raises NotFound for an id that is not in quarantine.
    """
    found = await list_quarantined(deps, journey, id_)
    if id_ is not None and not found:
        raise NotFound(f"no enrollment {id_} is in quarantine: `kaskad quarantine` lists those that are")
    free: set[int] = set()
    for start in range(0, len(found), BATCH_SIZE):
        part = found[start : start + BATCH_SIZE]
        free |= await run_in_transaction(deps.database, partial(_release, deps, part))
    return ReleaseResult(
        tuple(enrollment for enrollment in found if enrollment.id in free),
        tuple(enrollment for enrollment in found if enrollment.id not in free),
    )


async def _release(deps: QuarantineDeps, part: Sequence[QuarantinedEnrollment], connection: Connection) -> set[int]:
    await deps.catalogue.refresh(connection)
    await enrollments.follow_and_lock(connection, [enrollment.customer_id for enrollment in part])
    now = await clock.read_now(connection)
    rows = [{"id": enrollment.id, **await _version(deps, connection, enrollment)} for enrollment in part]
    cursor = await connection.execute(query("release_quarantined"), {"rows": Jsonb(rows), "now": now})
    free = {row["id"] for row in await cursor.fetchall()}
    await _close_alerts(connection, sorted({enrollment.journey for enrollment in part}), now)
    await notifications.notify_due(connection)
    return free


async def _version(deps: QuarantineDeps, connection: Connection, enrollment: QuarantinedEnrollment) -> dict[str, Any]:
    """Returns the version to continue in, and the steps that edits removed meanwhile: what they sent stays sent."""
    current, _ = deps.catalogue.current.get(enrollment.journey, (enrollment.version_id, False))
    published = await deps.catalogue.version(connection, current)
    steps = published.version.program.nodes
    if current == enrollment.version_id or (enrollment.step is not None and enrollment.step not in steps):
        return {"version_id": enrollment.version_id, "moved": {}}
    back = published.number < (await deps.catalogue.version(connection, enrollment.version_id)).number
    moved: dict[str, str] = {}
    for id_ in await publications.list_ids_between(connection, enrollment.version_id, current):
        said = (await deps.catalogue.version(connection, id_)).version.journey.moved
        moved |= {new if back else old: old if back else new for old, new in said.items() if new != END_STEP}
    return {"version_id": current, "moved": {old: new for old, new in moved.items() if old not in steps}}


async def _close_alerts(connection: Connection, journeys: Sequence[str], now: datetime) -> None:
    """Closes alerts of journeys without quarantined enrollments: the next failure alerts the owner again."""
    await connection.execute(query("close_quarantine_alerts"), {"journeys": list(journeys), "now": now})
