"""Providers that a process cannot call: an adapter that is gone, an address that its environment lacks.

They are passed over like dead ones, whatever the published project says of them; and publishing pins no address.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kaskad.channels.base import WebhookRequest
from kaskad.channels.unavailable import UnavailableProvider
from kaskad.channels.webhook_signature import HEADER, sign
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidSignature
from kaskad.domain.journeys.project import Project
from kaskad.runtime import open_runtime
from kaskad.services.inspect import overview
from kaskad.services.publishing import publish
from kaskad.storage.publishing import versions
from tests.support.delivering import CART, everybody, queue, statuses
from tests.support.outages.outage_world import FIRST, SECOND
from tests.support.shipped import shipped_draft
from tests.support.stack import OpenStack, Stack, running_stack

pytestmark = pytest.mark.anyio
UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"adapter": "fcm"}, "unknown adapter 'fcm'"),
    ({"options": {"timeout": -1}}, "greater than 0"),
    ({"options": {"of_the_future": 1}}, "unknown option 'of_the_future'"),
    ({"url": "smtp://127.0.0.1:25"}, "this is no address for http"),
    ({"url": "http://["}, "this is no address for http"),
    ({"url": "${PUSH_URL}/push"}, "the environment has no PUSH_URL"),
    ({"adapter": "smtp", "url": "smtp://127.0.0.1:25"}, "smtp does not carry push"),
]


def unfit(first: dict[str, Any], *, second: bool = False) -> Callable[[Project], Project]:
    """`everybody`, with this instead of the push provider, and perhaps one after it that works."""

    def edit(project: Project) -> Project:
        works = project.providers[FIRST]
        providers = {
            **project.providers,
            FIRST: works.model_copy(update=first),
            SECOND: works.model_copy(update={"name": SECOND}),
        }
        names = (FIRST, SECOND) if second else (FIRST,)
        push = project.channels[Channel.PUSH].model_copy(update={"providers": names})
        parts = {"providers": providers, "channels": {**project.channels, Channel.PUSH: push}}
        return everybody(project).model_copy(update=parts)

    return edit


async def faults(stack: Stack) -> int:
    (row,) = await stack.rows("SELECT count(*) FROM enrollment WHERE faults > 0 OR status = 'quarantined'")
    return int(row["count"])


@pytest.mark.parametrize(("first", "why"), UNFIT, ids=[why for _, why in UNFIT])
async def test_the_next_provider_carries_and_it_is_shown_and_said_once(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, first: dict[str, Any], why: str
) -> None:
    with caplog.at_level(logging.WARNING, "kaskad"):
        async with running_stack(database_url, tmp_path, edit=unfit(first, second=True)) as stack:
            await queue(stack, "kolya", "olya")
            await stack.run(CART)
            assert await statuses(stack) == [("push", "sent", None)] * 2
            assert await faults(stack) == 0
            states = {provider.name: provider for provider in await overview.list_providers(stack.runtime)}
            assert why in (states[FIRST].unfit or "")
            assert states[SECOND].unfit is None
            (row,) = await stack.rows("SELECT count(*) FROM carrier WHERE name = %(name)s", name=FIRST)
            assert row["count"] == 0, "no slots are taken of it"
    assert sum(FIRST in record.getMessage() and "passed over" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize(("first", "why"), [UNFIT[0], UNFIT[1], UNFIT[5]], ids=["adapter", "option", "variable"])
async def test_where_there_is_no_other_the_next_channel_takes_it(
    first: dict[str, Any], why: str, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=unfit(first))
    await queue(stack, "kolya", "olya", channels=("push", "email"))
    await stack.run(CART)
    assert [channel for channel, _ in stack.sent()] == ["email"] * 2
    assert await faults(stack) == 0


async def test_what_was_queued_before_is_handed_back_and_goes_by_the_next_channel(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", channels=("push", "email"))
    compiled = shipped_draft().compiled
    await publish.publish(stack.runtime, unfit({"adapter": "gone"})(stack.project), compiled)
    await stack.run(CART)
    assert [channel for channel, _ in stack.sent()] == ["email"]
    assert await faults(stack) == 0


async def test_its_receipts_are_read_where_its_secret_is_known(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=unfit({"url": "${PUSH_URL}"}))
    carrier = stack.runtime.providers[FIRST]
    assert isinstance(carrier, UnavailableProvider)
    body, at = b"[]", datetime.now(UTC)
    signed = {HEADER: sign(body, carrier.secret, at)}
    assert carrier.receipts(WebhookRequest(body, signed, "")) == []
    bare = UnavailableProvider(FIRST, Channel.PUSH, "no adapter")
    with pytest.raises(InvalidSignature):
        bare.receipts(WebhookRequest(body, {HEADER: sign(body, "", at)}, ""))
    assert "secret" not in repr(carrier)


async def stored(stack: Stack) -> str:
    (row,) = await stack.rows("SELECT project::text AS project FROM config_generation")
    return str(row["project"])


async def test_publishing_from_another_shell_changes_nothing_for_a_running_stack(
    monkeypatch: pytest.MonkeyPatch, open_stack: OpenStack
) -> None:
    for name in ("KASKAD_SANDBOX_URL", "KASKAD_SANDBOX_SMTP"):
        monkeypatch.delenv(name, raising=False)
    stack = await open_stack(edit=everybody)
    draft = shipped_draft()
    await publish.publish(stack.runtime, everybody(draft.project), draft.compiled)
    before = await stored(stack)
    assert "${KASKAD_SANDBOX_URL:-http://127.0.0.1:8026}/push" in before
    monkeypatch.setenv("KASKAD_SANDBOX_URL", "http://elsewhere.example")
    monkeypatch.setenv("KASKAD_SANDBOX_SMTP", "smtp://elsewhere.example:25")
    draft = shipped_draft()
    again = await publish.publish(stack.runtime, everybody(draft.project), draft.compiled)
    assert await stored(stack) == before
    assert not again.plan.shop
    ours = {"KASKAD_SANDBOX_URL": stack.sandbox.http_url}
    mine = replace(stack.runtime.settings, environment={**stack.runtime.settings.environment, **ours})
    async with open_runtime(mine) as worker:
        running = Stack(worker, stack.sandbox, stack.project)
        await queue(running, "kolya")
        await running.run(CART)
    assert [channel for channel, _ in stack.sent()] == ["push"]


async def test_the_stack_knows_where_its_own_sandbox_is(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=unfit({"url": "${KASKAD_SANDBOX_URL}/push"}))
    ports = {"sandbox_http_port": int(stack.sandbox.http_url.rpartition(":")[2])}
    async with open_runtime(replace(stack.runtime.settings, **ports)) as worker:
        running = Stack(worker, stack.sandbox, stack.project)
        await queue(running, "kolya")
        await running.run(CART)
    assert [channel for channel, _ in stack.sent()] == ["push"]


async def test_addresses_that_were_published_resolved_go_on_working(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    old = stack.project.model_dump(mode="json", by_alias=True, exclude={"journeys"})
    for spec in old["providers"].values():
        del spec["success"]
    async with stack.runtime.database.transaction() as connection:
        loaded = await versions.load_project(connection)
    assert Project.model_validate(old).providers == loaded.providers
    await queue(stack, "kolya")
    await stack.run(CART)
    assert [channel for channel, _ in stack.sent()] == ["push"]
