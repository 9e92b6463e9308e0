"""Prefect's side is made anew where it is lost, and whoever asks for the stack's health hears what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.responses import DeploymentResponse
from prefect.events.schemas.automations import Automation
from psycopg import AsyncConnection

from kaskad import settings
from kaskad.content import CompiledMessage
from kaskad.domain.channel import Channel
from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.project import Project
from kaskad.orchestration.deployment_specs import CronSpec, DeploymentSpec
from kaskad.orchestration.deployments import repair_deployments
from kaskad.orchestration.pools import CRASH_AUTOMATION, ensure_crash_automation, ensure_pool
from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.orchestration.worker import POOL_TYPE
from kaskad.services import health
from kaskad.services.operations import pausing
from kaskad.services.publishing import publish
from kaskad.services.publishing.deploy import ENGINE_FLOWS
from kaskad.services.publishing.deployment_sync import DeploymentSync
from kaskad.storage.publishing import versions
from tests.integration.api.front import ApiClient, door, front, refused
from tests.integration.api.prefects import AUTH, prefect
from tests.support.paths import ROOT
from tests.support.shipped import shipped_draft
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio
CART = "abandoned_cart"
NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


class Interrupted(PrefectGateway):
    """While this one looks what Prefect has, somebody resumes the cart by command."""

    stack: Stack

    async def deployments(self, name: str | None = None) -> list[DeploymentResponse]:
        found = await super().deployments(name)
        await pausing.set_paused(self.stack.runtime, CART, False)
        return found


async def says(api: ApiClient, *expected: str, tries: int = 40) -> bool:
    """Whether it says these codes, as soon as Prefect has been asked again."""
    for _ in range(tries):
        if (found := await codes(api)) == list(expected):
            return True
        await asyncio.sleep(0.2)
    raise AssertionError(f"{found}, not {expected}")


async def codes(api: ApiClient) -> list[str]:
    """What is wrong, by its codes; it has to be answered with 200."""
    answer = await api.client.get("/healthz")
    assert answer.status_code == 200
    document = answer.json()
    assert document["status"] == ("degraded" if document["why"] else "ok")
    return [problem["code"] for problem in document["why"]]


async def paused(gateway: PrefectGateway) -> dict[str, bool]:
    return {deployment.name: deployment.paused for deployment in await gateway.deployments()}


async def lose(gateway: PrefectGateway, *names: str) -> None:
    """Deletes these deployments; without names everything, as with the database."""
    for deployment in await gateway.deployments():
        if not names or deployment.name in names:
            async with gateway.open_client() as client:
                await client.delete_deployment(deployment.id)
    async with gateway.open_client() as client:
        for found in [] if names else await client.read_automations_by_name(CRASH_AUTOMATION):
            await client.delete_automation(found.id)
        if not names:
            await client.delete_work_pool("kaskad")


async def test_what_prefect_has_lost_is_made_anew_and_healthz_says_so(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One test: the server takes longer to start than all of this."""
    async with running_stack(database_url, tmp_path) as stack, AsyncExitStack() as fronts:
        async with prefect(tmp_path / "prefect") as (server, gateway):
            where = {"PREFECT_API_URL": server.api_url, "PREFECT_API_AUTH_STRING": AUTH}
            api = await fronts.enter_async_context(front(stack, **where))
            deployments = DeploymentSync(stack.runtime, gateway, POOL_TYPE)
            await pausing.set_paused(stack.runtime, CART, True)
            assert await says(api, "deployments", "worker")
            everything = {*stack.project.journeys, *(flow.name for flow in ENGINE_FLOWS)}
            assert await deployments.sync() == everything
            assert await paused(gateway) == {name.replace("_", "-"): name == CART for name in everything}
            assert await says(api, "worker")
            async with gateway.open_client() as client:
                await client.send_worker_heartbeat("kaskad", "one of ours", heartbeat_interval_seconds=30)
            assert await says(api)
            assert await deployments.sync() == frozenset()
            await a_few_are_lost(deployments, gateway, api)
            await all_is_lost(deployments, gateway, everything)
            await those_who_make_the_automation_at_once_make_one(server.api_url, gateway)
            await an_edit_that_prefect_was_not_told_of(deployments, gateway, stack)
            await whoever_resumes_meanwhile_is_heard(stack, server.api_url, gateway)
            await one_that_prefect_refuses_leaves_the_others(gateway, stack)
            assert await says(api, "worker")
        monkeypatch.setattr(health, "CACHE_SECONDS", 0)
        assert await says(api, "prefect", tries=3)  # nothing listens there: that is no server which has much to do


