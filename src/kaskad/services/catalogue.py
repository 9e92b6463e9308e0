"""The published journeys and files, as this process last read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.project import Project
from kaskad.storage.database import Connection
from kaskad.storage.publishing import versions
from kaskad.storage.publishing.versions import PublishedVersion


@dataclass(slots=True)
class Catalogue:
    """Reloads when the generation has changed. Versions never change, so each is read once."""

    project: Project = field(default_factory=Project)
    current: dict[str, tuple[int, bool]] = field(default_factory=dict)  # journey → (version id, paused)
    generation: int = -1  # the generation of the files in `project`
    _versions: dict[int, PublishedVersion] = field(default_factory=dict)

    async def refresh(self, connection: Connection) -> None:
        """Brings the catalogue up to date and blocks publishing until the transaction ends."""
        generation = await versions.lock_generation_shared(connection)
        if generation != self.generation:
            self.project = await versions.load_project(connection)
            self.generation = generation
        self.current = await versions.list_current_versions(connection)  # pausing does not change any file

    async def version(self, connection: Connection, version_id: int) -> PublishedVersion:
        """Returns the published version with that id."""
        if version_id not in self._versions:
            self._versions[version_id] = await versions.load_version(connection, version_id)
        return self._versions[version_id]

    async def running(self, connection: Connection) -> list[PublishedVersion]:
        """Returns the current version of every journey that is not paused."""
        return [await self.version(connection, id_) for id_, paused in self.current.values() if not paused]

    async def current_of(self, connection: Connection, journey: str) -> PublishedVersion:
        """Returns the journey's current version; names may be written with `_` or `-`. Raises NotFound."""
        name = journey.replace("-", "_")
        if name not in self.current:
            known = ", ".join(sorted(self.current)) or "none is published yet"
            near = get_close_matches(name, self.current, n=1)
            advice = f"did you mean '{near[0]}'?" if near else f"published: {known}"
            raise NotFound(f"there is no journey '{name}' ({advice})")
        return await self.version(connection, self.current[name][0])
