"""A journey's versions: who did what to them and when, and how many enrollments each has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage.database import Connection
from kaskad.storage.publishing import publications, version_migration, versions
from kaskad.storage.publishing.publications import PublicationAction, PublicationEntry
from kaskad.storage.publishing.versions import PublishedVersion


class VersionDeps(HasDatabase, HasCatalogue, Protocol):
    """What version queries need."""


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """One version of a journey. `inside`: how many candidates and live enrollments it has now.

    `at`, `by`, `commit` and `edited` are those of its first publication; `approved_…` those of its approval.
    """

    number: int
    hash: str
    state: Literal["current", "proposed", "past"]
    at: datetime
    by: str
    commit: str | None
    edited: bool | None
    inside: int
    needs: tuple[str, ...]
    approved_by: str | None
    approved_at: datetime | None


async def list_versions(deps: VersionDeps, journey: str) -> list[VersionEntry]:
    """Returns every version of the journey, the newest first. Raises NotFound."""
    async with deps.database.transaction() as connection:
        name = await resolve_name(deps, connection, journey)
        entries = await publications.load_log(connection, name)
        people: dict[int, int] = {}
        for population in await version_migration.count_step_populations(connection, [name]):
            people[population.version_id] = people.get(population.version_id, 0) + population.people
        current = (await versions.list_current_versions(connection)).get(name, (0, False))[0]
        stored = await publications.load_all_versions(connection, name)
    waiting = publications.find_proposal(entries)
    proposed = waiting.version_id if waiting else 0
    return [
        _line(published, entries, people.get(published.id, 0), current=current, proposed=proposed)
        for published in stored
    ]


async def resolve_name(deps: VersionDeps, connection: Connection, journey: str) -> str:
    """Returns the name as in its file, live or only proposed. Raises NotFound."""
    await deps.catalogue.refresh(connection)
    name = journey.replace("-", "_")
    if not await publications.load_all_versions(connection, name):
        await deps.catalogue.current_of(connection, journey)  # shows which journeys there are
    return name


def _line(
    published: PublishedVersion, entries: Sequence[PublicationEntry], inside: int, *, current: int, proposed: int
) -> VersionEntry:
    own = [entry for entry in entries if entry.version_id == published.id]
    first = own[0]
    approval = next((entry for entry in own if entry.did is PublicationAction.APPROVED), None)
    return VersionEntry(
        number=published.number,
        hash=published.version.hash,
        state="current" if published.id == current else "proposed" if published.id == proposed else "past",
        at=first.at,
        by=first.by,
        commit=first.commit,
        edited=first.edited,
        inside=inside,
        needs=first.needs,
        approved_by=approval.by if approval else None,
        approved_at=approval.at if approval else None,
    )
