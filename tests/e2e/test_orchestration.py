"""Deployments, runs, Cancel and both kinds of worker, against a real Prefect server on SQLite.

Run as a program, this file is the server and an in-process worker under one supervisor, or a worker by itself.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import Cancelling

from kaskad.domain.errors import NotFound, Rejected, Unavailable
from kaskad.orchestration.cards import JourneyCard, SystemCard, Ticks
from kaskad.orchestration.deployments import publish, publish_journey, retire
from kaskad.orchestration.pools import CRASH_AUTOMATION, ensure_crash_automation, ensure_pool
from kaskad.orchestration.processes import Child, Supervisor
from kaskad.orchestration.runs import PrefectGateway, Run
from kaskad.orchestration.server import PrefectServer
from kaskad.orchestration.signals import run_until_signal
from kaskad.orchestration.worker import POOL_TYPE, InProcessWorker

POOL = "here"
CART = JourneyCard("abandoned_cart", "When a cart has been quiet for an hour…", version="1")
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
Scenario = Callable[[PrefectGateway], Awaitable[None]]


@dataclass(frozen=True)
class Stack:
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
            async with PrefectGateway(self.server.api_url) as gateway:
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


async def cancel(gateway: PrefectGateway, run_id: UUID) -> Run:
    async with gateway.asking() as client:
        await client.set_flow_run_state(run_id, Cancelling())
    async with asyncio.timeout(15):
        while True:
            run = await gateway.wait_for_run(run_id, 15)
            if run.state != "Crashed":  # which it is for a moment, before the worker speaks
                return run
            await asyncio.sleep(0.1)


@contextmanager
def program(stack: Stack, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with (stack.project / f"{name}.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, *arguments], env=stack.environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    project = tmp_path_factory.mktemp("project")
    (project / "flows").mkdir()
    (project / "prefect").mkdir()
    (project / "flows" / "__init__.py").touch()
    (project / "flows" / "journey.py").write_text(FLOW)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        stack = Stack(PrefectServer(project / "prefect", probe.getsockname()[1]), project)
    with program(stack, "stack", __file__, "stack", str(project), str(stack.server.port)) as process:
        deadline = time.monotonic() + 90
        while not asyncio.run(stack.server.healthy()):
            assert process.poll() is None, (project / "stack.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        stack.play(lambda gateway: ensure_pool(gateway, POOL, POOL_TYPE))
        stack.play(lambda gateway: publish_cart(gateway, project))
        yield stack
    assert process.returncode == 0
    assert not asyncio.run(stack.server.healthy())


async def publish_cart(gateway: PrefectGateway, project: Path) -> None:
    await publish_journey(gateway, CART, pool=POOL, project=project)


def test_from_trigger_to_code_in_the_workers_own_process(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        waits, processes = [], set()
        for customer in map(str, range(6)):
            started = time.time()
            run_id = await run_for(gateway, customer)
            begun, process = await stack.begun(customer)
            assert (await gateway.wait_for_run(run_id, 10)).completed
            waits.append(begun - started)
            processes.add(process)
        assert len(processes) == 1
        assert statistics.median(waits) < 5  # 0.45 at rest; at Prefect's own pace it would be 8

    stack.play(scenario)


def test_a_worker_that_is_woken_does_not_wait_for_its_poll(stack: Stack) -> None:
    with program(stack, "woken", __file__, "woken", str(stack.project), stack.server.api_url) as process:
        assert process.wait(40) == 0, (stack.project / "woken.log").read_text()


def test_a_flow_that_fails_or_exits_leaves_the_worker_alive(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        for customer, state in (("fails", "Failed"), ("exits", "Crashed"), ("goes on", "Completed")):
            run = await gateway.wait_for_run(await run_for(gateway, customer), 20)
            assert run.state == state, run
        assert (await stack.begun("exits"))[1] == (await stack.begun("goes on"))[1]

    stack.play(scenario)


def test_cancel_reaches_the_flow_and_stands_even_if_it_says_nothing(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        for customer, message in (
            ("settles", "settled, because cancelled in Prefect"),
            ("leaves", "Cancelled; the flow did not say where it stood."),
        ):
            run_id = await run_for(gateway, customer)
            await stack.begun(customer)
            run = await cancel(gateway, run_id)
            assert (run.state, run.message) == ("Cancelled", message)

    stack.play(scenario)


def test_a_stopped_worker_lets_its_flows_settle_within_three_seconds(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        await ensure_pool(gateway, "short-lived", POOL_TYPE)
        await publish_journey(gateway, replace(CART, name="thank_you"), pool="short-lived", project=stack.project)
        with program(stack, "worker", __file__, "worker", str(stack.project), "short-lived") as worker:
            run_id = await run_for(gateway, "settles at the end", "thank_you")
            await stack.begun("settles at the end")
            asked = time.monotonic()
            worker.terminate()
            assert await asyncio.to_thread(worker.wait, 10) == 0
            assert time.monotonic() - asked < 3
        run = await gateway.wait_for_run(run_id, 1)
        assert (run.state, run.message) == ("Cancelled", "settled, because the worker stops")

    stack.play(scenario)


def test_the_safety_net_starts_runs_by_itself_until_it_is_paused(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        card = SystemCard("net", "flows.journey:journey", parameters={"journey": "net", "customer": "of the net"})
        await publish(gateway, replace(card, every_seconds=4), pool=POOL, project=stack.project)
        await stack.begun("of the net")
        await gateway.set_paused("net", True)
        await asyncio.sleep(1)
        begun = stack.marks.read_text().count("of the net,")
        await asyncio.sleep(5)  # longer than its interval
        assert stack.marks.read_text().count("of the net,") == begun

    stack.play(scenario)


def test_the_stock_process_worker_runs_the_same_deployment(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        await ensure_pool(gateway, "stock", "process")
        await publish_journey(gateway, replace(CART, name="back_in_stock"), pool="stock", project=stack.project)
        command = ("-m", "prefect", "worker", "start", "--pool", "stock", "--type", "process")
        with program(stack, "stock", *command) as worker:
            run_id = await run_for(gateway, "of a process of its own", "back_in_stock")
            assert (await gateway.wait_for_run(run_id, 40)).completed
            assert (await stack.begun("of a process of its own"))[1] != worker.pid

    stack.play(scenario)


def test_publishing_again_keeps_the_pause_and_changes_the_rest(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        card = JourneyCard("email_confirmation", "At first.", tags=("topic:service",), version="1")
        first = await publish_journey(gateway, card, pool=POOL, project=stack.project)
        await gateway.set_paused("email-confirmation", True)
        again = await publish_journey(
            gateway, replace(card, description="Later.", version="2"), pool=POOL, project=stack.project
        )
        assert again == first
        assert "email_confirmation" in await gateway.paused_deployments()
        [found] = await gateway.deployments("email_confirmation")
        assert (found.name, found.description, found.version) == ("email-confirmation", "Later.", "2")
        assert set(found.tags) == {"kaskad", "journey:email_confirmation", "topic:service"}
        await gateway.set_paused("email_confirmation", False)
        assert "email_confirmation" not in await gateway.paused_deployments()

    stack.play(scenario)


def test_a_clock_of_its_own_stands_beside_the_safety_net_and_follows_its_file(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        card = JourneyCard("weekly_news", "Every Monday…", version="1", ticks=Ticks("0 10 * * mon", "Europe/Berlin"))
        found = []
        for shown in (card, replace(card, ticks=Ticks("0 9 * * mon", "Asia/Omsk")), replace(card, ticks=None)):
            await publish_journey(gateway, shown, pool=POOL, project=stack.project)
            (deployment,) = await gateway.deployments("weekly_news")
            schedules = [one.schedule for one in deployment.schedules]
            found.append([(one.cron, one.timezone) for one in schedules if isinstance(one, CronSchedule)])
            assert len(schedules) == 1 + len(found[-1])
        assert found == [[("0 10 * * mon", "Europe/Berlin")], [("0 9 * * mon", "Asia/Omsk")], []]

    stack.play(scenario)


def test_a_new_card_may_begin_paused_and_retires_when_its_file_is_gone(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        kept = {found.name for found in await gateway.deployments()}
        card = SystemCard("sweep_up", "flows.journey:journey", paused=True, every_seconds=None)
        await publish(gateway, card, pool=POOL, project=stack.project)
        assert "sweep-up" in await gateway.paused_deployments()
        assert await retire(gateway, [name.replace("-", "_") for name in kept]) == {"sweep-up"}
        assert {found.name for found in await gateway.deployments()} == kept
        with pytest.raises(NotFound, match="'sweep_up'"):
            await gateway.set_paused("sweep_up", False)

    stack.play(scenario)


def test_who_waits_already_is_not_started_twice(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        await ensure_pool(gateway, "nobody serves it", POOL_TYPE)
        await publish_journey(gateway, replace(CART, name="browse"), pool="nobody serves it", project=stack.project)
        now = datetime.now(UTC)
        sweep = await gateway.start_run("browse", now=now, coalesce=True)
        later = datetime.now(UTC)
        assert await gateway.start_run("browse", now=later, coalesce=True) == sweep
        assert await gateway.start_run("browse", {"customer": "c1"}, now=later, coalesce=True) != sweep
        keyed = [await gateway.start_run("browse", now=later, idempotency_key="k") for _ in range(2)]
        assert keyed[0] == keyed[1] != sweep
        assert (await gateway.run_counts(now))["scheduled"] >= 3
        with pytest.raises(PrefectHTTPStatusError, match="mode"):
            await gateway.start_run("browse", {"mode": "rehearsal"}, now=later)

    stack.play(scenario)


def test_pools_and_the_automation_are_made_once(stack: Stack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        await ensure_pool(gateway, POOL, POOL_TYPE)
        with pytest.raises(Rejected, match="is of type 'kaskad-in-process', not 'process'"):
            await ensure_pool(gateway, POOL, "process")
        for _ in range(2):
            await ensure_crash_automation(gateway)
        async with gateway.asking() as client:
            assert len(await client.read_automations_by_name(CRASH_AUTOMATION)) == 1

    stack.play(scenario)


def test_a_server_that_is_not_there_is_said_in_one_sentence() -> None:
    async def scenario() -> None:
        async with PrefectGateway("http://127.0.0.1:9/api", patience=5) as gateway:
            await gateway.paused_deployments()

    with pytest.raises(Unavailable, match=r"^the Prefect server at http://127\.0\.0\.1:9/api does not answer$"):
        asyncio.run(scenario())


async def serve_all(project: Path, port: int) -> None:
    async with Supervisor(print) as supervisor:
        await supervisor.start(PrefectServer(project / "prefect", port).child(os.environ))
        worker = [sys.executable, __file__, "worker", str(project), POOL]
        await supervisor.start(Child("worker", worker, os.environ, project / "worker.log"))
        await supervisor.wait()


def serve_one(project: Path, pool: str) -> None:
    run_until_signal(lambda stop: InProcessWorker(pool, project=project).serve(stop))


def serve_woken(project: Path, api_url: str) -> None:
    worker = InProcessWorker("sleepy", project=project, poll_seconds=300)

    async def main(_: asyncio.Event) -> None:
        stop = asyncio.Event()
        async with PrefectGateway(api_url) as gateway, asyncio.TaskGroup() as tasks:
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
