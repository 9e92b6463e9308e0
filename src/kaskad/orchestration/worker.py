"""A Prefect worker that runs flows in its own event loop, from trigger to code in a fraction of a second.

Several may serve one pool, on several machines: the server lets only one of them take a run.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import anyio.abc
import httpx
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import Flow as FlowRecord
from prefect.client.schemas.objects import FlowRun, State, StateType, WorkPool
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.flow_engine import run_flow
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.states import Cancelled
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult
from pydantic import PrivateAttr

from kaskad.domain.errors import NotFound, Rejected

POOL_TYPE = "kaskad-in-process"
CANCEL_SECONDS = 0.5  # how soon a Cancel in the UI is noticed
STOPPED = "the worker stops"
CANCELLED = "cancelled in Prefect"

log = logging.getLogger(__name__)


class InProcessConfiguration(BaseJobConfiguration):
    """Where to find the flow of a run: read from its deployment, which the worker has fetched anyway."""

    _entrypoint: str | None = PrivateAttr(default=None)

    def prepare_for_flow_run(
        self,
        flow_run: FlowRun,
        deployment: DeploymentResponse | None = None,
        flow: FlowRecord | None = None,
        work_pool: WorkPool | None = None,
        worker_name: str | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        """Nothing comes back; afterwards `entrypoint` is known."""
        super().prepare_for_flow_run(flow_run, deployment, flow, work_pool, worker_name, worker_id)
        self._entrypoint = deployment.entrypoint if deployment else None

    @property
    def entrypoint(self) -> str:
        """Like `flows.journey:journey`. Raises `NotFound` for a run that belongs to no deployment."""
        if self._entrypoint is None:
            raise NotFound("the run belongs to no deployment, or to one without an entrypoint")
        return self._entrypoint


class InProcessResult(BaseWorkerResult):
    """Code 0: the flow engine itself has told the server how the run ended, well or badly."""


class InProcessWorker(BaseWorker[InProcessConfiguration, BaseVariables, InProcessResult]):
    """Takes the runs of one pool, at most `limit` at a time; flows are imported from `project`, once."""

    type = POOL_TYPE
    job_configuration = InProcessConfiguration
    job_configuration_variables = BaseVariables
    _description = "Runs flows inside the worker's own event loop"

    def __init__(
        self,
        pool: str,
        *,
        project: Path,
        limit: int = 10,
        poll_seconds: float = 0.25,
        grace_seconds: float = 2.0,
    ) -> None:
        super().__init__(work_pool_name=pool, limit=limit, prefetch_seconds=0)
        self._project, self._poll_seconds, self._grace_seconds = project, poll_seconds, grace_seconds
        self._flows: dict[str, Flow[..., Any]] = {}
        self._tasks: dict[UUID, asyncio.Task[State[Any]]] = {}
        self._cancelling: set[UUID] = set()
        self._woken = asyncio.Event()
        self._given_up = asyncio.Event()

    async def serve(self, stop: asyncio.Event) -> None:
        """Returns after `stop` is set: running flows are cancelled then, and have `grace_seconds` to settle."""
        if str(self._project) not in sys.path:
            sys.path.insert(0, str(self._project))
        async with self:
            loops = [
                asyncio.create_task(self._repeat(self._take_runs, self._poll_seconds, self._woken)),
                asyncio.create_task(self._repeat(self._watch_for_cancel, CANCEL_SECONDS)),
                asyncio.create_task(self._repeat(self.sync_with_backend, self.heartbeat_interval_seconds)),
            ]
            stopped = asyncio.create_task(stop.wait())
            try:
                done, _ = await asyncio.wait([stopped, *loops], return_when=asyncio.FIRST_COMPLETED)
                for ended in done:
                    await ended
            finally:
                for task in (stopped, *loops):
                    task.cancel()
                await self._settle()

    def wake(self) -> None:
        """The worker looks for runs at once instead of at its next poll. Call it in the worker's loop."""
        self._woken.set()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: InProcessConfiguration,
        task_status: anyio.abc.TaskStatus[Any] | None = None,
    ) -> InProcessResult:
        """What became of one run. Raises what keeps its flow from being loaded; Prefect shows that on the run."""
        flow = await self._flow(configuration.entrypoint)
        task = asyncio.create_task(_execute(flow, flow_run), name=f"run {flow_run.name}")
        self._tasks[flow_run.id] = task
        if task_status is not None:
            task_status.started(str(flow_run.id))
        given_up = asyncio.create_task(self._given_up.wait())
        try:
            await asyncio.wait([task, given_up], return_when=asyncio.FIRST_COMPLETED)
            return await self._conclude(flow_run, task)
        finally:
            task.cancel()
            given_up.cancel()
            del self._tasks[flow_run.id]
            self._cancelling.discard(flow_run.id)
            self.wake()  # a run may have waited for this one's place

    async def _conclude(self, flow_run: FlowRun, task: asyncio.Task[State[Any]]) -> InProcessResult:
        settled = task.done() and not task.cancelled() and task.exception() is None
        state = task.result() if settled else None
        if flow_run.id in self._cancelling and not (state and state.is_final() and not state.is_crashed()):
            # the flow left no word of its own: what a person asked for stands, not the crash that came of it
            message = "Cancelled; the flow did not say where it stood."
            await self.client.set_flow_run_state(flow_run.id, Cancelled(message=message), force=True)
        return InProcessResult(identifier=str(flow_run.id), status_code=0 if task.done() else 1)

    async def _flow(self, entrypoint: str) -> Flow[..., Any]:
        if entrypoint not in self._flows:
            flow: Flow[..., Any] = await asyncio.to_thread(
                load_flow_from_entrypoint, entrypoint, use_placeholder_flow=False
            )
            if not flow.isasync:
                raise Rejected(f"{entrypoint} is not an async flow: it would hold up every other run of this worker")
            self._flows[entrypoint] = flow
        return self._flows[entrypoint]

    async def _take_runs(self) -> None:
        self._woken.clear()  # before asking: who wakes us meanwhile is heard
        await self.get_and_submit_flow_runs()

    async def _watch_for_cancel(self) -> None:
        waiting = [run_id for run_id in self._tasks if run_id not in self._cancelling]
        if not waiting:
            return
        asked = FlowRunFilter(
            id=FlowRunFilterId(any_=waiting),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLING])),
        )
        found = await self.client.read_flow_runs(flow_run_filter=asked, sort=FlowRunSort.ID_DESC, limit=len(waiting))
        for flow_run in found:
            if task := self._tasks.get(flow_run.id):
                self._cancelling.add(flow_run.id)
                task.cancel(CANCELLED)

    async def _repeat(
        self, work: Callable[[], Awaitable[object]], seconds: float, woken: asyncio.Event | None = None
    ) -> None:
        woken = woken or asyncio.Event()
        while True:
            try:
                await work()
            except httpx.HTTPError as error:
                if not _is_outage(error):
                    raise
                log.warning("Prefect does not answer: %r", error)  # runs go on, and so do we
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await woken.wait()

    async def _settle(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel(STOPPED)
        if tasks:
            await asyncio.wait(tasks, timeout=self._grace_seconds)
        self._given_up.set()


async def _execute(flow: Flow[..., Any], flow_run: FlowRun) -> State[Any]:
    try:
        return await cast(Awaitable[State[Any]], run_flow(flow, flow_run=flow_run, return_type="state"))
    except (SystemExit, KeyboardInterrupt) as error:  # out of a task these end the loop, and every other run with it
        raise RuntimeError(f"the flow asked the whole process to end: {error!r}") from error


def _is_outage(error: httpx.HTTPError) -> bool:
    return not isinstance(error, httpx.HTTPStatusError) or error.response.status_code >= 500
