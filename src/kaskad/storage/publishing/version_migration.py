"""Instance migration: where enrollments are, and how they move to a journey's new version, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection
from kaskad.storage.publishing.versions import PublishedVersion
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class StepPopulation:
    """The number of customers at a step of a version. Not `inside`: they wait to enter. No step: at the end."""

    journey: str
    version_id: int
    step: str | None
    inside: bool
    people: int


@dataclass(frozen=True, slots=True)
class VersionMigration:
    """How enrollments of version `from_` migrate. `quieter`: by how much the quiet time of the trigger grew.

    `moved`: removed step → its replacement. A customer past the first gets no message from the second.
    """

    from_: int
    paths: tuple[StepMapping, ...]
    moved: Mapping[str, str]
    extra_quiet_time: timedelta


@dataclass(frozen=True, slots=True)
class StepMapping:
    """The mapping of a removed step; `new` None is the end. `keeps`, `spoke`: see `migrate_enrollments.sql`."""

    old: str
    new: str | None
    keeps: bool
    spoke: bool


async def count_step_populations(connection: Connection, journeys: Iterable[str]) -> list[StepPopulation]:
    """Counts all candidates and enrollments of these journeys; quarantined ones are not counted."""
    cursor = await connection.execute(query("count_step_populations"), {"journeys": sorted(journeys)})
    return [StepPopulation(**row) for row in await cursor.fetchall()]


async def lock_enrollments(connection: Connection, journey: str, versions: Sequence[int]) -> None:
    """Waits for and locks all enrollments of these versions, until the transaction ends."""
    await connection.execute(query("lock_enrollments_of_versions"), {"journey": journey, "versions": list(versions)})


async def withdraw_messages(
    connection: Connection, journey: str, versions: Sequence[int], *, gone: Sequence[str], now: datetime
) -> None:
    """Withdraws queued messages of the removed steps."""
    if gone:
        given = {"journey": journey, "versions": list(versions), "gone": list(gone), "now": now}
        await connection.execute(query("withdraw_messages"), given)


async def migrate_enrollments(
    connection: Connection, way: VersionMigration, to: PublishedVersion, *, now: datetime
) -> int:
    """Migrates the enrollments of one older version to `to`; returns how many."""
    journey = to.version.journey
    root, _, field = journey.sender.partition(".")
    of_event = root == "event"
    given = {
        "journey": journey.name,
        "from": way.from_,
        "version": to.id,
        "number": to.number,
        "priority": journey.priority,
        "purpose": journey.purpose,
        "sender": None if of_event else journey.sender,
        "sender_field": field if of_event else None,
        "moved": Jsonb(dict(way.moved)),
        "paths": Jsonb([asdict(path) for path in way.paths]),
        "quieter": way.extra_quiet_time,
        "now": now,
    }
    cursor = await connection.execute(query("migrate_enrollments"), given)
    return cursor.rowcount


async def migrate_fanouts(connection: Connection, journey: str, versions: Sequence[int], *, version_id: int) -> None:
    """Moves fan-outs of older versions to the new one."""
    await connection.execute(
        """UPDATE fanout SET version_id = %(id)s
            WHERE journey = %(journey)s AND version_id = ANY(%(versions)s) AND done_at IS NULL""",
        {"journey": journey, "versions": list(versions), "id": version_id},
    )
