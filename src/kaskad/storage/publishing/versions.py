"""Published versions, templates, and the files that are not pinned. Protected by one advisory lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import Version
from kaskad.storage.conditions.version_queries import VersionQueries, compile_version_queries
from kaskad.storage.database import Connection

CONFIG_LOCK = 0x636F6E66  # "conf": publishing takes it exclusively, deciding takes it shared


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One stored version, and its compiled queries."""

    id: int
    number: int
    version: Version
    questions: VersionQueries


async def lock_generation_shared(connection: Connection) -> int:
    """The generation of the files; nothing can be published until this transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared(%(lock)s)", {"lock": CONFIG_LOCK})
    cursor = await connection.execute("SELECT generation FROM config_generation")
    row = await cursor.fetchone()
    assert row is not None
    generation: int = row["generation"]
    return generation


async def read_generation(connection: Connection) -> int:
    """The generation of the files now, 0 before the first publish; does not wait for a running publish."""
    cursor = await connection.execute("SELECT generation FROM config_generation")
    row = await cursor.fetchone()
    assert row is not None
    found: int = row["generation"]
    return found


async def lock_for_publishing(connection: Connection) -> None:
    """Waits until nobody decides with the old files, and blocks decisions until this transaction ends."""
    await connection.execute("SET LOCAL lock_timeout = '30s'")
    await connection.execute("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": CONFIG_LOCK})


async def load_project(connection: Connection) -> Project:
    """The files as published last; empty before the first publish."""
    cursor = await connection.execute("SELECT project FROM config_generation")
    row = await cursor.fetchone()
    assert row is not None
    return Project.model_validate(row["project"]) if row["project"] else Project()


async def load_past_project(connection: Connection, generation: int) -> Project:
    """The files of that generation; empty if it is not kept."""
    cursor = await connection.execute(
        "SELECT project FROM past_files WHERE generation = %(generation)s", {"generation": generation}
    )
    row = await cursor.fetchone()
    return Project.model_validate(row["project"]) if row else Project()


async def list_current_versions(connection: Connection) -> dict[str, tuple[int, bool]]:
    """Each journey's current version id, and whether the journey is paused; without journeys whose file was removed."""
    cursor = await connection.execute("SELECT name, version_id, paused FROM journey WHERE NOT ended ORDER BY name")
    return {row["name"]: (row["version_id"], row["paused"]) for row in await cursor.fetchall()}


async def list_ended(connection: Connection) -> frozenset[str]:
    """The journeys whose file was removed."""
    cursor = await connection.execute("SELECT name FROM journey WHERE ended")
    return frozenset(row["name"] for row in await cursor.fetchall())


