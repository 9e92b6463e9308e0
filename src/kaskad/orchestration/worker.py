"""A Prefect worker that runs flows in its own event loop: less than a second from trigger to code.

Several workers may serve one pool, on several machines: the server gives each run to only one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio.abc
import httpx
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterNextScheduledStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import AsyncClientContext
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Scheduled
from prefect.workers.base import BaseVariables, BaseWorker, BaseWorkerResult

from kaskad.orchestration import own_flows
from kaskad.orchestration.flow_execution import FlowLoader, InProcessConfiguration, execute

POOL_TYPE = "kaskad-in-process"
CANCEL_SECONDS = 0.5  # how soon a Cancel in the UI is noticed
STOPPED = "the worker stops"
CANCELLED = "cancelled in Prefect"

log = logging.getLogger(__name__)


class InProcessResult(BaseWorkerResult):
    """The result of a run, always code 0: the flow engine itself has reported to the server how it ended."""


class InProcessWorker(BaseWorker[InProcessConfiguration, BaseVariables, InProcessResult]):
    """Executes the runs of one pool, at most `limit` at a time; flows are imported from `project`, once.

    It loads `flows` before it registers with Prefect, so that a registered worker can run them. The first is required.
    """

    type = POOL_TYPE
    job_configuration = InProcessConfiguration
    job_configuration_variables = BaseVariables
    _description = "Runs flows inside the worker's own event loop"

    def __init__(
        self,
        pool: str,
        *,
        project: Path,
        flows: Sequence[str] = (),
        limit: int = 10,
        poll_seconds: float = 0.2,
        grace_seconds: float = 2.0,
    ) -> None:
        super().__init__(work_pool_name=pool, limit=limit, prefetch_seconds=0)
        self._project, self._poll_seconds, self._grace_seconds = project, poll_seconds, grace_seconds
        self._wanted = flows
        self._flows = FlowLoader()
        self._tasks: dict[UUID, asyncio.Task[State[Any]]] = {}
        self._cancelling: set[UUID] = set()
        self._woken = asyncio.Event()
        self._stopping, self._given_up = asyncio.Event(), asyncio.Event()

    async def serve(self, stop: asyncio.Event) -> None:
        """Returns after `stop` is set: running flows are then cancelled, and have `grace_seconds` to settle.

        Raises ImportError if no flows are found.
        """
        own_flows.at_hand(str(self._project))
        await self._flows.load_all(self._wanted)
        async with AsyncClientContext.get_or_create(), self:  # one connection for all runs
            loops = [
                asyncio.create_task(self._repeat(self._take_runs, self._poll_seconds, self._woken)),
                asyncio.create_task(self._repeat(self._watch_for_cancel, CANCEL_SECONDS)),
                asyncio.create_task(self._repeat(self._show_presence, self.heartbeat_interval_seconds)),
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
        """Makes the worker look for runs now, not at its next poll. Call it in the worker's loop."""
        self._woken.set()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: InProcessConfiguration,
        task_status: anyio.abc.TaskStatus[Any] | None = None,
    ) -> InProcessResult:
        """The result of one run. Raises an error in loading its flow; Prefect shows it on the run."""
        if self._stopping.is_set():
            return await self._hand_back(flow_run, task_status)
        flow = await self._flows.load(configuration.entrypoint)
        task = asyncio.create_task(execute(flow, flow_run), name=f"run {flow_run.name}")
        self._tasks[flow_run.id] = task
        given_up = asyncio.create_task(self._given_up.wait())
        try:
            await asyncio.wait([task, given_up], return_when=asyncio.FIRST_COMPLETED)
            if task_status is not None:  # not earlier: Prefect then writes to the run, which delays its start on SQLite
                task_status.started(str(flow_run.id))
            return await self._conclude(flow_run, task)
        finally:
            task.cancel()
            given_up.cancel()
            del self._tasks[flow_run.id]
            self._cancelling.discard(flow_run.id)

    async def _hand_back(self, flow_run: FlowRun, task_status: anyio.abc.TaskStatus[Any] | None) -> InProcessResult:
        """Returns the run to the queue, for another worker or for this one's successor."""
        await self.client.set_flow_run_state(flow_run.id, Scheduled(message=f"Not begun: {STOPPED}."), force=True)
        if task_status is not None:
            task_status.started(str(flow_run.id))
        return InProcessResult(identifier=str(flow_run.id), status_code=0)

    async def _conclude(self, flow_run: FlowRun, task: asyncio.Task[State[Any]]) -> InProcessResult:
        settled = task.done() and not task.cancelled() and task.exception() is None
        state = task.result() if settled else None
        if flow_run.id in self._cancelling and not (state and state.is_final() and not state.is_crashed()):
            # the flow set no state: keep the person's request, not the crash that followed
            message = "Cancelled; the flow did not say where it stood."
            await self.client.set_flow_run_state(flow_run.id, Cancelled(message=message), force=True)
        return InProcessResult(identifier=str(flow_run.id), status_code=0 if task.done() else 1)

    async def _take_runs(self) -> None:
        if self._woken.is_set() or await self._something_waits():
            self._woken.clear()  # before asking, so that a wake-up meanwhile is not lost
            await self.get_and_submit_flow_runs()

    async def _something_waits(self) -> bool:
        """Whether runs are waiting. It only reads: requesting runs writes, which on SQLite blocks the others."""
        due = FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            next_scheduled_start_time=FlowRunFilterNextScheduledStartTime(before_=datetime.now(UTC)),
        )
        here = WorkPoolFilter(name=WorkPoolFilterName(any_=[self._work_pool_name]))
        return await self.client.count_flow_runs(flow_run_filter=due, work_pool_filter=here) > 0

    async def _show_presence(self) -> None:
        await self.sync_with_backend()
        self.wake()  # Prefect shows a pool as ready if somebody requested runs within the last minute

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
                if not _is_outage(error) and not _is_unknown_to_prefect(error):
                    raise
                log.warning("Prefect does not answer: %r", error)  # runs go on, and so does the worker
            except ObjectNotFound as error:  # Prefect has lost its database: create the pool again
                log.warning("Prefect has lost what this worker serves: %s", error)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await woken.wait()

    async def _settle(self) -> None:
        self._stopping.set()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel(STOPPED)
        if tasks:
            await asyncio.wait(tasks, timeout=self._grace_seconds)
        self._given_up.set()


def _is_unknown_to_prefect(error: httpx.HTTPError) -> bool:
    """Whether the error means that Prefect has lost its database, and so does not know what it is asked about."""
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code == httpx.codes.NOT_FOUND


def _is_outage(error: httpx.HTTPError) -> bool:
    return not isinstance(error, httpx.HTTPStatusError) or error.response.status_code >= 500
