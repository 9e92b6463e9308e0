"""The engine's access to Prefect: start a run, wait for it, pause a deployment, count runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    DeploymentFilterName,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import DeploymentSort, FlowRunSort

from kaskad.domain.errors import NotFound, Unavailable
from kaskad.orchestration.deployment_specs import TAG, to_prefect_name

POLL_SECONDS = 0.2
STALE_AFTER = timedelta(seconds=60)  # a run that has not begun by then waits for a worker that is gone
FINAL = (StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED, StateType.CRASHED)
CONNECT_TIMEOUT = 0.5  # seconds; the kernel answers, however busy the server is
PAGE_SIZE = 200  # Prefect's own limit


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that has ended, in Prefect's words: `state` is `Completed`, `Failed`, `Cancelled`, `Crashed` or its own."""

    id: UUID
    name: str
    state: str
    message: str | None
    completed: bool


class PrefectGateway:
    """One reused connection to Prefect's API; a context manager for one event loop.

    All methods raise `Unavailable` when the server does not answer within `patience` seconds, and `NotFound` for a
    deployment that does not exist. Names of deployments may have either spelling: `abandoned_cart`, `abandoned-cart`.
    """

    def __init__(self, api_url: str, *, auth: str | None = None, patience: float = 10.0) -> None:
        """`auth` is Prefect's `user:password`, if it needs one."""
        self._api_url, self._patience = api_url, patience
        self._client = PrefectClient(api_url, auth_string=auth)
        self._known: dict[str, tuple[UUID, Mapping[str, Any]]] = {}

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def open_client(self) -> AsyncIterator[PrefectClient]:
        """Prefect's client for one exchange. Raises `Unavailable`; other refusals raise as Prefect does."""
        try:
            async with asyncio.timeout(self._patience):
                yield self._client
        except (httpx.TransportError, TimeoutError) as error:
            raise Unavailable(f"the Prefect server at {self._api_url} does not answer") from error
        except httpx.HTTPStatusError as error:
            if error.response.status_code < 500:
                raise
            raise Unavailable(f"the Prefect server at {self._api_url} cannot serve: {error}") from error

    async def start_run(
        self,
        deployment_name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        now: datetime,
        idempotency_key: str | None = None,
        tags: Iterable[str] = (),
        coalesce: bool = False,
    ) -> UUID:
        """The id of the new run; with `coalesce`, the id of a run with the same parameters that already waits to start.

        A run that is scheduled for after `now` does not count as waiting.
        """
        try:
            deployment_id, defaults = await self._known_deployment(deployment_name)
            if coalesce and (waiting := await self._waiting(deployment_id, {**defaults, **(parameters or {})}, now)):
                return waiting.id
            async with self.open_client() as client:
                run = await client.create_flow_run_from_deployment(
                    deployment_id, parameters=dict(parameters or {}), idempotency_key=idempotency_key, tags=tags
                )
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.NOT_FOUND:
                raise
            self._known.pop(to_prefect_name(deployment_name), None)
            raise NotFound(f"nothing called {deployment_name!r} is published in Prefect any more") from None
        return run.id

    async def wait_for_run(self, run_id: UUID, timeout: float) -> FinishedRun:  # noqa: ASYNC109
        """How the run ended. Raises `TimeoutError` if it has not ended within `timeout` seconds."""
        return (await self.wait_for_runs([run_id], timeout))[0]

    async def wait_for_runs(self, run_ids: Sequence[UUID], timeout: float) -> list[FinishedRun]:  # noqa: ASYNC109
        """How each run ended, for at most 200. Raises `TimeoutError` if one has not ended within `timeout` seconds."""
        ids = FlowRunFilterId(any_=list(run_ids))
        ended = FlowRunFilter(id=ids, state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(FINAL))))
        async with asyncio.timeout(timeout):
            while True:
                async with self.open_client() as client:
                    if await client.count_flow_runs(flow_run_filter=ended) == len(run_ids):
                        break
                await asyncio.sleep(POLL_SECONDS)
            async with self.open_client() as client:
                runs = await client.read_flow_runs(
                    flow_run_filter=FlowRunFilter(id=ids), sort=FlowRunSort.ID_DESC, limit=len(run_ids)
                )
        found = {run.id: _to_finished_run(run) for run in runs}
        return [found[run_id] for run_id in run_ids]

    async def set_paused(self, name: str, paused: bool) -> None:
        """Pauses or resumes the deployment; pausing also removes the runs that its schedule had planned."""
        deployment = await self._deployment(name)
        async with self.open_client() as client:
            await (client.pause_deployment if paused else client.resume_deployment)(deployment.id)

    async def run_counts(self, since: datetime | None = None) -> dict[str, int]:
        """The number of runs of Kaskad's deployments by state (`completed`, `running`, …), expected after `since`."""
        started = FlowRunFilterExpectedStartTime(after_=since) if since else None
        published = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
        counts = {}
        for kind in StateType:
            state = FlowRunFilterState(type=FlowRunFilterStateType(any_=[kind]))
            runs = FlowRunFilter(state=state, expected_start_time=started)
            async with self.open_client() as client:
                counts[kind.value.lower()] = await client.count_flow_runs(
                    flow_run_filter=runs, deployment_filter=published
                )
        return {kind: count for kind, count in counts.items() if count}

    async def _known_deployment(self, name: str) -> tuple[UUID, Mapping[str, Any]]:
        """The deployment's id and default parameters; cached, because a read is expensive for the server."""
        key = to_prefect_name(name)
        if key not in self._known:
            deployment = await self._deployment(name)
            self._known[key] = deployment.id, deployment.parameters
        return self._known[key]

    async def _deployment(self, name: str) -> DeploymentResponse:
        found = await self.deployments(name)
        if not found:
            raise NotFound(f"nothing called {name!r} is published in Prefect")
        return found[0]

    async def deployments(self, name: str | None = None) -> list[DeploymentResponse]:
        """Kaskad's deployments, ordered by name; with `name`, only that one."""
        names = DeploymentFilterName(any_=[to_prefect_name(name)]) if name else None
        which = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]), name=names)
        found: list[DeploymentResponse] = []
        while True:
            async with self.open_client() as client:
                page = await client.read_deployments(
                    deployment_filter=which, sort=DeploymentSort.NAME_ASC, limit=PAGE_SIZE, offset=len(found)
                )
            found += page
            if len(page) < PAGE_SIZE:
                return found

    async def count_deployments(self, names: Iterable[str]) -> int:
        """How many of these names are published; reading the deployments would cost the server much more."""
        asked = {"deployments": {"tags": {"all_": [TAG]}, "name": {"any_": [to_prefect_name(name) for name in names]}}}
        async with self.open_client() as client:
            answer = await client.request("POST", "/deployments/count", json=asked)
        return int(answer.json())

    async def is_listening(self) -> bool:
        """Whether anything listens on the server's port; Prefect's own client takes seconds to find that out."""
        address = httpx.URL(self._api_url)
        port = address.port or {"https": 443}.get(address.scheme, 80)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                _, writer = await asyncio.open_connection(address.host, port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    async def last_worker_heartbeat(self, pool: str) -> datetime | None:
        """When a worker of the pool last sent a heartbeat; None: never, or there is no such pool."""
        try:
            async with self.open_client() as client:
                workers = await client.read_workers_for_work_pool(pool, offset=0, limit=1)  # the latest heartbeat
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.NOT_FOUND:
                return None
            raise
        return max((worker.last_heartbeat_time for worker in workers if worker.last_heartbeat_time), default=None)

    async def _waiting(self, deployment_id: UUID, parameters: Mapping[str, Any], now: datetime) -> FlowRun | None:
        waits = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED, StateType.PENDING]))
        async with self.open_client() as client:
            runs = await client.read_flow_runs(
                limit=PAGE_SIZE,
                sort=FlowRunSort.EXPECTED_START_TIME_ASC,
                flow_run_filter=FlowRunFilter(
                    state=waits,
                    expected_start_time=FlowRunFilterExpectedStartTime(before_=now, after_=now - STALE_AFTER),
                ),
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
            )
        return next((run for run in runs if run.parameters == parameters), None)


def _to_finished_run(run: FlowRun) -> FinishedRun:
    assert run.state is not None
    return FinishedRun(run.id, run.name, str(run.state.name), run.state.message, run.state.is_completed())
