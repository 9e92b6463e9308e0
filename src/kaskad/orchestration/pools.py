"""Work pools, and the automation that finds runs whose worker has died."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessWorker

from kaskad.domain.errors import Rejected
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.orchestration.prefect_server import HEARTBEAT_SECONDS
from kaskad.orchestration.worker import InProcessWorker

WORKERS: tuple[type[BaseWorker[Any, Any, Any]], ...] = (InProcessWorker, ProcessWorker)
CRASH_AUTOMATION = "kaskad: a run without heartbeat has crashed"
HEARTBEAT_EVENT = "prefect.flow-run.heartbeat"
END_EVENTS = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed")}


async def ensure_pool(gateway: PrefectGateway, name: str, kind: str) -> None:
    """Returns when the work pool exists. Raises `Rejected` for an unknown type, or if the pool has another type."""
    workers = {worker.type: worker for worker in WORKERS}
    if kind not in workers:
        raise Rejected(f"no worker serves pools of type {kind!r}; known are {', '.join(workers)}")
    template = workers[kind].get_default_base_job_template()
    async with gateway.open_client() as client:
        try:
            pool = await client.read_work_pool(name)
        except ObjectNotFound:
            with suppress(ObjectAlreadyExists):  # another process created it first
                await client.create_work_pool(WorkPoolCreate(name=name, type=kind, base_job_template=template))
            pool = await client.read_work_pool(name)
    if pool.type != kind:
        raise Rejected(f"the work pool {name!r} is of type {pool.type!r}, not {kind!r}")


async def ensure_crash_automation(gateway: PrefectGateway) -> None:
    """Returns when the automation exists that marks runs as Crashed after two missed heartbeats. It is never changed.

    Prefect allows two automations with one name. So each process looks again after creating one, and all keep the same.
    """
    async with gateway.open_client() as client:
        if not await client.read_automations_by_name(CRASH_AUTOMATION):
            await client.create_automation(_crash_automation())
        found = await client.read_automations_by_name(CRASH_AUTOMATION)
        for automation in sorted(found, key=lambda automation: automation.id)[1:]:
            try:
                await client.delete_automation(automation.id)
            except httpx.HTTPStatusError as error:
                if error.response.status_code != httpx.codes.NOT_FOUND:  # another process created it first
                    raise


def _crash_automation() -> AutomationCore:
    return AutomationCore(
        name=CRASH_AUTOMATION,
        description="Its worker was killed or lost its machine. What it held becomes due again when the lease ends.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"},
            after={HEARTBEAT_EVENT},
            expect={HEARTBEAT_EVENT, *END_EVENTS},
            threshold=1,
            within=timedelta(seconds=2 * HEARTBEAT_SECONDS),
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="No heartbeat: its worker has died.")],
    )
