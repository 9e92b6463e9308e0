"""The steps of `kaskad up`: what takes events, then what runs journeys; and what it reports while it runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from kaskad.cli.publishing.publish import PLAN_NOT_EMPTY
from kaskad.cli.stack.local_stack import LocalStack
from kaskad.cli.stack.prefect_process import wait_until_ready
from kaskad.domain.errors import Unavailable
from kaskad.orchestration.processes import StatusCallback
from kaskad.orchestration.run_monitor import FailureLog, RunMonitor
from kaskad.settings import Settings
from kaskad.storage.database import Database
from kaskad.storage.publishing import versions

BLOCKING = {"migrations", "prefect", "deployments", "worker"}  # codes of /healthz while no run can be started
# the deployment for a trial run: it has work at any time
TRIAL_DEPLOYMENT = "unknowns"
RETRY_INTERVAL = 15.0  # seconds
CLOCK_TOLERANCE = timedelta(seconds=60)  # runs that ended because a worker ended
POLL_INTERVAL = 10.0


async def start_intake(stack: LocalStack, tell: StatusCallback, *, sandbox: bool) -> bool:
    """Whether the files were published now, for the first time. Afterwards events are taken, even without Prefect."""
    settings = stack.settings
    if sandbox:
        url = f"http://{settings.host}:{settings.sandbox_http_port}"
        await stack.start("sandbox", ready=f"{url}/_summary", vital=False)
        tell("sandbox", f"{url}/_received")
    fresh = not await has_published(settings)
    if fresh:
        await stack.command("publish", "--no-prefect")
    api = f"http://{settings.host}:{settings.api_port}"
    await stack.start("api", ready=f"{api}/healthz")
    tell("api", f"{api}; events are taken")
    for source, key in sorted((source, key) for key, source in settings.write_keys().items()):
        tell("key", f"{source}: {key}")
    tell("admin", settings.admin_key())
    if settings.own_prefect and settings.prefect_password.exists():
        tell("password", f"of Prefect: in {settings.prefect_password}")
    return fresh


async def has_published(settings: Settings) -> bool:
    """Whether anything was ever published in the database of the settings."""
    assert settings.database_url is not None
    database = Database(settings.database_url, pool_size=1)
    try:
        async with database.transaction() as connection:
            return await versions.read_generation(connection) > 0
    finally:
        await database.close()


async def run_journeys(stack: LocalStack, tell: StatusCallback, workers: int) -> None:
    """Starts the workers; returns when a run has really run."""
    await stack.prefect.ready()
    for number in range(1, workers + 1):
        await stack.start("worker", number=number, vital=False)
    health = HealthCheck(f"http://{stack.settings.host}:{stack.settings.api_port}/healthz")
    await wait_until_ready(
        health.allows_runs, lambda seconds: tell("worker", f"starting for {seconds} s: {health.why}")
    )
    await _run_trial(stack.settings, tell)
    tell("worker", "runs the journeys" if workers == 1 else f"{workers} of them run the journeys")
    for why in health.lasting:
        tell("degraded", why)


@dataclass(slots=True)
class HealthCheck:
    """The last answer of /healthz: `why` no run can start yet, and other problems (`lasting`)."""

    url: str
    why: str = "the API does not answer"
    lasting: tuple[str, ...] = ()

    async def allows_runs(self) -> bool:
        """Whether a run can start now."""
        try:
            async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
                found = (await client.get(self.url)).raise_for_status().json()["why"]
        except (httpx.HTTPError, ValueError, KeyError):
            self.why = "the API does not answer"
            return False
        blocking = [reason["detail"] for reason in found if reason["code"] in BLOCKING]
        self.why = "; ".join(blocking)
        self.lasting = tuple(reason["detail"] for reason in found if reason["code"] not in BLOCKING)
        return not blocking


async def _run_trial(settings: Settings, tell: StatusCallback) -> None:
    """Returns when a trial run has finished. A crash is reported like all others, and the run is tried again."""
    async with RunMonitor(settings.prefect_api_url, settings.prefect_auth) as runs:
        while True:
            try:
                run = await runs.start(TRIAL_DEPLOYMENT)
                if run is None or await _wait_for_trial(runs, run, tell):  # None: no such deployment is published
                    return
            except Unavailable as error:
                tell("prefect", str(error))
            await asyncio.sleep(RETRY_INTERVAL)


async def _wait_for_trial(runs: RunMonitor, run: str, tell: StatusCallback) -> bool:
    ends: list[bool] = []

    async def over() -> bool:
        if (end := await runs.ended(run)) is not None:
            ends.append(end[0])
        return bool(ends)

    await wait_until_ready(over, lambda seconds: tell("worker", f"its first run has not ended for {seconds} s"))
    return ends[0]


async def report_failures(settings: Settings, tell: StatusCallback) -> None:
    """Reports crashed and failed runs until it is cancelled."""
    failure_log, since = FailureLog(), datetime.now(UTC)
    now = asyncio.get_running_loop().time
    async with RunMonitor(settings.prefect_api_url, settings.prefect_auth) as runs:
        while True:
            try:
                found = await runs.failures(since)
                since = max([since, *(failure.ended - CLOCK_TOLERANCE for failure in found)])
                for line in failure_log.lines(found, now()):
                    tell("runs", f"{line}; the log is {settings.home / 'logs'}/worker*.log")
            except Unavailable:  # the code that waits for Prefect reports that it does not answer
                pass
            await asyncio.sleep(POLL_INTERVAL)


async def report_unpublished(stack: LocalStack, tell: StatusCallback) -> None:
    """Reports if the files differ from what is published; the published version goes on."""
    code, said = await stack.ask("publish", "--plan")
    if code == PLAN_NOT_EMPTY:
        tell("files", "differ from what is published, which goes on: see `kaskad publish --plan`")
    elif code:
        tell("files", f"cannot be published, what is published goes on: {said.splitlines()[0] if said else code}")