async def a_few_are_lost(deployments: DeploymentSync, gateway: PrefectGateway, api: ApiClient) -> None:
    await gateway.start_run("thank_you", now=datetime.now(UTC))
    await lose(gateway, "thank-you", "retention")
    with pytest.raises(NotFound, match="'thank_you'"):  # though its id was known a moment ago
        await gateway.start_run("thank_you", now=datetime.now(UTC))
    assert await says(api, "deployments")
    assert await deployments.sync() == {"thank_you", "retention"}
    assert await says(api)


async def all_is_lost(deployments: DeploymentSync, gateway: PrefectGateway, everything: set[str]) -> None:
    await lose(gateway)
    assert await deployments.sync() == everything
    assert (await paused(gateway))["abandoned-cart"]
    async with gateway.open_client() as client:
        assert len(await client.read_automations_by_name(CRASH_AUTOMATION)) == 1
        assert (await client.read_work_pool("kaskad")).type == POOL_TYPE


async def those_who_make_the_automation_at_once_make_one(url: str, gateway: PrefectGateway) -> None:
    """Three look at the same time and find none; nor do two stay that others made before."""

    class Late(PrefectGateway):
        """Has looked before anybody else made one."""

        @asynccontextmanager
        async def asking(self) -> AsyncIterator[PrefectClient]:
            async with super().open_client() as client:
                looked = client.read_automations_by_name

                async def nothing(name: str) -> list[Automation]:
                    client.read_automations_by_name = looked  # type: ignore[method-assign]
                    return []

                client.read_automations_by_name = nothing  # type: ignore[method-assign]
                yield client

    async with Late(url, auth=AUTH) as late, Late(url, auth=AUTH) as another:
        await asyncio.gather(*map(ensure_crash_automation, (gateway, late, another)))
        await asyncio.gather(*map(ensure_crash_automation, (late, another)))
    async with gateway.open_client() as client:
        assert len(await client.read_automations_by_name(CRASH_AUTOMATION)) == 1


async def an_edit_that_prefect_was_not_told_of(
    deployments: DeploymentSync, gateway: PrefectGateway, stack: Stack
) -> None:
    """Nor is a switch turned, or a pool that somebody has chosen, when only the words change."""
    await gateway.set_paused("thank_you", True)
    edited = stack.project.journeys["thank_you"].model_copy(update={"title": "How did you like it?"})
    journeys = {**stack.project.journeys, "thank_you": edited}
    await publish.publish(stack.runtime, stack.project.model_copy(update={"journeys": journeys}), compiled())
    assert await deployments.sync() == {"thank_you"}
    [shown] = await gateway.deployments("thank_you")
    assert (shown.version, shown.paused) == ("2", True)
    assert "How did you like it?" in (shown.description or "")


def compiled() -> Mapping[str, CompiledMessage]:
    return shipped_draft().compiled


async def whoever_resumes_meanwhile_is_heard(stack: Stack, url: str, gateway: PrefectGateway) -> None:
    await lose(gateway, "abandoned-cart")
    async with Interrupted(url, auth=AUTH) as interrupted:
        interrupted.stack = stack
        assert await DeploymentSync(stack.runtime, interrupted, POOL_TYPE).sync() == {CART}
    assert not (await paused(gateway))["abandoned-cart"]


async def one_that_prefect_refuses_leaves_the_others(gateway: PrefectGateway, stack: Stack) -> None:
    await ensure_pool(gateway, "kaskad", POOL_TYPE)
    good = DeploymentSpec("last", "flows.journey:journey")
    path = replace(good, name="bad/name")  # what Prefect takes for a path
    nowhere = replace(good, name="nowhere", ticks=CronSpec("0 10 * * *", "Nowhere/Land"))
    never = replace(good, name="never", ticks=CronSpec("70 10 * * *", "UTC"))
    assert await repair_deployments(
        gateway, [path, nowhere, never, good], pool="kaskad", project=stack.runtime.settings.project
    ) == {"last"}


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (None, ["no worker was heard of yet: nothing is sent"]),
        (NOW - timedelta(seconds=89), []),
        (NOW - timedelta(seconds=91), ["no worker was heard of since 2027-03-02 08:58:29 UTC: nothing is sent"]),
    ],
)
async def test_a_worker_counts_as_silent_after_three_heartbeats(heard: datetime | None, said: Sequence[str]) -> None:
    assert [problem.detail for problem in health.check_workers(heard, NOW)] == list(said)


