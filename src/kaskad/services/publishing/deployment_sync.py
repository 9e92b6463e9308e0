"""Restores deployments that Prefect has lost, from what is published."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaskad.domain.errors import Rejected
from kaskad.orchestration.deployment_specs import DeploymentSpec
from kaskad.services.publishing.deploy import ENGINE_FLOWS, DeployDeps, build_card
from kaskad.services.publishing.publish import PublishedJourney
from kaskad.storage.database import Connection
from kaskad.storage.publishing import versions

if TYPE_CHECKING:
    from kaskad.orchestration.prefect_gateway import PrefectGateway

log = logging.getLogger(__name__)


async def list_deployments(connection: Connection) -> frozenset[str]:
    """Returns the deployments that Prefect must have, once something was published.

    These are journeys in which an enrollment may be due, and the engine's own flows.
    """
    return frozenset([*await versions.list_deployable(connection), *(flow.name for flow in ENGINE_FLOWS)])


@dataclass(slots=True)
class DeploymentSync:
    """What one process knows of Prefect's deployments. `pool_kind`: the type of a pool that it may create; None: none.

    A process that only dispatches creates no pool: its workers are of another kind, and create their own.
    """

    deps: DeployDeps
    gateway: PrefectGateway
    pool_kind: str | None = None
    _shown: int = -1  # the generation of the files that Prefect shows, as far as known

    async def sync(self) -> frozenset[str]:
        """Restores lost deployments and updates those of an older version; returns their names.

        A journey that is paused stays paused. Raises Unavailable if Prefect does not answer, or has no pool yet.
        """
        async with self.deps.database.transaction() as connection:
            await self.deps.catalogue.refresh(connection)
            generation, wanted = self.deps.catalogue.generation, await list_deployments(connection)
        if not generation:
            return frozenset()
        if generation == self._shown and await self.gateway.count_deployments(wanted) == len(wanted):
            return frozenset()
        made = await self._recreate_deployments()
        self._shown = generation
        return made

    async def _recreate_deployments(self) -> frozenset[str]:
        # Takes more than a second to import: only if Prefect is used.
        from kaskad.orchestration.deployments import ODD, repair_deployments
        from kaskad.orchestration.pools import ensure_crash_automation, ensure_pool

        settings = self.deps.settings
        if self.pool_kind:
            with suppress(Rejected):  # of another type: its own workers run the same flows
                await ensure_pool(self.gateway, settings.pool, self.pool_kind)
        try:
            await ensure_crash_automation(self.gateway)
        except ODD as error:
            log.warning("Prefect refuses the automation that notices crashes: %s", error)
        cards = await self._cards()
        made = await repair_deployments(self.gateway, cards, pool=settings.pool, project=settings.project)
        await self._switch({card.name: card.paused for card in cards if card.name in made})
        return made

    async def _cards(self) -> list[DeploymentSpec]:
        catalogue, found = self.deps.catalogue, []
        async with self.deps.database.transaction() as connection:
            for name, (id_, paused) in (await versions.list_deployable(connection)).items():
                stored = await catalogue.version(connection, id_)
                found.append(build_card(PublishedJourney(name, stored.number, False, stored.version), paused))
        return [*(card.as_deployment() for card in found), *ENGINE_FLOWS]

    async def _switch(self, made: Mapping[str, bool]) -> None:
        """Switches new deployments: a command that paused or resumed meanwhile found no deployment to switch."""
        async with self.deps.database.transaction() as connection:
            now = await versions.list_deployable(connection)
        for name, paused in made.items():
            if name in now and now[name][1] != paused:
                await self.gateway.set_paused(name, now[name][1])
