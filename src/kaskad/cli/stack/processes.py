"""The long-running commands, each in its own process: worker, API, sandbox. `kaskad up` starts them all."""

from __future__ import annotations

import asyncio
import gc
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from kaskad.domain.channel import Channel
from kaskad.domain.errors import Unavailable
from kaskad.orchestration.prefect_server import PrefectServer
from kaskad.sandbox.providers import Behaviour, Rates
from kaskad.settings import SANDBOX_SECRET, SANDBOX_SMTP, SANDBOX_URL, Settings

if TYPE_CHECKING:
    from kaskad.orchestration.prefect_gateway import PrefectGateway

log = logging.getLogger(__name__)
PREFECT_POLL = 1.0  # seconds
SEED = 20_260_301
# How a shop's customers answer, approximately; every choice is a hash of the seed and the message.
DEFAULT_BEHAVIOUR = Behaviour(
    seed=SEED,
    channels={
        Channel.PUSH: Rates(refuse=0.04, open=0.45, click=0.2, retry=0.01),
        Channel.EMAIL: Rates(refuse=0.02, open=0.35, click=0.12, machine_open=0.2, retry=0.01),
        Channel.WEBPUSH: Rates(refuse=0.05, click=0.15),
        Channel.VIBER: Rates(swallow=0.25, open=0.6, click=0.1),
        Channel.SMS: Rates(refuse=0.01, click=0.05),
    },
)


def prefect_server(settings: Settings) -> PrefectServer:
    """The stack's own Prefect server, for settings without another one."""
    return PrefectServer(settings.home / "prefect", settings.prefect_port, settings.prefect_auth)


def child_environment(settings: Settings, database_url: str) -> dict[str, str]:
    """The environment of child processes: it must be set before they import prefect."""
    environment = dict(settings.environment) | {
        "KASKAD_DATABASE_URL": database_url,
        "KASKAD_HOME": str(settings.home),
        "KASKAD_SECRET": settings.secret,
        "KASKAD_API_PORT": str(settings.api_port),
        "KASKAD_PREFECT_PORT": str(settings.prefect_port),
        "KASKAD_SANDBOX_HTTP_PORT": str(settings.sandbox_http_port),
        "KASKAD_SANDBOX_SMTP_PORT": str(settings.sandbox_smtp_port),
        SANDBOX_URL: f"http://{settings.host}:{settings.sandbox_http_port}",
        SANDBOX_SMTP: f"smtp://{settings.host}:{settings.sandbox_smtp_port}",
        "PYTHONUNBUFFERED": "1",
    }
    return prefect_server(settings).client_environment(environment) if settings.own_prefect else environment


def run_worker(settings: Settings, *, pool: str, limit: int, dispatching: bool) -> None:
    """Runs flows and, if `dispatching`, starts runs, until SIGINT or SIGTERM."""
    from kaskad.orchestration.deployment_specs import JOURNEY_ENTRYPOINT
    from kaskad.orchestration.signals import run_until_signal
    from kaskad.orchestration.worker import POOL_TYPE, InProcessWorker
    from kaskad.runtime import open_runtime
    from kaskad.services.dispatcher import Dispatcher
    from kaskad.services.publishing.deploy import ENGINE_FLOWS
    from kaskad.services.publishing.deployment_sync import DeploymentSync

    async def main(stop: asyncio.Event) -> None:
        async with open_runtime(settings) as runtime, _prefect(settings) as gateway:
            if not await _wait_for_pool(gateway, pool, stop):
                return
            flows = [JOURNEY_ENTRYPOINT, *(one.entrypoint for one in ENGINE_FLOWS)]
            worker = InProcessWorker(pool, project=settings.project, flows=flows, limit=limit)
            jobs = [worker.serve(stop)]
            _tune_garbage_collection()
            if dispatching:  # another process dispatches and maintains Prefect; each costs the server writes
                deployments = DeploymentSync(runtime, gateway, POOL_TYPE)
                jobs.append(Dispatcher(runtime, gateway, worker.wake, deployments=deployments).serve(stop))
            await asyncio.gather(*jobs)

    run_until_signal(main)


async def _wait_for_pool(gateway: PrefectGateway, pool: str, stop: asyncio.Event) -> bool:
    """Waits for Prefect as long as it takes; False if `stop` was set first."""
    from kaskad.orchestration.pools import ensure_pool
    from kaskad.orchestration.worker import POOL_TYPE

    while not stop.is_set():
        try:
            await ensure_pool(gateway, pool, POOL_TYPE)
        except Unavailable as error:
            log.warning("the worker waits: %s", error)
            with suppress(TimeoutError):
                async with asyncio.timeout(PREFECT_POLL):
                    await stop.wait()
        else:
            return True
    return False


def _prefect(settings: Settings) -> PrefectGateway:
    from kaskad.orchestration.prefect_gateway import PrefectGateway

    return PrefectGateway(settings.prefect_api_url, auth=settings.prefect_auth)


def _tune_garbage_collection() -> None:
    """Collects rarely, and never what is loaded by now: batches make few cycles. This saves a third of the CPU time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def run_dispatch(settings: Settings) -> None:
    """Only dispatches: for installations whose flows run on stock workers."""
    from kaskad.orchestration.signals import run_until_signal
    from kaskad.runtime import open_runtime
    from kaskad.services.dispatcher import Dispatcher
    from kaskad.services.publishing.deployment_sync import DeploymentSync

    async def main(stop: asyncio.Event) -> None:
        async with open_runtime(settings) as runtime, _prefect(settings) as gateway:
            deployments = DeploymentSync(runtime, gateway)
            await Dispatcher(runtime, gateway, lambda: None, deployments=deployments).serve(stop)

    run_until_signal(main)


def run_api(settings: Settings) -> None:
    """Serves the API until SIGINT or SIGTERM."""
    import uvicorn

    from kaskad.api.app import create_app

    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.api_port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


def run_sandbox(settings: Settings, behaviour: Behaviour = DEFAULT_BEHAVIOUR) -> None:
    """Runs the sandbox on the engine's clock until SIGINT or SIGTERM."""
    from kaskad.orchestration.signals import run_until_signal
    from kaskad.runtime import open_runtime
    from kaskad.sandbox.providers import serve

    async def main(stop: asyncio.Event) -> None:
        async with open_runtime(settings) as runtime:
            serving = asyncio.create_task(
                serve(
                    settings.home / "sandbox",
                    runtime.engine_now,
                    behaviour,
                    http_port=settings.sandbox_http_port,
                    smtp_port=settings.sandbox_smtp_port,
                    hooks_url=f"http://{settings.host}:{settings.api_port}/hooks",
                    secret=settings.provider_secret(SANDBOX_SECRET),
                    providers=sandbox_providers(),
                )
            )
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            serving.cancel()
            await asyncio.gather(serving, stopping, return_exceptions=True)

    run_until_signal(main)


def sandbox_providers() -> dict[Channel, str]:
    """The provider's name of each channel in the shipped configs, for the addresses of their webhooks."""
    return {channel: f"sandbox_{channel.value}" for channel in Channel if channel is not Channel.CALL}
