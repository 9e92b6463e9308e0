"""Deploys: the files of a project become versions in the database, and deployments in Prefect."""

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
from kaskad.orchestration.deployment_specs import CronSpec, DeploymentSpec, JourneyDeploymentSpec
from kaskad.services import message_images
from kaskad.services.describing.describe import describe
from kaskad.services.describing.mermaid import render_mermaid
from kaskad.services.links import Links
from kaskad.services.linting import Severity, lint
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.services.previews import content_checks
from kaskad.services.projects import loading
from kaskad.services.projects.loading import LoadedProject
from kaskad.services.publishing import promo_codes
from kaskad.services.publishing.plan import Plan
from kaskad.services.publishing.publish import UNKNOWN_AUTHOR, Publication, PublishedJourney, plan_publication
from kaskad.services.publishing.publish import publish as store
from kaskad.settings import Settings
from kaskad.storage import clock
from kaskad.storage.publishing.publications import Author
from kaskad.storage.publishing.versions import PublishedVersion

if TYPE_CHECKING:
    from kaskad.orchestration.prefect_gateway import PrefectGateway

ENGINE_FLOWS = (
    DeploymentSpec("deliver", "flows.deliver:deliver", "Sends what is left over: retries, and what dead workers held."),
    DeploymentSpec(
        "unknowns", "flows.unknowns:unknowns", "Asks about sends of which nobody can tell, and tells owners."
    ),
    DeploymentSpec("webhooks", "flows.webhooks:webhooks", "Tells other systems what journeys have for them."),
    DeploymentSpec("fanout", "flows.fanout:fanout", "Tells those who wait for a product that it is back, in portions."),
    DeploymentSpec("entrances", "flows.entrances:entrances", "Looks who enters: by segment, by date, by the clock."),
    DeploymentSpec(
        "feeds",
        "flows.feeds:feeds",
        "Reads the catalogue's feeds, and tells what changed in them.",
        every_seconds=3_600.0,
    ),
    DeploymentSpec(
        "retention",
        "flows.retention:retention",
        "Makes room for the months to come, lets go what was kept long enough, learns what is bought together.",
        every_seconds=86_400.0,
    ),
)


class DeployDeps(HasDatabase, HasCatalogue, Protocol):
    """What deploying needs."""

    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True, slots=True)
class DeployResult:
    """What was published. `paused` journeys stay paused; `deployments`: journey → its deployment in Prefect.

    `retired` are Prefect's names of deployments that were removed, with the files of their journeys.
    `unreached` says why Prefect is not up to date; the database is in any case. None if Prefect is up to date, or was
    not asked.
    """

    publication: Publication
    paused: frozenset[str] = frozenset()
    deployments: Mapping[str, UUID] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()
    unreached: str | None = None
    remarks: tuple[str, ...] = ()  # findings of the linter and the content checks, a line each


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """What publishing would do, and the linter's findings."""

    plan: Plan
    remarks: tuple[str, ...] = ()


async def plan_deploy(deps: DeployDeps, root: Path) -> DeployPlan:
    """Returns what publishing the project in `root` would do now. Raises InvalidFiles."""
    draft, remarks = await _load_and_lint(deps, root)
    return DeployPlan(await plan_publication(deps, draft.project, draft.compiled), remarks)


async def deploy_project(
    deps: DeployDeps, root: Path, gateway: PrefectGateway | None, *, author: Author = UNKNOWN_AUTHOR
) -> DeployResult:
    """Publishes the project in `root`: first in the database, then in Prefect, unless `gateway` is None.

    Raises InvalidFiles, and then nothing has changed. Doing it again changes nothing.
    """
    draft, remarks = await _load_and_lint(deps, root)
    await message_images.store_images(deps, root, draft.compiled.values())
    await promo_codes.store_codes(deps, root, draft.project)
    publication = await store(deps, draft.project, draft.compiled, author=author)
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
    paused = frozenset(journey.name for journey in publication.journeys if deps.catalogue.current[journey.name][1])
    live = DeployResult(publication, paused, remarks=(*remarks, *_warn_about_unsendable(draft.project)))
    if gateway is None:
        return live
    try:
        return await _deploy(live, deps.settings.pool, root, gateway=gateway)
    except Unavailable as error:
        return replace(live, unreached=str(error))


def _warn_about_unsendable(project: Project) -> list[str]:
    return [f"configs/campaigns/{name}.yaml: checked, not sent: campaigns come later" for name in project.campaigns]


def build_card(published: PublishedJourney, paused: bool) -> JourneyDeploymentSpec:
    """Returns the journey as Prefect shows it: with name and tags, in words and as a diagram."""
    journey = published.version.journey
    enter = journey.enter
    drawn = f"```mermaid\n{render_mermaid(journey)}\n```"
    topics = [f"topic:{journey.topic}"] if journey.topic else []
    return JourneyDeploymentSpec(
        name=journey.name,
        description=f"**{journey.title}**\n\n{describe(journey)}\n\n{drawn}",
        tags=(*topics, f"owner:{journey.owner}", f"version:{published.number}"),
        version=str(published.number),
        paused=paused,
        ticks=CronSpec(enter.cron, enter.zone) if isinstance(enter, ScheduleTrigger) else None,
    )


async def update_deployment(deps: DeployDeps, published: PublishedVersion, gateway: PrefectGateway) -> None:
    """Updates the deployment of this journey alone. Raises Unavailable."""
    from kaskad.orchestration.deployments import publish_journey

    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
    name, settings = published.version.journey.name, deps.settings
    live = PublishedJourney(name, published.number, False, published.version)
    shown = build_card(live, deps.catalogue.current[name][1])
    await publish_journey(gateway, shown, pool=settings.pool, project=settings.project)


async def _load_and_lint(deps: DeployDeps, root: Path) -> tuple[LoadedProject, tuple[str, ...]]:
    """Returns the project and the linter's warnings. Raises InvalidFiles, also for the linter's errors."""
    draft = loading.load_project(root, deps.settings.home / "templates")
    async with deps.database.transaction() as connection:
        now = await clock.read_now(connection)
    remarks = lint(root, draft, now).remarks
    wrong = [remark for remark in remarks if remark.severity is Severity.ERROR]
    if wrong:
        raise InvalidFiles([Problem(remark.path, remark.line, remark.column, remark.text) for remark in wrong])
    links = Links(deps.settings.public_url, "")
    content = await asyncio.to_thread(content_checks.check_offline, draft, root, links, now=now)
    return draft, tuple(map(str, (*remarks, *content)))


async def _deploy(live: DeployResult, pool: str, root: Path, *, gateway: PrefectGateway) -> DeployResult:
    # Takes more than a second to import: only if Prefect is used.
    from kaskad.orchestration.deployments import publish_deployment, publish_journey, remove_deployments
    from kaskad.orchestration.pools import ensure_pool
    from kaskad.orchestration.worker import POOL_TYPE

    with suppress(Rejected):  # a pool of another type exists: its own workers run the same flows
        await ensure_pool(gateway, pool, POOL_TYPE)
    made = {}
    for published in live.publication.journeys:
        shown = build_card(published, published.name in live.paused)
        made[published.name] = await publish_journey(gateway, shown, pool=pool, project=root)
    for engine in ENGINE_FLOWS:
        await publish_deployment(gateway, engine, pool=pool, project=root)
    # Journeys whose file was removed keep theirs until their last enrollment has ended.
    kept = [*made, *live.publication.ending, *(engine.name for engine in ENGINE_FLOWS)]
    retired = await remove_deployments(gateway, kept)
    return replace(live, deployments=made, retired=frozenset(retired))
