"""Pauses and resumes a journey: in the database, which decides, and in Prefect, where people see and may do it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from kaskad.domain.errors import NotFound
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage.publishing import pauses, versions

log = logging.getLogger(__name__)


class PausingDeps(HasDatabase, HasCatalogue, Protocol):
    """What pausing needs."""


@dataclass(frozen=True, slots=True)
class PauseResult:
    """The journey's name, and whether it has a deployment in Prefect, which was switched too."""

    journey: str
    deployed: bool


async def pause(deps: PausingDeps, gateway: PrefectGateway, journey: str) -> PauseResult:
    """Pauses in the database at once, whatever Prefect does, then in Prefect.

    Raises NotFound for an unknown journey, and Unavailable if Prefect does not answer: it is paused all the same.
    """
    name = await set_paused(deps, journey, True)
    deployed = await _switch_deployment(gateway, name, True)
    await set_paused(deps, name, True)  # whoever looked at the deployment in between has seen it running
    return PauseResult(name, deployed)


async def resume(deps: PausingDeps, gateway: PrefectGateway, journey: str) -> PauseResult:
    """Resumes in Prefect first: a deployment that is paused there pauses the journey again.

    Raises NotFound for an unknown journey, and Unavailable if Prefect does not answer: then nothing has changed.
    """
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        name = (await deps.catalogue.current_of(connection, journey)).version.journey.name
    deployed = await _switch_deployment(gateway, name, False)
    return PauseResult(await set_paused(deps, name, False), deployed)


async def set_paused(deps: PausingDeps, journey: str, paused: bool) -> str:
    """Pauses or resumes in the database alone; returns the journey's name. Raises NotFound.

    A paused journey takes no entries and sends nothing. When this returns, no further send of a paused journey begins:
    pre-send checks hold the same lock shared.
    """
    name = journey.replace("-", "_")
    async with deps.database.transaction() as connection:
        await versions.lock_for_publishing(connection)
        if not await pauses.set_paused(connection, name, paused):
            await deps.catalogue.refresh(connection)
            await deps.catalogue.current_of(connection, name)
    return name


async def sync_from_prefect(deps: PausingDeps, gateway: PrefectGateway, before: Mapping[str, bool]) -> dict[str, bool]:
    """Reads the deployments' switches and returns them; one that was turned since `before` pauses or resumes.

    A switch that was never read before can only pause: a journey that was paused by command stays paused. A journey
    that was paused or resumed by command while Prefect was asked keeps that: Prefect's answer may be older.
    """
    async with deps.database.transaction() as connection:
        turns = await pauses.load_pause_epochs(connection)
    deployments = await gateway.deployments()
    now = {
        deployment.parameters["journey"]: deployment.paused
        for deployment in deployments
        if "journey" in deployment.parameters
    }
    turned = {name for name in now.keys() & turns if now[name] != before.get(name, False)}
    if turned:
        async with deps.database.transaction() as connection:
            await versions.lock_for_publishing(connection)
            for name in sorted(turned):
                if await pauses.sync_with_deployment(connection, name, now[name], turns=turns[name]):
                    log.info("%s is %s, as its deployment", name, "paused" if now[name] else "running")
                else:
                    now[name] = before.get(name, False)  # read again next time
    return now


async def _switch_deployment(gateway: PrefectGateway, name: str, paused: bool) -> bool:
    try:
        await gateway.set_paused(name, paused)
    except NotFound:  # not published in Prefect yet
        return False
    return True
