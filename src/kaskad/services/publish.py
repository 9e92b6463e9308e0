"""Publishing: files → versions. All of it or nothing, while nobody decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from kaskad.content import CompiledMessage
from kaskad.domain.journey import Journey
from kaskad.domain.program import messages_of
from kaskad.domain.shop import Project
from kaskad.domain.version import TemplateRef, Version
from kaskad.services.needs import HasDatabase
from kaskad.services.points import Point, reached
from kaskad.storage import clock, versions


class PublishDeps(HasDatabase, Protocol):
    """What publishing needs."""


@dataclass(frozen=True, slots=True)
class PublishedJourney:
    """One journey after publishing. `new` is False where nothing had changed."""

    name: str
    number: int
    new: bool
    version: Version


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published, which journeys ended because their file is gone, and which of these have people inside."""

    generation: int
    journeys: tuple[PublishedJourney, ...]
    ended: tuple[str, ...]
    ending: tuple[str, ...] = ()


async def publish(deps: PublishDeps, project: Project, compiled: Mapping[str, CompiledMessage]) -> Publication:
    """Stores templates, versions and files; new entries use the new versions at once, those inside finish as pinned."""
    journeys = [_version(journey, compiled) for _, journey in sorted(project.journeys.items())]
    async with deps.database.transaction() as connection:
        await versions.lock_for_publishing(connection)
        now = await clock.read(connection)
        used = {name for version in journeys for name in version.templates}
        documents = {compiled[name].hash: (name, _document(compiled[name])) for name in sorted(used)}
        await versions.store_templates(connection, documents)
        published = []
        for version in journeys:
            id_, number, new = await versions.store_version(connection, version, now)
            await versions.set_current(connection, version.journey.name, id_)
            published.append(PublishedJourney(version.journey.name, number, new, version))
        ended = await versions.end_others(connection, sorted(project.journeys))
        ending = await versions.ending(connection)
        generation = await versions.next_generation(connection, project)
        await reached(Point.PUBLISHING)
    return Publication(generation, tuple(published), tuple(ended), tuple(ending))


def _version(journey: Journey, compiled: Mapping[str, CompiledMessage]) -> Version:
    return Version(journey=journey, templates={name: _ref(compiled[name]) for name in messages_of(journey)})


def _ref(message: CompiledMessage) -> TemplateRef:
    channels = tuple(sorted(message.variants))
    spec = message.spec
    return TemplateRef(hash=message.hash, channels=channels, topic=spec.topic, purpose=spec.purpose, sender=spec.sender)


def _document(message: CompiledMessage) -> object:
    return message.model_dump(mode="json", by_alias=True)
