"""Going live: the files of a project become versions in the database, and deployments in Prefect."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from kaskad.domain.errors import InvalidFiles, Problem, Rejected, Unavailable
from kaskad.domain.journeys.entry_trigger import ScheduleTrigger
from kaskad.domain.journeys.project import Project
from kaskad.orchestration.cards import JourneyCard, SystemCard, Ticks
from kaskad.services.authoring import examining, workshop
from kaskad.services.authoring.workshop import Draft
from kaskad.services.describing.describe import describe
from kaskad.services.describing.picture import picture
from kaskad.services.links import Links
from kaskad.services.linting import Severity, lint
from kaskad.services.needs import HasCatalogue, HasDatabase
from kaskad.services.publishing import images, promos
from kaskad.services.publishing.plan import Plan
from kaskad.services.publishing.publish import NOBODY, Publication, PublishedJourney, plan
from kaskad.services.publishing.publish import publish as store
from kaskad.settings import Settings
from kaskad.storage import clock
from kaskad.storage.publications import Author
from kaskad.storage.versions import Published

if TYPE_CHECKING:
    from kaskad.orchestration.runs import PrefectGateway

ENGINE = (
    SystemCard("deliver", "flows.deliver:deliver", "Sends what is left over: retries, and what dead workers held."),
    SystemCard("unknowns", "flows.unknowns:unknowns", "Asks about sends of which nobody can tell, and tells owners."),
    SystemCard("webhooks", "flows.webhooks:webhooks", "Tells other systems what journeys have for them."),
    SystemCard("fanout", "flows.fanout:fanout", "Tells those who wait for a product that it is back, in portions."),
    SystemCard("entrances", "flows.entrances:entrances", "Looks who enters: by segment, by date, by the clock."),
    SystemCard(
        "retention",
        "flows.retention:retention",
        "Makes room for the months to come, lets go what was kept long enough, learns what is bought together.",
        every_seconds=86_400.0,
    ),
)


class LiveDeps(HasDatabase, HasCatalogue, Protocol):
    """What going live needs."""

    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True, slots=True)
class GoneLive:
    """What was published. `paused` journeys stay so; `deployments`: journey → its deployment in Prefect.

    `retired` are Prefect's names of deployments that are gone, with the files of their journeys.
    `unreached` says why Prefect does not know of it yet; the database does in any case. None when it does, or when
    Prefect was not asked.
    """

    publication: Publication
    paused: frozenset[str] = frozenset()
    deployments: Mapping[str, UUID] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()
    unreached: str | None = None
    remarks: tuple[str, ...] = ()  # what the linter and the content checks have against the files, a line each


@dataclass(frozen=True, slots=True)
class Intended:
    """What publishing would do, and what the linter has against the files."""

    plan: Plan
    remarks: tuple[str, ...] = ()


async def intended(deps: LiveDeps, root: Path) -> Intended:
    """What publishing the project in `root` would do now. Raises InvalidFiles."""
    draft, remarks = await _checked(deps, root)
    return Intended(await plan(deps, draft.project, draft.compiled), remarks)


async def go_live(deps: LiveDeps, root: Path, gateway: PrefectGateway | None, author: Author = NOBODY) -> GoneLive:
    """Publishes the project in `root`: first in the database, then in Prefect, unless `gateway` is None.

    Raises InvalidFiles, and then nothing has changed. Doing it again changes nothing.
    """
    draft, remarks = await _checked(deps, root)
    await images.store(deps, root, draft.compiled.values())
    await promos.store(deps, root, draft.project)
    publication = await store(deps, draft.project, draft.compiled, author)
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
    paused = frozenset(one.name for one in publication.journeys if deps.catalogue.current[one.name][1])
    live = GoneLive(publication, paused, remarks=(*remarks, *_unsent(draft.project)))
    if gateway is None:
        return live
    try:
        return await _deploy(live, deps.settings.pool, root, gateway)
    except Unavailable as error:
        return replace(live, unreached=str(error))


def _unsent(project: Project) -> list[str]:
    return [f"configs/campaigns/{name}.yaml: checked, not sent: campaigns come later" for name in project.campaigns]


def card(published: PublishedJourney, paused: bool) -> JourneyCard:
    """The journey as Prefect shows it: found by name and tags, in words and with its picture."""
    journey = published.version.journey
    enter = journey.enter
    drawn = f"```mermaid\n{picture(journey)}\n```"
    topics = [f"topic:{journey.topic}"] if journey.topic else []
    return JourneyCard(
        name=journey.name,
        description=f"**{journey.title}**\n\n{describe(journey)}\n\n{drawn}",
        tags=(*topics, f"owner:{journey.owner}", f"version:{published.number}"),
        version=str(published.number),
        paused=paused,
        ticks=Ticks(enter.cron, enter.zone) if isinstance(enter, ScheduleTrigger) else None,
    )


async def shown_in_prefect(deps: LiveDeps, published: Published, gateway: PrefectGateway) -> None:
    """Brings the deployment of this journey alone up to date. Raises Unavailable."""
    from kaskad.orchestration.deployments import publish_journey

    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
    name, settings = published.version.journey.name, deps.settings
    live = PublishedJourney(name, published.number, False, published.version)
    shown = card(live, deps.catalogue.current[name][1])
    await publish_journey(gateway, shown, pool=settings.pool, project=settings.project)


async def _checked(deps: LiveDeps, root: Path) -> tuple[Draft, tuple[str, ...]]:
    """The draft, and the linter's warnings. Raises InvalidFiles, for what the linter takes for an error too."""
    draft = workshop.read(root, deps.settings.home / "templates")
    async with deps.database.transaction() as connection:
        now = await clock.read(connection)
    remarks = lint(root, draft, now).remarks
    wrong = [one for one in remarks if one.severity is Severity.ERROR]
    if wrong:
        raise InvalidFiles([Problem(one.path, one.line, one.column, one.text) for one in wrong])
    content = await asyncio.to_thread(examining.look, draft, root, Links(deps.settings.public_url, ""), now)
    return draft, tuple(map(str, (*remarks, *content)))


async def _deploy(live: GoneLive, pool: str, root: Path, gateway: PrefectGateway) -> GoneLive:
    # More than a second to import: only where Prefect is asked.
    from kaskad.orchestration.deployments import publish, publish_journey, retire
    from kaskad.orchestration.pools import ensure_pool
    from kaskad.orchestration.worker import POOL_TYPE

    with suppress(Rejected):  # a pool of another type is there already: its own workers run the same flows
        await ensure_pool(gateway, pool, POOL_TYPE)
    made = {}
    for published in live.publication.journeys:
        shown = card(published, published.name in live.paused)
        made[published.name] = await publish_journey(gateway, shown, pool=pool, project=root)
    for engine in ENGINE:
        await publish(gateway, engine, pool=pool, project=root)
    # Journeys whose file is gone keep theirs until the last one inside has come through.
    kept = [*made, *live.publication.ending, *(engine.name for engine in ENGINE)]
    retired = await retire(gateway, kept)
    return replace(live, deployments=made, retired=frozenset(retired))
