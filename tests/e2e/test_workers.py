"""Runs, Cancel and both kinds of worker, against a real Prefect server on SQLite."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import replace

from kaskad.orchestration.deployment_specs import DeploymentSpec
from kaskad.orchestration.deployments import publish_deployment, publish_journey
from kaskad.orchestration.pools import ensure_pool
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.orchestration.worker import POOL_TYPE
from tests.e2e.prefect_stack import CART, POOL, SELF, PrefectStack, cancel, program, run_for


def test_from_trigger_to_code_in_the_workers_own_process(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        waits, processes = [], set()
        for customer in map(str, range(6)):
            started = time.time()
            run_id = await run_for(gateway, customer)
            begun, process = await prefect_stack.begun(customer)
            assert (await gateway.wait_for_run(run_id, 10)).completed
            waits.append(begun - started)
            processes.add(process)
        assert len(processes) == 1
        assert statistics.median(waits) < 5  # 0.45 at rest; at Prefect's own pace it would be 8

    prefect_stack.play(scenario)


def test_a_worker_that_is_woken_does_not_wait_for_its_poll(prefect_stack: PrefectStack) -> None:
    with program(
        prefect_stack, "woken", SELF, "woken", str(prefect_stack.project), prefect_stack.server.api_url
    ) as process:
        assert process.wait(40) == 0, (prefect_stack.project / "woken.log").read_text()


def test_a_flow_that_fails_or_exits_leaves_the_worker_alive(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        for customer, state in (("fails", "Failed"), ("exits", "Crashed"), ("goes on", "Completed")):
            run = await gateway.wait_for_run(await run_for(gateway, customer), 20)
            assert run.state == state, run
        assert (await prefect_stack.begun("exits"))[1] == (await prefect_stack.begun("goes on"))[1]

    prefect_stack.play(scenario)


def test_cancel_reaches_the_flow_and_stands_even_if_it_says_nothing(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        for customer, message in (
            ("settles", "settled, because cancelled in Prefect"),
            ("leaves", "Cancelled; the flow did not say where it stood."),
        ):
            run_id = await run_for(gateway, customer)
            await prefect_stack.begun(customer)
            run = await cancel(gateway, run_id)
            assert (run.state, run.message) == ("Cancelled", message)

    prefect_stack.play(scenario)


def test_a_stopped_worker_lets_its_flows_settle_within_three_seconds(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        await ensure_pool(gateway, "short-lived", POOL_TYPE)
        await publish_journey(
            gateway, replace(CART, name="thank_you"), pool="short-lived", project=prefect_stack.project
        )
        with program(prefect_stack, "worker", SELF, "worker", str(prefect_stack.project), "short-lived") as worker:
            run_id = await run_for(gateway, "settles at the end", "thank_you")
            await prefect_stack.begun("settles at the end")
            asked = time.monotonic()
            worker.terminate()
            assert await asyncio.to_thread(worker.wait, 10) == 0
            assert time.monotonic() - asked < 3
        run = await gateway.wait_for_run(run_id, 1)
        assert (run.state, run.message) == ("Cancelled", "settled, because the worker stops")

    prefect_stack.play(scenario)


def test_the_safety_net_starts_runs_by_itself_until_it_is_paused(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        card = DeploymentSpec("net", "flows.journey:journey", parameters={"journey": "net", "customer": "of the net"})
        await publish_deployment(gateway, replace(card, every_seconds=4), pool=POOL, project=prefect_stack.project)
        await prefect_stack.begun("of the net")
        await gateway.set_paused("net", True)
        await asyncio.sleep(1)
        begun = prefect_stack.marks.read_text().count("of the net,")
        await asyncio.sleep(5)  # longer than its interval
        assert prefect_stack.marks.read_text().count("of the net,") == begun

    prefect_stack.play(scenario)


def test_the_stock_process_worker_runs_the_same_deployment(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        await ensure_pool(gateway, "stock", "process")
        await publish_journey(gateway, replace(CART, name="back_in_stock"), pool="stock", project=prefect_stack.project)
        command = ("-m", "prefect", "worker", "start", "--pool", "stock", "--type", "process")
        with program(prefect_stack, "stock", *command) as worker:
            run_id = await run_for(gateway, "of a process of its own", "back_in_stock")
            assert (await gateway.wait_for_run(run_id, 40)).completed
            assert (await prefect_stack.begun("of a process of its own"))[1] != worker.pid
            worker.kill()  # how a stock worker stops is Prefect's own matter, and may take it long

    prefect_stack.play(scenario)