async def find_version(connection: Connection, version: Version) -> tuple[int | None, int]:
    """The id and number of the version with this content; if it is not stored, None and its future number."""
    cursor = await connection.execute(
        """SELECT max(id) FILTER (WHERE hash = %(hash)s) AS id, max(number) FILTER (WHERE hash = %(hash)s) AS number,
                  count(*) + 1 AS next FROM journey_version WHERE journey = %(name)s""",
        {"name": version.journey.name, "hash": version.hash},
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["id"], row["number"] or row["next"]


async def load_version(connection: Connection, version_id: int) -> PublishedVersion:
    """The version with that id."""
    cursor = await connection.execute(
        "SELECT number, document::text AS document FROM journey_version WHERE id = %(id)s", {"id": version_id}
    )
    row = await cursor.fetchone()
    assert row is not None, f"no version {version_id}"
    document: str = row["document"]
    return PublishedVersion(
        version_id, row["number"], Version.model_validate_json(document), compile_version_queries(document)
    )


async def store_version(connection: Connection, version: Version, at: datetime) -> tuple[int, int, bool]:
    """The version's id and number, and whether it is new; the same content is stored once."""
    name = version.journey.name
    cursor = await connection.execute(
        "SELECT id, number FROM journey_version WHERE journey = %(name)s AND hash = %(hash)s",
        {"name": name, "hash": version.hash},
    )
    if row := await cursor.fetchone():
        return row["id"], row["number"], False
    cursor = await connection.execute(
        """INSERT INTO journey_version (journey, number, hash, document, wakes_on, published_at)
           SELECT %(name)s, count(*) + 1, %(hash)s, %(document)s, %(wakes_on)s, %(at)s
             FROM journey_version WHERE journey = %(name)s RETURNING id, number""",
        {
            "name": name,
            "hash": version.hash,
            "document": Jsonb(version.model_dump(mode="json", by_alias=True)),
            "wakes_on": sorted(version.wakes_on()),
            "at": at,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["id"], row["number"], True


async def activate_version(connection: Connection, journey: str, version_id: int) -> None:
    """Makes the version current: new customers enter it; a paused journey stays paused."""
    await connection.execute(
        """INSERT INTO journey (name, version_id) VALUES (%(name)s, %(id)s)
           ON CONFLICT (name) DO UPDATE SET version_id = excluded.version_id, ended = false""",
        {"name": journey, "id": version_id},
    )


async def end_missing_journeys(connection: Connection, journeys: list[str]) -> list[str]:
    """Ends journeys whose files were removed: nobody enters, those inside go on. Returns their names."""
    cursor = await connection.execute(
        "UPDATE journey SET ended = true WHERE NOT name = ANY(%(names)s) AND NOT ended RETURNING name",
        {"names": journeys},
    )
    return sorted(row["name"] for row in await cursor.fetchall())


async def list_ending(connection: Connection) -> list[str]:
    """Ended journeys that still have customers inside."""
    cursor = await connection.execute(
        """SELECT j.name FROM journey j WHERE j.ended AND EXISTS (
             SELECT FROM enrollment n WHERE n.journey = j.name AND n.status IN ('candidate', 'active'))
           ORDER BY j.name"""
    )
    return [row["name"] for row in await cursor.fetchall()]


async def list_deployable(connection: Connection) -> dict[str, tuple[int, bool]]:
    """Each journey that can still have due enrollments: its version's id, and whether it is paused."""
    cursor = await connection.execute(
        """SELECT j.name, j.version_id, j.paused FROM journey j WHERE NOT j.ended OR EXISTS (
             SELECT FROM enrollment n WHERE n.journey = j.name AND n.status IN ('candidate', 'active'))
           ORDER BY j.name"""
    )
    return {row["name"]: (row["version_id"], row["paused"]) for row in await cursor.fetchall()}


async def store_templates(connection: Connection, compiled: Mapping[str, tuple[str, Any]]) -> None:
    """Stores compiled messages: hash → (name, compiled)."""
    for hash_, (name, document) in sorted(compiled.items()):
        await connection.execute(
            """INSERT INTO template (hash, name, compiled) VALUES (%(hash)s, %(name)s, %(compiled)s)
               ON CONFLICT (hash) DO NOTHING""",
            {"hash": hash_, "name": name, "compiled": Jsonb(document)},
        )


async def load_template(connection: Connection, hash_: str) -> Any:
    """The stored compiled message with that hash; None if there is none."""
    cursor = await connection.execute("SELECT compiled FROM template WHERE hash = %(hash)s", {"hash": hash_})
    row = await cursor.fetchone()
    return row["compiled"] if row else None


async def store_project(connection: Connection, project: Project) -> int:
    """Stores the files that are not pinned, and tells every worker to read them again; returns the generation."""
    cursor = await connection.execute(
        """WITH next AS (UPDATE config_generation SET generation = generation + 1, project = %(project)s,
                                rates = %(rates)s
                         RETURNING generation, project)
           INSERT INTO past_files (generation, project) SELECT generation, project FROM next RETURNING generation""",
        {
            "project": Jsonb(project.model_dump(mode="json", by_alias=True, exclude={"journeys"})),
            "rates": Jsonb(project.shop.all_rates()),
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    generation: int = row["generation"]
    return generation
