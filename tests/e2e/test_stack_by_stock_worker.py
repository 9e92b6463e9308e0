"""The journeys' flows on Prefect's own process pool: each run a process that knows nothing but its environment."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.client.schemas.actions import DeploymentUpdate

from kaskad.cli.stack.processes import prefect_server
from kaskad.orchestration.pools import ensure_pool
from kaskad.orchestration.prefect_gateway import PrefectGateway
from tests.e2e.hurried_shop import bought_long_ago, person
from tests.e2e.standing import Stand, until
from tests.e2e.watching import Watched

POOL = "stock"


@contextmanager
def stock_worker(stack: Stand) -> Iterator[None]:
    server = prefect_server(stack.settings)
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process"]
    with (stack.folder / "stock.log").open("w") as log:
        # Prefect's runner keeps its files in a folder of one fixed name below this: another account's cannot be used.
        environment = {**server.client_environment(stack.environment), "TMPDIR": str(stack.folder)}
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd="/")
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def make_pool(watched: Watched) -> None:
    async with PrefectGateway(watched.api_url, auth=watched.auth) as gateway:
        await ensure_pool(gateway, POOL, "process")


@contextmanager
def moved(watched: Watched) -> Iterator[None]:
    """The journey's runs go to the stock pool."""
    deployment = watched.deployments()["thank-you"]
    with watched.client() as client:
        client.update_deployment(deployment.id, DeploymentUpdate(work_pool_name=POOL))
    try:
        yield
    finally:
        with watched.client() as client:
            client.update_deployment(deployment.id, DeploymentUpdate(work_pool_name=deployment.work_pool_name))


def test_a_stock_worker_takes_one_customer_through(stack: Stand, watched: Watched) -> None:
    asyncio.run(make_pool(watched))
    stack.post(*person("nina", "email"), bought_long_ago("nina"))
    with moved(watched), stock_worker(stack):
        run = watched.ended(watched.start("thank-you", customer="nina"), within=60)
        until(watched.rests, 30)  # dispatch may have started another
    assert run.state is not None
    assert (run.state.name, run.work_pool_name) == ("Completed", POOL)
    assert (run.state.message or "").startswith("Sent 'how_was_it' by e-mail so far.")
    assert [record["outcome"] for record in stack.received("nina")] == ["accepted"]
