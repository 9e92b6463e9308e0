"""The dispatcher: a loop that starts a journey's run when a customer is due, and no run when none is.

Notifications and the next due instant wake it; the poll is only a safety net.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

import psycopg

from kaskad.domain.errors import NotFound, Unavailable
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.services import work_queue
from kaskad.services.catalogue import Catalogue
from kaskad.services.delivery import unknowns
from kaskad.services.operations import pausing, source_health
from kaskad.services.publishing.deployment_sync import DeploymentSync
from kaskad.storage import notifications
from kaskad.storage.database import Database

POLL_SECONDS = 1.0  # seconds
PAUSE_SYNC_SECONDS = 5.0
LEASE_SWEEP_SECONDS = 15.0
SOURCE_CHECK_SECONDS = 30.0
DEPLOYMENT_SYNC_SECONDS = 15.0
SAID_AGAIN_AFTER = 60.0  # seconds between two log lines about the same thing that Prefect refuses

log = logging.getLogger(__name__)


class DispatchDeps(unknowns.UnknownDeps, Protocol):
    """What dispatching needs; `running` counts the runs of this process by journey."""

    @property
    def database(self) -> Database: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def running(self) -> Counter[str]: ...


class Dispatcher:
    """The loop, in the worker's own process or by itself (`kaskad dispatch`)."""

    def __init__(
        self,
        deps: DispatchDeps,
        gateway: PrefectGateway,
        started: Callable[[], None],
        *,
        deployments: DeploymentSync | None = None,
    ) -> None:
        """`started` is called after each run that was created: the worker then polls at once.

        `deployments` are restored when Prefect has lost them; None: the process that publishes does that.
        """
        self._deps, self._gateway, self._started, self._deployments = deps, gateway, started, deployments
        self._heard = asyncio.Event()
        self._switches: dict[str, bool] = {}  # journey → whether its deployment was paused when last read
        self._refused: dict[str, float] = {}  # what Prefect refuses → when that was last logged, on the loop's clock
        self._pauses_synced_at = self._leases_swept_at = self._deployments_synced_at = float("-inf")
        self._sources_checked_at = float("-inf")

    async def serve(self, stop: asyncio.Event) -> None:
        """Returns when `stop` is set."""
        listening = asyncio.create_task(notifications.listen_for_due(self._deps.database.url, self._heard.set))
        try:
            while not stop.is_set():
                wait = await self._once()
                await _wait_for_first(stop, self._heard, wait)
                self._heard.clear()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _once(self) -> float:
        """Starts what is due; returns how long to wait before the next pass. An outage is waited out."""
        try:
            await self._though_refused("deployments", self._sync_deployments())
            await self._though_refused("switches", self._mind_pauses())
            await self._mind_leases()
            await self._mind_sources()
            outlook = await work_queue.load_pending_work(self._deps)
            for journey in outlook.journeys:
                if not self._deps.running[journey]:
                    await self._start(journey)
            if outlook.fanout:
                await self._start("fanout")
            if outlook.looks:
                await self._start("entrances")
            if outlook.unknowns and not self._deps.running["unknowns"]:
                await self._start("unknowns")
            if outlook.webhooks and not self._deps.running["webhooks"]:
                await self._start("webhooks")
            if outlook.feeds and not self._deps.running["feeds"]:
                await self._start("feeds")
        except (Unavailable, psycopg.OperationalError) as error:
            log.warning("dispatch waits: %s", error)
            return POLL_SECONDS
        if outlook.next_at is None:
            return POLL_SECONDS
        return min(POLL_SECONDS, max(0.0, (outlook.next_at - outlook.now).total_seconds()))

    async def _start(self, deployment: str) -> None:
        await self._though_refused(f"a run of {deployment}", self._start_run(deployment))

    async def _though_refused(self, request: str, asking: Awaitable[None]) -> None:
        """If Prefect refuses, or its answer makes no sense, the rest goes on: it is logged and tried again next time.

        An outage is raised, and so are errors of the database.
        """
        try:
            await asking
        except (Unavailable, psycopg.Error):
            raise
        except Exception as error:  # what comes of an unexpected answer may be of any type
            now = asyncio.get_running_loop().time()
            if now - self._refused.get(request, float("-inf")) >= SAID_AGAIN_AFTER:
                self._refused[request] = now
                log.warning("Prefect refuses %s, it is asked again: %s: %s", request, type(error).__name__, error)

    async def _start_run(self, deployment: str) -> None:
        try:
            await self._gateway.start_run(deployment, now=datetime.now(UTC), coalesce=True)
        except NotFound:
            await self._sync_deployments(every=PAUSE_SYNC_SECONDS)
        else:
            self._started()

    async def _sync_deployments(self, *, every: float = DEPLOYMENT_SYNC_SECONDS) -> None:
        """Syncs at once if a deployment is missing, but no more often than pauses are synced."""
        now = asyncio.get_running_loop().time()
        if self._deployments is not None and now - self._deployments_synced_at >= every:
            self._deployments_synced_at = now
            if made := await self._deployments.sync():
                log.warning("deployments made anew or brought up to date: %s", ", ".join(sorted(made)))

    async def _mind_pauses(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._pauses_synced_at >= PAUSE_SYNC_SECONDS:
            self._pauses_synced_at = now
            self._switches = await pausing.sync_from_prefect(self._deps, self._gateway, self._switches)

    async def _mind_leases(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._leases_swept_at >= LEASE_SWEEP_SECONDS:
            self._leases_swept_at = now
            await unknowns.expire_leases(self._deps)

    async def _mind_sources(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._sources_checked_at >= SOURCE_CHECK_SECONDS:
            self._sources_checked_at = now
            await source_health.check_sources(self._deps)


async def _wait_for_first(stop: asyncio.Event, heard: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(heard.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
