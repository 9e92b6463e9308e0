"""What reads the events of an import: the published files, with what the map says of its own file."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Protocol

from kaskad.domain.errors import Rejected
from kaskad.domain.importing.import_map import ImportMap
from kaskad.domain.journeys.project import EventSpec, Project, Source
from kaskad.domain.own_sources import OWN_SOURCES, describe_own_source
from kaskad.domain.values.dialect import Formats
from kaskad.services.importing.items import Reading
from kaskad.services.importing.translating import ORDERED
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock
from kaskad.storage.growth.partitions import start_of_month


class ReadingDeps(HasDatabase, HasCatalogue, Protocol):
    """What it needs."""


async def open_reading(deps: ReadingDeps, asked: ImportMap, source: str) -> Reading:
    """What reads the events of this source by this map, as of now."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        now = await clock.read_now(connection)
    project = deps.catalogue.project
    # whole months are let go: the first one that is kept is that of the last day
    first = start_of_month((now - project.policy.keep.events.longest).date())
    oldest = datetime.combine(first, time(), UTC)
    return Reading(_with_map(project, asked, source), source, now, oldest)


def check_source(project: Project, source: str) -> None:
    """Raises Rejected for a source that nobody owns, or that everybody can speak for: an import may change contacts."""
    if source in OWN_SOURCES:
        raise Rejected(describe_own_source(source))
    named = project.sources.get(source)
    if named is None and project.sources:
        line = f"{source}: {{title: …, owner: you@shop.example}}"
        raise Rejected(f"there is no source '{source}' in configs/sources.yaml: add `{line}`, and publish")
    if named is not None and named.public:
        raise Rejected(f"the source '{source}' is public: an import needs a source of its own in configs/sources.yaml")


def _with_map(project: Project, asked: ImportMap, source: str) -> Project:
    named = project.sources.get(source) or Source(name=source)
    formats = named.formats if asked.formats == Formats() else asked.formats
    spec = named.model_copy(update={"formats": formats, "time_zone": asked.zone or named.time_zone})
    return project.model_copy(
        update={"sources": {**project.sources, source: spec}, "events": {**project.events, **_typed(project, asked)}}
    )


def _typed(project: Project, asked: ImportMap) -> dict[str, EventSpec]:
    """The events of the map with the types that it gives; what events.yaml says of a property holds."""
    if not asked.types:
        return {}
    event = asked.event
    names = [ORDERED] if event is None else [event.constant] if event.constant else [*(event.names or {}).values()]
    specs = {}
    for name in dict.fromkeys(name for name in names if isinstance(name, str)):
        spec = project.events.get(name) or EventSpec(name=name)
        specs[name] = spec.model_copy(update={"properties": {**asked.types, **spec.properties}})
    return specs
