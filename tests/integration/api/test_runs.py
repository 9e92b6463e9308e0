"""Runs made over our API are real runs of a real Prefect server, and pausing is one thing in both places."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import httpx
import pytest

from kaskad.orchestration.deployment_specs import JourneyDeploymentSpec
from kaskad.orchestration.deployments import publish_journey
from kaskad.orchestration.pools import ensure_pool
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.orchestration.worker import POOL_TYPE
from tests.integration.api.front import ApiClient, front
from tests.integration.api.prefects import AUTH, prefect
from tests.support.paths import ROOT
from tests.support.rules import CARTS
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio
POOL = "nobody serves it"
RUNS = "/journeys/abandoned-cart/runs"


async def test_runs_and_pauses_reach_prefect(database_url: str, tmp_path: Path) -> None:
    """One test: the server takes longer to start than all of this."""
    async with (
        prefect(tmp_path / "prefect") as (server, gateway),
        running_stack(database_url, tmp_path, edit=CARTS) as stack,
        front(stack, PREFECT_API_URL=server.api_url, PREFECT_API_AUTH_STRING=AUTH) as api,
    ):
        await ensure_pool(gateway, POOL, POOL_TYPE)
        card = JourneyDeploymentSpec("abandoned_cart", "When a cart has been quiet for an hour…", version="1")
        await publish_journey(gateway, card, pool=POOL, project=ROOT)
        for user in ("kolya", "olya"):
            await stack.identify(user)
        await a_run_has_the_customer_and_the_mode(api, gateway)
        await the_same_request_with_the_same_key_is_one_run(api)
        await pausing_is_for_both(api, gateway, stack)


async def a_run_has_the_customer_and_the_mode(api: ApiClient, gateway: PrefectGateway) -> None:
    answer = await api.admin("POST", RUNS, json={"customer": "kolya", "mode": "test"})
    assert answer.status_code == 202
    started = answer.json()
    async with gateway.open_client() as client:
        run = await client.read_flow_run(UUID(started["run_id"]))
    assert run.parameters == {"journey": "abandoned_cart", "customer": "kolya", "mode": "test"}
    assert started["url"].endswith(f"/runs/flow-run/{run.id}")
    async with httpx.AsyncClient(headers={"Accept": "text/html"}) as browser:
        page = await browser.get(started["url"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


async def the_same_request_with_the_same_key_is_one_run(api: ApiClient) -> None:
    async def run(customer: str, **more: str) -> str:
        header = {"Idempotency-Key": more["header"]} if "header" in more else {}
        body = {"customer": customer} | ({"idempotency_key": more["body"]} if "body" in more else {})
        answer = await api.admin("POST", RUNS, json=body, headers=header)
        assert answer.status_code == 202
        return str(answer.json()["run_id"])

    keyed = {await run("kolya", header="k"), await run("kolya", body="k"), await run("kolya", header="k", body="k")}
    assert len(keyed) == 1
    others = [await run("kolya"), await run("kolya"), await run("olya", header="k"), await run("kolya", header="l")]
    assert len(keyed | set(others)) == 5


async def pausing_is_for_both(api: ApiClient, gateway: PrefectGateway, stack: Stack) -> None:
    for verb, paused in (("pause", True), ("pause", True), ("resume", False)):
        answer = await api.admin("POST", f"/journeys/abandoned_cart/{verb}")
        assert (answer.status_code, answer.json()) == (200, {"name": "abandoned_cart", "version": 1, "paused": paused})
        assert [deployment.paused for deployment in await gateway.deployments("abandoned_cart")] == [paused]
        assert await stack.rows("SELECT paused FROM journey") == [{"paused": paused}]
