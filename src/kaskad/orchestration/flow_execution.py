"""Executes one run inside the worker: finds its flow, runs it, and protects the other runs from it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from importlib import import_module
from typing import Any, cast
from uuid import UUID

from prefect.client.schemas.objects import Flow as FlowRecord
from prefect.client.schemas.objects import FlowRun, State, WorkPool
from prefect.client.schemas.responses import DeploymentResponse
from prefect.flow_engine import run_flow
from prefect.flows import Flow
from prefect.workers.base import BaseJobConfiguration
from pydantic import PrivateAttr

from kaskad.domain.errors import NotFound, Rejected

log = logging.getLogger(__name__)


class InProcessConfiguration(BaseJobConfiguration):
    """Where to find the flow of a run; it comes from the deployment, which the worker has loaded anyway."""

    _entrypoint: str | None = PrivateAttr(default=None)

    def prepare_for_flow_run(  # noqa: PLR0917  # Prefect calls it, by position
        self,
        flow_run: FlowRun,
        deployment: DeploymentResponse | None = None,
        flow: FlowRecord | None = None,
        work_pool: WorkPool | None = None,
        worker_name: str | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        """Returns nothing; afterwards `entrypoint` is known."""
        super().prepare_for_flow_run(flow_run, deployment, flow, work_pool, worker_name, worker_id)
        self._entrypoint = deployment.entrypoint if deployment else None

    @property
    def entrypoint(self) -> str:
        """The flow's entrypoint, like `flows.journey:journey`. Raises `NotFound` for a run without a deployment."""
        if self._entrypoint is None:
            raise NotFound("the run belongs to no deployment, or to one without an entrypoint")
        return self._entrypoint


class FlowLoader:
    """Loads flows; each is imported once."""

    def __init__(self) -> None:
        self._loaded: dict[str, Flow[..., Any]] = {}

    async def load(self, entrypoint: str) -> Flow[..., Any]:
        """The flow of the entrypoint. Raises `Rejected` if it is not async, and any error of its import."""
        if entrypoint not in self._loaded:
            self._loaded[entrypoint] = await asyncio.to_thread(_import, entrypoint)
        return self._loaded[entrypoint]

    async def load_all(self, entrypoints: Sequence[str]) -> None:
        """Loads the flows. Raises the error of the first one; errors of the others are only logged."""
        for number, entrypoint in enumerate(entrypoints):
            try:
                await self.load(entrypoint)
            except Exception:
                if number == 0:
                    raise
                log.exception("%s cannot be loaded: its runs will crash", entrypoint)


def _import(entrypoint: str) -> Flow[..., Any]:
    # not Prefect's loader: it searches the current folder first, whatever project this worker serves
    module, _, name = entrypoint.partition(":")
    flow = getattr(import_module(module), name, None)
    if not isinstance(flow, Flow) or not flow.isasync:
        raise Rejected(f"{entrypoint} is no async flow: another would hold up every other run of this worker")
    return flow


async def execute(flow: Flow[..., Any], flow_run: FlowRun) -> State[Any]:
    """The final state of the run, which the server knows. Raises `CancelledError` unless the flow caught it."""
    try:
        return await cast(Awaitable[State[Any]], run_flow(flow, flow_run=flow_run, return_type="state"))
    except (SystemExit, KeyboardInterrupt) as error:  # raised from a task, these end the loop and all other runs
        raise RuntimeError(f"the flow asked the whole process to end: {error!r}") from error
