"""What people see and do in Prefect, over Prefect's own API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import DeploymentSort, FlowRunSort
from prefect.states import Cancelling

from kaskad.orchestration.prefect_server import build_auth_header

ACTIVE = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING]


@dataclass(frozen=True)
class Watched:
    """One Prefect server."""

    api_url: str
    auth: str | None

    @contextmanager
    def client(self) -> Iterator[SyncPrefectClient]:
        with SyncPrefectClient(self.api_url, auth_string=self.auth) as client:
            yield client

    def deployments(self) -> dict[str, DeploymentResponse]:
        with self.client() as client:
            return {found.name: found for found in client.read_deployments(limit=200, sort=DeploymentSort.NAME_ASC)}

    def start(self, deployment: str, **parameters: Any) -> UUID:
        """Starts a run as anybody may; its id."""
        found = self.deployments()[deployment]
        with self.client() as client:
            return client.create_flow_run_from_deployment(found.id, parameters=parameters).id

    def run(self, run_id: UUID) -> FlowRun:
        with self.client() as client:
            return client.read_flow_run(run_id)

    def ended(self, run_id: UUID, within: float = 30) -> FlowRun:
        """The run once it has ended."""
        deadline = time.monotonic() + within
        while not ((run := self.run(run_id)).state and run.state.is_final()):
            assert time.monotonic() < deadline, run
            time.sleep(0.1)
        return run

    def cancel(self, run_id: UUID) -> None:
        with self.client() as client:
            client.set_flow_run_state(run_id, Cancelling())

    def pause(self, deployment: str, paused: bool) -> None:
        """The switch of the deployment's page."""
        found = self.deployments()[deployment]
        with self.client() as client:
            (client.pause_deployment if paused else client.resume_deployment)(found.id)

    def artifact(self, key: str) -> str:
        """The newest Markdown under the key."""
        answer = httpx.get(
            f"{self.api_url}/artifacts/{key}/latest", headers=build_auth_header(self.auth), timeout=30
        )  # as the UI asks
        return str(answer.raise_for_status().json()["data"])

    def runs(self, deployment: str, since: datetime) -> list[FlowRun]:
        """Its runs that have begun since then."""
        with self.client() as client:
            return client.read_flow_runs(
                flow_run_filter=FlowRunFilter(start_time=FlowRunFilterStartTime(after_=since)),
                deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[deployment])),
                sort=FlowRunSort.START_TIME_ASC,
                limit=200,
            )

    def rests(self) -> bool:
        """Whether nothing runs, and nothing waits to run by now."""
        active = FlowRunFilterState(type=FlowRunFilterStateType(any_=ACTIVE))
        due = FlowRunFilterExpectedStartTime(before_=datetime.now(UTC))
        with self.client() as client:
            found = client.read_flow_runs(
                flow_run_filter=FlowRunFilter(state=active, expected_start_time=due), sort=FlowRunSort.ID_DESC, limit=1
            )
        return not found