async def test_a_channel_without_any_secret_is_named_with_the_variable(stack: Stack) -> None:
    project: Project = stack.project
    provider = project.providers["sandbox_sms"].model_copy(update={"secret_env": "SMS_SECRET"})
    edited = project.model_copy(update={"providers": {**project.providers, "sandbox_sms": provider}})
    await publish.publish(stack.runtime, edited, compiled())
    async with front(stack) as api:
        assert await says(api, "channel", "prefect")
    async with front(stack, SMS_SECRET="there") as api:
        assert await says(api, "prefect")


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"url": "https://${PRIVATE}.example/${SMS_PATH}"}, "the environment has no SMS_PATH"),
    ({"adapter": "fcm"}, "unknown adapter 'fcm', there are: http, smtp"),
    ({"url": "ftp://${PRIVATE}"}, "this is no address for http: write one like https://host/path"),
    ({"adapter": "smtp", "url": "smtp://${PRIVATE}:25"}, "smtp does not carry sms, but email"),
    ({"options": {"timeout": -1}}, "option timeout: input should be greater than 0"),
]


@pytest.mark.parametrize(("first", "why"), UNFIT, ids=[why for _, why in UNFIT])
async def test_a_channel_whose_first_provider_cannot_be_called_is_named_without_addresses(
    first: dict[str, Any], why: str
) -> None:
    project = shipped_draft().project
    works = project.providers["sandbox_sms"]
    providers = {**project.providers, "sandbox_sms": works.model_copy(update=first), "second": works}
    environment = {"PRIVATE": "hidden-host", "KASKAD_SECRET": "s" * 40}
    for names, said in (
        (("sandbox_sms",), [f"no sms goes by sandbox_sms, its first provider: {why}"]),
        (("sandbox_sms", "second"), [f"no sms goes by sandbox_sms, its first provider: {why}"]),
        (("second", "sandbox_sms"), []),
    ):
        sms = project.channels[Channel.SMS].model_copy(update={"providers": names})
        edited = project.model_copy(update={"providers": providers, "channels": {**project.channels, Channel.SMS: sms}})
        found = [*health.check_channels(edited, settings.load_settings(ROOT, environment))]
        assert [(problem.code, problem.detail) for problem in found] == [
            (health.ProblemCode.CHANNEL, text) for text in said
        ]
        assert not any(word in problem.detail for problem in found for word in ("hidden-host", "${", "ftp:", "smtp:"))


async def test_a_variable_that_is_missing_here_is_said_until_it_is_there(stack: Stack) -> None:
    provider = stack.project.providers["sandbox_sms"].model_copy(update={"url": "${SMS_URL}/sms"})
    edited = stack.project.model_copy(update={"providers": {**stack.project.providers, "sandbox_sms": provider}})
    await publish.publish(stack.runtime, edited, compiled())
    async with front(stack) as api:
        assert await says(api, "channel", "prefect")
    async with front(stack, SMS_URL="http://127.0.0.1:9") as api:
        assert await says(api, "prefect")


async def test_a_schema_of_another_version_is_said_and_no_schema_is_503(database_url: str, tmp_path: Path) -> None:
    async with (
        await AsyncConnection.connect(database_url, autocommit=True) as connection,
        door(tmp_path, KASKAD_DATABASE_URL=database_url) as api,
    ):
        for change in ("UPDATE alembic_version SET version_num = '0000'", "DELETE FROM alembic_version"):
            await connection.execute(change)
            assert (await codes(api))[0] == "migrations"
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        assert "no tables yet" in refused(await api.client.get("/healthz"), 503)


async def test_asking_waits_for_nobody_who_publishes(database_url: str, tmp_path: Path) -> None:
    async with (
        running_stack(database_url, tmp_path) as stack,
        front(stack) as api,
        stack.runtime.database.transaction() as connection,
    ):
        await versions.lock_for_publishing(connection)
        assert (await api.client.get("/healthz")).status_code == 200
