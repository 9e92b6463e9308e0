"""Deployments, pauses and pools, against a real Prefect server on SQLite."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import PrefectHTTPStatusError

from kaskad.domain.errors import NotFound, Rejected, Unavailable
from kaskad.orchestration.deployment_specs import CronSpec, DeploymentSpec, JourneyDeploymentSpec
from kaskad.orchestration.deployments import publish_deployment, publish_journey, remove_deployments
from kaskad.orchestration.pools import CRASH_AUTOMATION, ensure_crash_automation, ensure_pool
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.orchestration.prefect_server import build_auth_header
from kaskad.orchestration.worker import POOL_TYPE
from tests.e2e.prefect_stack import AUTH, CART, POOL, PrefectStack


def test_publishing_again_keeps_the_pause_and_changes_the_rest(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        card = JourneyDeploymentSpec("email_confirmation", "At first.", tags=("topic:service",), version="1")
        first = await publish_journey(gateway, card, pool=POOL, project=prefect_stack.project)
        await gateway.set_paused("email-confirmation", True)
        again = await publish_journey(
            gateway, replace(card, description="Later.", version="2"), pool=POOL, project=prefect_stack.project
        )
        assert again == first
        [found] = await gateway.deployments("email_confirmation")
        assert (found.name, found.description, found.version) == ("email-confirmation", "Later.", "2")
        assert found.paused
        assert set(found.tags) == {"kaskad", "journey:email_confirmation", "topic:service"}
        await gateway.set_paused("email_confirmation", False)
        [found] = await gateway.deployments("email_confirmation")
        assert not found.paused

    prefect_stack.play(scenario)


def test_a_clock_of_its_own_stands_beside_the_safety_net_and_follows_its_file(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        card = JourneyDeploymentSpec(
            "weekly_news", "Every Monday…", version="1", ticks=CronSpec("0 10 * * mon", "Europe/Berlin")
        )
        found = []
        for shown in (card, replace(card, ticks=CronSpec("0 9 * * mon", "Asia/Omsk")), replace(card, ticks=None)):
            await publish_journey(gateway, shown, pool=POOL, project=prefect_stack.project)
            (deployment,) = await gateway.deployments("weekly_news")
            schedules = [schedule.schedule for schedule in deployment.schedules]
            found.append(
                [(schedule.cron, schedule.timezone) for schedule in schedules if isinstance(schedule, CronSchedule)]
            )
            assert len(schedules) == 1 + len(found[-1])
        assert found == [[("0 10 * * mon", "Europe/Berlin")], [("0 9 * * mon", "Asia/Omsk")], []]

    prefect_stack.play(scenario)


def test_a_new_card_may_begin_paused_and_retires_when_its_file_is_gone(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        kept = {found.name for found in await gateway.deployments()}
        card = DeploymentSpec("sweep_up", "flows.journey:journey", paused=True, every_seconds=None)
        await publish_deployment(gateway, card, pool=POOL, project=prefect_stack.project)
        assert [deployment.paused for deployment in await gateway.deployments("sweep_up")] == [True]
        assert await remove_deployments(gateway, [name.replace("-", "_") for name in kept]) == {"sweep-up"}
        assert {found.name for found in await gateway.deployments()} == kept
        with pytest.raises(NotFound, match="'sweep_up'"):
            await gateway.set_paused("sweep_up", False)

    prefect_stack.play(scenario)


def test_who_waits_already_is_not_started_twice(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        await ensure_pool(gateway, "nobody serves it", POOL_TYPE)
        await publish_journey(
            gateway, replace(CART, name="browse"), pool="nobody serves it", project=prefect_stack.project
        )
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

    prefect_stack.play(scenario)


def test_pools_and_the_automation_are_made_once(prefect_stack: PrefectStack) -> None:
    async def scenario(gateway: PrefectGateway) -> None:
        await ensure_pool(gateway, POOL, POOL_TYPE)
        with pytest.raises(Rejected, match="is of type 'kaskad-in-process', not 'process'"):
            await ensure_pool(gateway, POOL, "process")
        for _ in range(2):
            await ensure_crash_automation(gateway)
        async with gateway.open_client() as client:
            assert len(await client.read_automations_by_name(CRASH_AUTOMATION)) == 1

    prefect_stack.play(scenario)


def test_a_server_that_is_not_there_is_said_in_one_sentence() -> None:
    async def scenario() -> None:
        async with PrefectGateway("http://127.0.0.1:9/api", patience=5) as gateway:
            await gateway.deployments()

    with pytest.raises(Unavailable, match=r"^the Prefect server at http://127\.0\.0\.1:9/api does not answer$"):
        asyncio.run(scenario())


def test_prefect_opens_to_nobody_without_its_password_and_to_no_page_of_another_origin(
    prefect_stack: PrefectStack,
) -> None:
    """Siblings: a wrong password, none of the scheme's, a WebSocket; a foreign page, one on another port, `null`."""
    api, ui = prefect_stack.server.api_url, prefect_stack.server.ui_url
    shut = [
        None,
        "Basic",
        "Bearer x",
        build_auth_header("kaskad:wrong")["Authorization"],
        build_auth_header("kaskad")["Authorization"],
    ]
    for header in shut:
        headers = {"Authorization": header} if header else {}
        for path in ("/admin/version", "/admin/settings", "/flows/count", "/nothing"):
            assert httpx.get(f"{api}{path}", headers=headers).status_code == 401, (header, path)
    assert httpx.get(f"{api}/admin/version", headers=build_auth_header(AUTH)).status_code == 200
    assert httpx.get(f"{ui}/ui-settings").json()["auth"] == "BASIC"  # so the UI asks for it
    for origin in ("https://evil.example", f"http://127.0.0.1:{prefect_stack.server.port + 1}", "null"):
        answer_headers = httpx.get(f"{api}/health", headers={"Origin": origin}).headers
        assert "access-control-allow-origin" not in answer_headers, origin
    answer_headers = httpx.get(
        f"{api}/health", headers={"Origin": f"http://localhost:{prefect_stack.server.port}"}
    ).headers
    assert answer_headers["access-control-allow-origin"] == f"http://localhost:{prefect_stack.server.port}"


def test_the_server_that_opens_to_everybody_is_not_taken_for_ours(prefect_stack: PrefectStack) -> None:
    assert asyncio.run(prefect_stack.server.healthy())
    for other in ("kaskad:another", None):
        assert asyncio.run(replace(prefect_stack.server, auth=other).healthy()) is False
