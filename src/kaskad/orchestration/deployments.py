"""Publishes deployments through Prefect's API: one for each journey, and one for each of the engine's own flows."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zlib import crc32

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.exceptions import ObjectNotFound

from kaskad.domain.errors import Unavailable
from kaskad.orchestration import own_flows
from kaskad.orchestration.deployment_specs import TAG, DeploymentSpec, JourneyDeploymentSpec, to_prefect_name
from kaskad.orchestration.prefect_gateway import PrefectGateway

log = logging.getLogger(__name__)
ODD = (httpx.HTTPStatusError, ValueError, LookupError, TypeError, AttributeError)  # refusals, and unexpected answers
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


async def publish_journey(gateway: PrefectGateway, card: JourneyDeploymentSpec, *, pool: str, project: Path) -> UUID:
    """The id of the journey's deployment, created or updated; it stays paused or active as it was."""
    return await publish_deployment(gateway, card.as_deployment(), pool=pool, project=project)


async def publish_deployment(gateway: PrefectGateway, card: DeploymentSpec, *, pool: str, project: Path) -> UUID:
    """The id of the deployment, created or updated; `project` is the folder with `configs/`.

    Raises `Unavailable`.
    """
    async with gateway.open_client() as client:
        flow_id = await client.create_flow_from_name(card.flow_name)
        return await client.create_deployment(
            flow_id=flow_id,
            name=to_prefect_name(card.name),
            version=card.version,
            description=card.description,
            tags=[TAG, *card.tags],
            entrypoint=card.entrypoint,
            parameters=dict(card.parameters),
            parameter_openapi_schema=dict(card.parameter_schema),
            enforce_parameter_schema=bool(card.parameter_schema),
            schedules=_schedules(card),
            work_pool_name=pool,
            pull_steps=_pull_steps(project),
            paused=await _initial_pause(client, card),
        )


async def remove_deployments(gateway: PrefectGateway, names_to_keep: Iterable[str]) -> set[str]:
    """Prefect's names of the deployments removed: Kaskad's own that are not to be kept. Raises `Unavailable`."""
    kept = {to_prefect_name(name) for name in names_to_keep}
    gone = [deployment for deployment in await gateway.deployments() if deployment.name not in kept]
    for deployment in gone:
        async with gateway.open_client() as client:
            await client.delete_deployment(deployment.id)
    return {deployment.name for deployment in gone}


async def repair_deployments(
    gateway: PrefectGateway, cards: Iterable[DeploymentSpec], *, pool: str, project: Path
) -> frozenset[str]:
    """The names of the deployments that were missing or out of date, and are created or updated now.

    Raises `Unavailable`, also if the pool does not exist yet.
    """
    there = {deployment.name: deployment for deployment in await gateway.deployments()}
    made = []
    for card in cards:
        if _is_up_to_date(there.get(to_prefect_name(card.name)), card):
            continue
        try:
            await publish_deployment(gateway, card, pool=pool, project=project)
        except ObjectNotFound as error:
            raise Unavailable(f"Prefect has no work pool {pool!r} yet: its workers make it") from error
        except ODD as error:  # only this one: the others are still repaired
            log.warning("Prefect refuses the deployment of %s: %s", card.name, error)
        else:
            made.append(card.name)
    return frozenset(made)


def _is_up_to_date(there: DeploymentResponse | None, card: DeploymentSpec) -> bool:
    """Whether the deployment is as specified. People choose its pool and whether it is paused."""
    if there is None:
        return False
    said = (there.version, there.description or "", set(there.tags))
    return said == (card.version, card.description, {TAG, *card.tags})


def _pull_steps(project: Path) -> list[dict[str, dict[str, str]]]:
    """The steps of a stock worker before it imports the flow; Kaskad's worker does the same when it starts."""
    return [
        {"prefect.deployments.steps.set_working_directory": {"directory": str(project)}},
        {own_flows.STEP: {"project": str(project)}},
    ]


async def _initial_pause(client: PrefectClient, card: DeploymentSpec) -> bool | None:
    """Whether a new deployment begins paused; None, which changes nothing, if it exists already."""
    try:
        await client.read_deployment_by_name(f"{card.flow_name}/{to_prefect_name(card.name)}")
    except ObjectNotFound:
        return card.paused
    return None


def _schedules(card: DeploymentSpec) -> list[DeploymentScheduleCreate]:
    """The safety net, and the schedules of the files."""
    found = [_safety_net(card)] if card.every_seconds else []
    if card.ticks:
        ticks = CronSchedule(cron=card.ticks.cron, timezone=card.ticks.zone)
        found.append(DeploymentScheduleCreate(schedule=ticks, slug="by-the-clock"))
    return found


def _safety_net(card: DeploymentSpec) -> DeploymentScheduleCreate:
    """The safety net, with a fixed phase per deployment: not all start at once, and publishing delays none."""
    interval = timedelta(seconds=card.every_seconds or 0)
    phase = timedelta(seconds=crc32(card.name.encode()) % max(int(interval.total_seconds()), 1))
    return DeploymentScheduleCreate(
        schedule=IntervalSchedule(interval=interval, anchor_date=EPOCH + phase, timezone="UTC"), slug="safety-net"
    )
