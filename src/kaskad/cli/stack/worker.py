"""`kaskad worker`: runs flows in its own event loop, and dispatches."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli.options import StackProject
from kaskad.cli.session import load_stack_settings
from kaskad.cli.stack.garbage import collect_rarely
from kaskad.domain.errors import Unavailable, WrongSuppressionKey
from kaskad.settings import Settings

if TYPE_CHECKING:
    from kaskad.orchestration.prefect_gateway import PrefectGateway
    from kaskad.runtime import Runtime


log = logging.getLogger(__name__)
PREFECT_POLL = 1.0  # seconds

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    project: StackProject = None,
    pool: Annotated[str, typer.Option(help="The Prefect work pool to serve.")] = "kaskad",
    limit: Annotated[int, typer.Option(min=1, help="Runs at the same time.")] = 10,
    *,
    dispatch: Annotated[bool, typer.Option(help="Start a run when a customer is due.")] = True,
) -> None:
    """Run journeys in this process, and start a run when a customer is due.

    Example: kaskad worker --limit 4
    """
    run_worker(load_stack_settings(project), pool=pool, limit=limit, dispatching=dispatch)


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
        async with open_runtime(settings) as runtime, connect(settings) as gateway:
            await _prepare_addresses(runtime)
            if not await _wait_for_pool(gateway, pool, stop):
                return
            flows = [JOURNEY_ENTRYPOINT, *(flow.entrypoint for flow in ENGINE_FLOWS)]
            worker = InProcessWorker(pool, project=settings.project, flows=flows, limit=limit)
            jobs = [worker.serve(stop)]
            collect_rarely()
            if dispatching:  # another process dispatches and maintains Prefect; each costs the server writes
                deployments = DeploymentSync(runtime, gateway, POOL_TYPE)
                jobs.append(Dispatcher(runtime, gateway, worker.wake, deployments=deployments).serve(stop))
            await asyncio.gather(*jobs)

    run_until_signal(main)


async def _prepare_addresses(runtime: Runtime) -> None:
    """Ends the worker if it has another suppression key than the database; one that is away is waited for later."""
    from psycopg.errors import UndefinedTable

    from kaskad.services.operations import suppressions

    try:
        await suppressions.prepare(runtime)
    except WrongSuppressionKey:
        raise
    except (Unavailable, UndefinedTable) as error:
        log.warning("the suppression key is not checked yet: %s", error)


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


def connect(settings: Settings) -> PrefectGateway:
    """The API of Prefect, for a process whose environment names it already."""
    from kaskad.orchestration.prefect_gateway import PrefectGateway

    return PrefectGateway(settings.prefect_api_url, auth=settings.prefect_auth)
