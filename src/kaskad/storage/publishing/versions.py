"""Published versions, templates, and the files that are never pinned. Guarded by one advisory lock."""

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

CONFIG_LOCK = 0x636F6E66  # "conf": publishing takes it alone, everybody who decides takes it shared


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One version as stored, and what it asks of the database."""

    id: int
    number: int
    version: Version
    questions: VersionQueries


async def lock_generation_shared(connection: Connection) -> int:
    """The generation of the files; nothing is published until this transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared(%(lock)s)", {"lock": CONFIG_LOCK})
    cursor = await connection.execute("SELECT generation FROM config_generation")
    row = await cursor.fetchone()
    assert row is not None
    generation: int = row["generation"]
    return generation


async def read_generation(connection: Connection) -> int:
    """The generation of the files now, 0 before the first time: a look that waits for no publishing."""
    cursor = await connection.execute("SELECT generation FROM config_generation")
    row = await cursor.fetchone()
    assert row is not None
    found: int = row["generation"]
    return found


async def lock_for_publishing(connection: Connection) -> None:
    """Waits until nobody decides on the old files, and keeps them away until this transaction ends."""
    await connection.execute("SET LOCAL lock_timeout = '30s'")
    await connection.execute("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": CONFIG_LOCK})


async def load_project(connection: Connection) -> Project:
    """The files as published last; empty before the first time."""
    cursor = await connection.execute("SELECT project FROM config_generation")
    row = await cursor.fetchone()
    assert row is not None
    return Project.model_validate(row["project"]) if row["project"] else Project()


async def load_past_project(connection: Connection, generation: int) -> Project:
    """The files as that generation had them; empty where it is not kept."""
    cursor = await connection.execute(
        "SELECT project FROM past_files WHERE generation = %(generation)s", {"generation": generation}
    )
    row = await cursor.fetchone()
    return Project.model_validate(row["project"]) if row else Project()


async def list_current_versions(connection: Connection) -> dict[str, tuple[int, bool]]:
    """Each journey's current version id, and whether the journey is paused; without those whose file is gone."""
    cursor = await connection.execute("SELECT name, version_id, paused FROM journey WHERE NOT ended ORDER BY name")
    return {row["name"]: (row["version_id"], row["paused"]) for row in await cursor.fetchall()}


async def list_ended(connection: Connection) -> frozenset[str]:
    """The journeys whose file is gone."""
    cursor = await connection.execute("SELECT name FROM journey WHERE ended")
    return frozenset(row["name"] for row in await cursor.fetchall())


async def find_version(connection: Connection, version: Version) -> tuple[int | None, int]:
    """The id and number of the version with this content; where it is not stored, no id and the number it would get."""
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
    """Makes the version the one that lets people in; a paused journey stays paused."""
    await connection.execute(
        """INSERT INTO journey (name, version_id) VALUES (%(name)s, %(id)s)
           ON CONFLICT (name) DO UPDATE SET version_id = excluded.version_id, ended = false""",
        {"name": journey, "id": version_id},
    )


async def end_missing_journeys(connection: Connection, journeys: list[str]) -> list[str]:
    """Journeys whose files are gone take nobody in any more; those inside go on. Returns their names."""
    cursor = await connection.execute(
        "UPDATE journey SET ended = true WHERE NOT name = ANY(%(names)s) AND NOT ended RETURNING name",
        {"names": journeys},
    )
    return sorted(row["name"] for row in await cursor.fetchall())


async def list_ending(connection: Connection) -> list[str]:
    """Journeys whose file is gone, and that still have people inside."""
    cursor = await connection.execute(
        """SELECT j.name FROM journey j WHERE j.ended AND EXISTS (
             SELECT FROM enrollment n WHERE n.journey = j.name AND n.status IN ('candidate', 'active'))
           ORDER BY j.name"""
    )
    return [row["name"] for row in await cursor.fetchall()]


async def list_deployable(connection: Connection) -> dict[str, tuple[int, bool]]:
    """Each journey that somebody may still be due in: its version's id, and whether it is paused."""
    cursor = await connection.execute(
        """SELECT j.name, j.version_id, j.paused FROM journey j WHERE NOT j.ended OR EXISTS (
             SELECT FROM enrollment n WHERE n.journey = j.name AND n.status IN ('candidate', 'active'))
           ORDER BY j.name"""
    )
    return {row["name"]: (row["version_id"], row["paused"]) for row in await cursor.fetchall()}


async def store_templates(connection: Connection, compiled: Mapping[str, tuple[str, Any]]) -> None:
    """Keeps compiled messages: hash → (name, compiled)."""
    for hash_, (name, document) in sorted(compiled.items()):
        await connection.execute(
            """INSERT INTO template (hash, name, compiled) VALUES (%(hash)s, %(name)s, %(compiled)s)
               ON CONFLICT (hash) DO NOTHING""",
            {"hash": hash_, "name": name, "compiled": Jsonb(document)},
        )


async def load_template(connection: Connection, hash_: str) -> Any:
    """The compiled message with that hash, as stored; None where there is none."""
    cursor = await connection.execute("SELECT compiled FROM template WHERE hash = %(hash)s", {"hash": hash_})
    row = await cursor.fetchone()
    return row["compiled"] if row else None


async def store_project(connection: Connection, project: Project) -> int:
    """Stores the files that are never pinned, and tells every worker to read them again."""
    cursor = await connection.execute(
        """WITH next AS (UPDATE config_generation SET generation = generation + 1, project = %(project)s
                         RETURNING generation, project)
           INSERT INTO past_files (generation, project) SELECT generation, project FROM next RETURNING generation""",
        {"project": Jsonb(project.model_dump(mode="json", by_alias=True, exclude={"journeys"}))},
    )
    row = await cursor.fetchone()
    assert row is not None
    generation: int = row["generation"]
    return generation
