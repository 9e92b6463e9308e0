"""Those inside when a journey is edited: where they stand, and how they go over to its new version, all at once."""

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
    """So many people at one step of one version. Not `inside`: they wait to enter. No step: at the end."""

    journey: str
    version_id: int
    step: str | None
    inside: bool
    people: int


@dataclass(frozen=True, slots=True)
class VersionMigration:
    """How those of the version `from_` go over. `quieter`: by how much longer the quiet time is that lets people in.

    `moved`: step that is gone → step in its place. Whoever is past the first is not written to again by the second.
    """

    from_: int
    paths: tuple[StepMapping, ...]
    moved: Mapping[str, str]
    extra_quiet_time: timedelta


@dataclass(frozen=True, slots=True)
class StepMapping:
    """From a step that is gone; `new` None is the end. `keeps` and `spoke` as in `migrate_enrollments.sql`."""

    old: str
    new: str | None
    keeps: bool
    spoke: bool


async def count_step_populations(connection: Connection, journeys: Iterable[str]) -> list[StepPopulation]:
    """Everybody who waits to enter these journeys or is inside, counted; those set aside are not."""
    cursor = await connection.execute(query("count_step_populations"), {"journeys": sorted(journeys)})
    return [StepPopulation(**row) for row in await cursor.fetchall()]


async def lock_enrollments(connection: Connection, journey: str, versions: Sequence[int]) -> None:
    """Waits for everybody who is inside these versions, and holds them until the transaction ends."""
    await connection.execute(query("lock_enrollments_of_versions"), {"journey": journey, "versions": list(versions)})


async def withdraw_messages(
    connection: Connection, journey: str, versions: Sequence[int], gone: Sequence[str], now: datetime
) -> None:
    """Takes back what waits to be sent at the steps that are gone."""
    if gone:
        given = {"journey": journey, "versions": list(versions), "gone": list(gone), "now": now}
        await connection.execute(query("withdraw_messages"), given)


async def migrate_enrollments(
    connection: Connection, way: VersionMigration, to: PublishedVersion, now: datetime
) -> int:
    """Takes those of one older version over to `to`; how many."""
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


async def migrate_fanouts(connection: Connection, journey: str, versions: Sequence[int], version_id: int) -> None:
    """What is still to be told to many by older versions is told by the new one."""
    await connection.execute(
        """UPDATE fanout SET version_id = %(id)s
            WHERE journey = %(journey)s AND version_id = ANY(%(versions)s) AND done_at IS NULL""",
        {"journey": journey, "versions": list(versions), "id": version_id},
    )
