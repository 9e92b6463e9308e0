"""Going live: the files of a project become versions in the database, and deployments in Prefect."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from kaskad.domain.errors import Rejected, Unavailable
from kaskad.orchestration.cards import JourneyCard, SystemCard
from kaskad.services import images, workshop
from kaskad.services.describing.describe import describe
from kaskad.services.describing.picture import picture
from kaskad.services.needs import HasCatalogue, HasDatabase
from kaskad.services.publish import Publication, PublishedJourney
from kaskad.services.publish import publish as store
from kaskad.settings import Settings

if TYPE_CHECKING:
    from kaskad.orchestration.runs import PrefectGateway

ENGINE = (
    SystemCard("deliver", "flows.deliver:deliver", "Sends what is left over: retries, and what dead workers held."),
    SystemCard("unknowns", "flows.unknowns:unknowns", "Asks about sends of which nobody can tell, and tells owners."),
    SystemCard("fanout", "flows.fanout:fanout", "Tells those who wait for a product that it is back, in portions."),
    SystemCard(
        "retention",
        "flows.retention:retention",
        "Makes room for the months to come, and lets go what has been kept long enough.",
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


async def go_live(deps: LiveDeps, root: Path, gateway: PrefectGateway | None) -> GoneLive:
    """Publishes the project in `root`: first in the database, then in Prefect, unless `gateway` is None.

    Raises InvalidFiles, and then nothing has changed. Doing it again changes nothing.
    """
    draft = workshop.read(root, deps.settings.home / "templates")
    await images.store(deps, root, draft.compiled.values())
    publication = await store(deps, draft.project, draft.compiled)
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
    paused = frozenset(one.name for one in publication.journeys if deps.catalogue.current[one.name][1])
    live = GoneLive(publication, paused)
    if gateway is None:
        return live
    try:
        return await _deploy(live, deps.settings.pool, root, gateway)
    except Unavailable as error:
        return replace(live, unreached=str(error))


def card(published: PublishedJourney, paused: bool) -> JourneyCard:
    """The journey as Prefect shows it: found by name and tags, in words and with its picture."""
    journey = published.version.journey
    drawn = f"```mermaid\n{picture(journey)}\n```"
    topics = [f"topic:{journey.topic}"] if journey.topic else []
    return JourneyCard(
        name=journey.name,
        description=f"**{journey.title}**\n\n{describe(journey)}\n\n{drawn}",
        tags=(*topics, f"owner:{journey.owner}", f"version:{published.number}"),
        version=str(published.number),
        paused=paused,
    )


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
