"""A Prefect server on SQLite and workers, whose one flow does what its customer's name says.

Run as a program, this file is the server and an in-process worker under one supervisor, or a worker by itself.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from prefect.states import Cancelling

from kaskad.orchestration.deployment_specs import JourneyDeploymentSpec
from kaskad.orchestration.deployments import publish_journey
from kaskad.orchestration.pools import ensure_pool
from kaskad.orchestration.prefect_gateway import FinishedRun, PrefectGateway
from kaskad.orchestration.prefect_server import PrefectServer
from kaskad.orchestration.processes import ChildProcess, Supervisor
from kaskad.orchestration.signals import run_until_signal
from kaskad.orchestration.worker import POOL_TYPE, InProcessWorker

POOL = "here"
AUTH = "kaskad:of the stack: all of it"
CART = JourneyDeploymentSpec("abandoned_cart", "When a cart has been quiet for an hour…", version="1")
FLOW = """
import asyncio, os, sys, time
from pathlib import Path
from prefect import flow
from prefect.states import Cancelled

@flow
async def journey(journey: str, customer: str | None = None, mode: str = "live"):
    with Path(os.environ["MARKS"]).open("a") as marks:
        marks.write(f"{customer},{time.time()},{os.getpid()}\\n")
    if customer == "exits":
        sys.exit("this must not end the worker")
    if customer == "fails":
        raise ValueError("a flow may fail")
    if customer.startswith(("settles", "leaves")):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError as why:
            if customer.startswith("leaves"):
                raise
            asyncio.current_task().uncancel()
            return Cancelled(message=f"settled, because {why}")
"""
SELF = __file__
Scenario = Callable[[PrefectGateway], Awaitable[None]]


@dataclass(frozen=True)
class PrefectStack:
    server: PrefectServer
    project: Path

    @property
    def marks(self) -> Path:
        return self.project / "marks"

    @property
    def environment(self) -> dict[str, str]:
        # TMPDIR: Prefect's runner keeps its files in a folder of one fixed name, which may be another account's.
        own = {"MARKS": str(self.marks), "TMPDIR": str(self.project)}
        return {**self.server.client_environment(os.environ), **own}

    def play(self, scenario: Scenario) -> None:
        async def inside() -> None:
            async with PrefectGateway(self.server.api_url, auth=AUTH) as gateway:
                await scenario(gateway)

        asyncio.run(inside())

    async def begun(self, customer: str) -> tuple[float, int]:
        """When and in which process the flow began for the customer."""
        async with asyncio.timeout(30):
            while True:
                for line in self.marks.read_text().splitlines() if self.marks.exists() else ():
                    who, when, pid = line.split(",")
                    if who == customer:
                        return float(when), int(pid)
                await asyncio.sleep(0.02)


async def run_for(gateway: PrefectGateway, customer: str, journey: str = "abandoned_cart") -> UUID:
    return await gateway.start_run(journey, {"customer": customer}, now=datetime.now(UTC))


async def cancel(gateway: PrefectGateway, run_id: UUID) -> FinishedRun:
    async with gateway.open_client() as client:
        await client.set_flow_run_state(run_id, Cancelling())
    async with asyncio.timeout(15):
        while True:
            run = await gateway.wait_for_run(run_id, 15)
            if run.state != "Crashed":  # which it is for a moment, before the worker speaks
                return run
            await asyncio.sleep(0.1)


@contextmanager
def program(prefect_stack: PrefectStack, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with (prefect_stack.project / f"{name}.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, *arguments], env=prefect_stack.environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()


@contextmanager
def standing(project: Path) -> Iterator[PrefectStack]:
    """A Prefect server and a worker that serves `POOL`, with one journey published."""
    (project / "flows").mkdir()
    from tests.support.prefect_database import with_prefect_database  # a child runs this file without `tests`

    with_prefect_database(project / "prefect")
    (project / "flows" / "__init__.py").touch()
    (project / "flows" / "journey.py").write_text(FLOW)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        prefect_stack = PrefectStack(PrefectServer(project / "prefect", probe.getsockname()[1], AUTH), project)
    with program(prefect_stack, "stack", __file__, "stack", str(project), str(prefect_stack.server.port)) as process:
        deadline = time.monotonic() + 90
        while not asyncio.run(prefect_stack.server.healthy()):
            assert process.poll() is None, (project / "stack.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        prefect_stack.play(lambda gateway: ensure_pool(gateway, POOL, POOL_TYPE))
        prefect_stack.play(lambda gateway: publish_cart(gateway, project))
        yield prefect_stack
    assert process.returncode == 0
    assert not asyncio.run(prefect_stack.server.healthy())


async def publish_cart(gateway: PrefectGateway, project: Path) -> None:
    await publish_journey(gateway, CART, pool=POOL, project=project)


async def serve_all(project: Path, port: int) -> None:
    async with Supervisor(print) as supervisor:
        await supervisor.start(PrefectServer(project / "prefect", port, AUTH).child(os.environ))
        worker = [sys.executable, __file__, "worker", str(project), POOL]
        await supervisor.start(ChildProcess("worker", worker, os.environ, project / "worker.log"))
        await supervisor.wait()


def serve_one(project: Path, pool: str) -> None:
    run_until_signal(lambda stop: InProcessWorker(pool, project=project).serve(stop))


def serve_woken(project: Path, api_url: str) -> None:
    worker = InProcessWorker("sleepy", project=project, poll_seconds=300)

    async def main(_: asyncio.Event) -> None:
        stop = asyncio.Event()
        async with PrefectGateway(api_url, auth=AUTH) as gateway, asyncio.TaskGroup() as tasks:
            await ensure_pool(gateway, "sleepy", POOL_TYPE)
            await publish_journey(gateway, replace(CART, name="sleepy"), pool="sleepy", project=project)
            tasks.create_task(worker.serve(stop))
            await asyncio.sleep(3)  # its first look for runs is over
            run_id = await run_for(gateway, "woken", "sleepy")
            worker.wake()
            assert (await gateway.wait_for_run(run_id, 15)).completed
            stop.set()

    run_until_signal(main)


if __name__ == "__main__":
    role, folder, which = sys.argv[1:]
    if role == "stack":
        asyncio.run(serve_all(Path(folder), int(which)))
    elif role == "worker":
        serve_one(Path(folder), which)
    else:
        serve_woken(Path(folder), which)
