"""Receipts: what the sandbox signs is read as it was meant, and nothing that was tampered with is believed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from kaskad.channels import webhook_signature
from kaskad.channels.base import Provider, WebhookRequest
from kaskad.domain.channel import Receipt, ReceiptKind
from kaskad.domain.errors import InvalidSignature
from kaskad.sandbox.providers.http_server import HttpServer, Request, Response
from kaskad.sandbox.providers.intake import SandboxMessage
from tests.contract.world import SECRET, START, World, until

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


@dataclass
class Hooks:
    """The API's side: keeps the webhooks it gets, and answers as told."""

    status: int = 200
    got: list[WebhookRequest] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def __call__(self, request: Request) -> Response:
        self.got.append(WebhookRequest(request.body, request.headers, request.target))
        if self.hold is not None:
            await self.hold.wait()
        return Response(self.status)

    def read(self, provider: Provider) -> list[Receipt]:
        return [receipt for request in self.got for receipt in provider.receipts(request)]


@pytest.fixture
async def hooks(world: World) -> AsyncIterator[Hooks]:
    hooks = Hooks()
    server = HttpServer(hooks)
    await server.start(0)
    world.sandbox.receipts.hooks_url = f"http://127.0.0.1:{server.port}/hooks"
    yield hooks
    await server.close()


async def test_delivery_open_and_click_come_in_order_when_the_engines_clock_gets_there(
    world: World, hooks: Hooks
) -> None:
    world.behave(open=1, click=1, machine_open=1)
    provider, message = world.provider(), world.message()
    await provider.send(message)
    assert await world.sandbox.tick() == 0, "nothing is due at once"
    steps = 0
    while (due := world.sandbox.next_receipt_at()) is not None:
        assert due > world.clock.at
        world.clock.at, steps = due, steps + 1
        assert await world.sandbox.tick() == 1
    receipts = hooks.read(provider)
    assert steps == 4
    assert [receipt.at for receipt in receipts] == sorted(receipt.at for receipt in receipts)
    kinds = [(receipt.kind, receipt.by_machine) for receipt in receipts]
    assert kinds == [("delivered", False), ("opened", True), ("opened", False), ("clicked", False)]
    assert {receipt.message for receipt in receipts} == {message.id}
    assert receipts[-1].at == world.clock.at
    assert {request.url for request in hooks.got} == {f"/hooks/{world.channel}"}


async def test_a_message_that_was_swallowed_fails_later_and_the_address_is_dead(world: World, hooks: Hooks) -> None:
    world.behave(swallow=1, open=1)
    provider = world.provider()
    await provider.send(world.message())
    world.clock.at += timedelta(days=1)
    assert await world.sandbox.tick() == 1
    [receipt] = hooks.read(provider)
    assert (receipt.kind, receipt.address_dead) == (ReceiptKind.FAILED, True)


async def test_a_lost_message_is_confirmed_afterwards(world: World, hooks: Hooks) -> None:
    world.behave(lose=1, confirm=1, deliver=0)
    provider, message = world.provider(), world.message()
    await provider.send(message)
    assert await world.sandbox.tick() == 1
    assert hooks.read(provider) == [Receipt(message.id, ReceiptKind.SENT, START)]


async def test_receipts_wait_while_the_api_is_down_and_none_is_lost(world: World, hooks: Hooks) -> None:
    provider = world.provider()
    messages = [world.message() for _ in range(5)]
    await asyncio.gather(*map(provider.send, messages))
    world.clock.at += timedelta(days=1)
    hooks.status = 503
    assert await world.sandbox.tick() == 0
    assert world.sandbox.next_receipt_at() is not None
    hooks.status, _ = 200, hooks.got.clear()
    assert await world.sandbox.tick() == 5
    assert {receipt.message for receipt in hooks.read(provider)} == {message.id for message in messages}
    assert world.sandbox.next_receipt_at() is None


async def test_receipts_come_in_batches_of_two_hundred_at_most(world: World, hooks: Hooks) -> None:
    for _ in range(450):
        parcel = SandboxMessage(world.channel, str(uuid4()), "a", "b", {})
        world.sandbox.receipts.schedule(parcel, world.sandbox.behaviour, START)
    world.clock.at += timedelta(days=1)
    assert await world.sandbox.tick() == 450
    assert [len(json.loads(request.body)) for request in hooks.got] == [200, 200, 50]


async def test_only_what_reached_the_customer_comes_back(world: World, hooks: Hooks) -> None:
    provider, message = world.provider(), world.message()
    world.behave(refuse=1)
    await provider.send(world.message())
    world.behave(retry=1)
    await provider.send(message)
    assert world.sandbox.next_receipt_at() is None
    world.behave()
    await provider.send(message)
    await provider.send(message)
    world.clock.at += timedelta(days=1)
    assert await world.sandbox.tick() == 1


async def test_a_tick_that_is_cancelled_loses_nothing(world: World, hooks: Hooks) -> None:
    provider = world.provider()
    await provider.send(world.message())
    world.clock.at += timedelta(days=1)
    hooks.hold = asyncio.Event()
    ticking = asyncio.create_task(world.sandbox.tick())
    assert await until(lambda: bool(hooks.got))
    ticking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ticking
    hooks.hold = None
    assert await world.sandbox.tick() == 1


async def test_every_provider_refuses_what_another_signed(world: World) -> None:
    now = datetime.now(UTC)
    body = b"[]"
    good = WebhookRequest(body, {"kaskad-signature": webhook_signature.sign(body, SECRET, now)}, "")
    assert world.provider().receipts(good) == []
    with pytest.raises(InvalidSignature):
        world.provider(secret="other").receipts(good)
    stale = WebhookRequest(body, {"kaskad-signature": webhook_signature.sign(body, SECRET, now - 10 * MINUTE)}, "")
    with pytest.raises(InvalidSignature):
        world.provider().receipts(stale)
