"""Publishes: files become versions. All or nothing, while nobody decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from kaskad.content import CompiledMessage
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.program import message_names
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import TemplateRef, Version
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasDatabase
from kaskad.services.publishing.activation import activate_version
from kaskad.services.publishing.plan import JourneyPlan, Plan, StepMigration, build_plan
from kaskad.services.publishing.stopped_messages import count_stopped
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.publishing import publications, versions
from kaskad.storage.publishing.publications import Author, PublicationAction

UNKNOWN_AUTHOR = Author()
EMPTY_PLAN = Plan(())


class PublishDeps(HasDatabase, Protocol):
    """What publishing needs."""


@dataclass(frozen=True, slots=True)
class PublishedJourney:
    """One journey that is live afterwards. `new` is False if nothing has changed, or if the change is proposed."""

    name: str
    number: int
    new: bool
    version: Version


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version that waits for a second person, and why; `kaskad approve` makes it live."""

    name: str
    number: int
    hash: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published, which journeys ended as their file was removed, and which of these still have customers."""

    generation: int
    journeys: tuple[PublishedJourney, ...]
    ended: tuple[str, ...]
    ending: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    plan: Plan = EMPTY_PLAN


async def plan_publication(deps: PublishDeps, project: Project, compiled: Mapping[str, CompiledMessage]) -> Plan:
    """Returns what `publish` would do now. Changes nothing."""
    async with deps.database.transaction() as connection:
        wanted = build_versions(project, compiled)
        plan = await build_plan(connection, project, wanted)
        stored = await versions.load_project(connection)
        old = stored.policy if stored else None
        stopped = await count_stopped(connection, project.policy, old, wanted=wanted)
        journeys = tuple(replace(journey, stopped=stopped.get(journey.name)) for journey in plan.journeys)
        return replace(plan, journeys=journeys)


async def publish(
    deps: PublishDeps, project: Project, compiled: Mapping[str, CompiledMessage], *, author: Author = UNKNOWN_AUTHOR
) -> Publication:
    """Stores templates, versions and files; new entries use the new versions at once.

    Live enrollments finish with their version, or move, as each journey's `edits` says. A version that needs approval
    is stored and proposed. Raises InvalidFiles if customers are at removed steps and no `moved:` says where they go;
    Unavailable if enrolled customers are busy for too long.
    """
    return await run_in_transaction(deps.database, partial(_publish, project=project, compiled=compiled, author=author))


async def _publish(
    connection: Connection, *, project: Project, compiled: Mapping[str, CompiledMessage], author: Author
) -> Publication:
    await versions.lock_for_publishing(connection)
    now = await clock.read_now(connection)
    wants = build_versions(project, compiled)
    plan = await build_plan(connection, project, wants)
    refuse_stranded(plan.journeys)
    used = {name for version in wants for name in version.templates}
    documents = {compiled[name].hash: (name, _document(compiled[name])) for name in sorted(used)}
    await versions.store_templates(connection, documents)
    published: list[PublishedJourney] = []
    proposals: list[Proposal] = []
    for journey in plan.journeys:
        id_, number, new = await versions.store_version(connection, journey.version, now)
        if journey.needs:
            proposals.append(Proposal(journey.name, number, journey.version.hash, journey.needs))
            if journey.state != "proposed":
                await publications.record_publication(
                    connection,
                    journey.name,
                    id_,
                    did=PublicationAction.PROPOSED,
                    author=author,
                    at=now,
                    needs=journey.needs,
                )
            published += await _live_version(connection, journey.name)
            continue
        await activate_version(connection, journey, await versions.load_version(connection, id_), now=now)
        if did := await _log_entry(connection, journey):
            await publications.record_publication(connection, journey.name, id_, did=did, author=author, at=now)
        published.append(PublishedJourney(journey.name, number, new, journey.version))
    ended = await versions.end_missing_journeys(connection, sorted(project.journeys))
    ending = await versions.list_ending(connection)
    generation = await versions.store_project(connection, project)
    await failpoint(Failpoint.PUBLISHING)
    return Publication(generation, tuple(published), tuple(ended), tuple(ending), tuple(proposals), plan)


def refuse_stranded(plans: Sequence[JourneyPlan]) -> None:
    """Raises InvalidFiles if customers are at removed steps and nothing says where they go."""
    problems = [
        Problem(
            f"configs/journeys/{plan.name}.yaml",
            1,
            1,
            f'{describe_stranded(stood)}: write moved: {{"{stood.step}": "{stood.to}"}}, which is {stood.to_words}',
        )
        for plan in plans
        for stood in plan.stranded
    ]
    if problems:
        raise InvalidFiles(problems)


def describe_stranded(stood: StepMigration) -> str:
    """Returns how many customers are at the step; callers add the best target."""
    people = f"{stood.people:,} {'person stands' if stood.people == 1 else 'people stand'}"
    return f"{people} at {stood.words}, which is gone, and nothing says where they go"


def build_versions(project: Project, compiled: Mapping[str, CompiledMessage]) -> list[Version]:
    """Returns the version of each journey that the files make, by name."""
    return [_version(journey, compiled) for _, journey in sorted(project.journeys.items())]


async def _live_version(connection: Connection, name: str) -> list[PublishedJourney]:
    """Returns the live version of a journey whose new one waits for approval; nothing if there is none yet."""
    current = (await versions.list_current_versions(connection)).get(name)
    if current is None:
        return []
    live = await versions.load_version(connection, current[0])
    return [PublishedJourney(name, live.number, False, live.version)]


async def _log_entry(connection: Connection, plan: JourneyPlan) -> PublicationAction | None:
    """Returns the log's action: None if nothing changed; if files take a proposal back, it is withdrawn."""
    if plan.state != "unchanged":
        return PublicationAction.PUBLISHED
    waiting = publications.find_proposal(await publications.load_log(connection, plan.name))
    return PublicationAction.WITHDRAWN if waiting else None


def _version(journey: Journey, compiled: Mapping[str, CompiledMessage]) -> Version:
    return Version(journey=journey, templates={name: _ref(compiled[name]) for name in message_names(journey)})


def _ref(message: CompiledMessage) -> TemplateRef:
    channels = tuple(sorted(message.variants))
    spec = message.spec
    return TemplateRef(hash=message.hash, channels=channels, topic=spec.topic, purpose=spec.purpose, sender=spec.sender)


def _document(message: CompiledMessage) -> object:
    return message.model_dump(mode="json", by_alias=True)
