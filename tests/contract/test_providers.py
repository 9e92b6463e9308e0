"""What every provider promises, whatever it speaks."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from kaskad.channels.base import ProviderConfig
from kaskad.channels.options import ADAPTER_SPECS
from kaskad.channels.registry import ADAPTERS, build_provider
from kaskad.domain.channel import Channel, Refused, Retry, Sent, Unknown
from kaskad.domain.errors import Rejected
from tests.contract.world import CASES, World, until

pytestmark = pytest.mark.anyio


def test_every_adapter_is_here() -> None:
    assert {adapter for adapter, _ in CASES} == set(ADAPTERS) == set(ADAPTER_SPECS)


async def test_what_is_accepted_arrives_once_under_its_key(world: World) -> None:
    message = world.message()
    assert isinstance(await world.provider().send(message), Sent)
    [record] = world.sandbox.received
    assert (record.key, record.to, record.channel) == (str(message.id), message.address, world.channel)
    assert record.outcome == "accepted"
    assert record.fields == message.fields


async def test_a_refused_address_is_dead(world: World) -> None:
    world.behave(refuse=1)
    result = await world.provider().send(world.message())
    assert isinstance(result, Refused)
    assert result.address_dead
    assert world.outcomes() == ["refused"]


async def test_what_was_deferred_may_be_sent_again(world: World) -> None:
    provider, message = world.provider(), world.message()
    world.behave(retry=1)
    assert isinstance(await provider.send(message), Retry)
    world.behave()
    assert isinstance(await provider.send(message), Sent)
    assert world.outcomes() == ["deferred", "accepted"]


async def test_lost_after_it_was_taken_is_unknown_and_a_look_up_heals_it(world: World) -> None:
    provider, message = world.provider(), world.message()
    world.behave(lose=1)
    assert isinstance(await provider.send(message), Unknown)
    assert world.outcomes() == ["lost"]
    healed = await provider.get_delivery_status(message.id)
    assert healed is None if world.adapter == "smtp" else isinstance(healed, Sent)


async def test_a_look_up_tells_what_was_never_taken_and_what_was_refused(world: World) -> None:
    if world.adapter == "smtp":
        pytest.skip("SMTP cannot be asked about a message")
    provider, refused = world.provider(), world.message()
    world.behave(refuse=1)
    await provider.send(refused)
    assert isinstance(await provider.get_delivery_status(refused.id), Refused)
    assert isinstance(await provider.get_delivery_status(world.message().id), Retry)


async def test_a_look_up_at_a_wrong_address_claims_nothing(world: World) -> None:
    elsewhere = world.provider(url="smtp://127.0.0.1:1" if world.adapter == "smtp" else f"{world.sandbox.http_url}/x")
    assert await elsewhere.get_delivery_status(world.message().id) is None


async def test_the_same_key_twice_is_processed_once_and_told_apart(world: World) -> None:
    provider, message = world.provider(), world.message()
    assert await provider.send(message) == await provider.send(message)
    assert world.outcomes() == ["accepted", "duplicate"]


async def test_after_a_refused_connection_it_may_be_sent_again(world: World) -> None:
    with socket.socket() as closed:  # bound but not listening: nobody else can get this port meanwhile
        closed.bind(("127.0.0.1", 0))
        scheme = "smtp" if world.adapter == "smtp" else "http"
        provider = world.provider(url=f"{scheme}://127.0.0.1:{closed.getsockname()[1]}")
        assert isinstance(await provider.send(world.message()), Retry)


async def test_a_server_that_does_not_take_connections_in_time_got_nothing(world: World) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filling in (first, second):
            filling.setblocking(False)
            filling.connect_ex(full.getsockname())
        scheme = "smtp" if world.adapter == "smtp" else "http"
        provider = world.provider(url=f"{scheme}://127.0.0.1:{full.getsockname()[1]}", connect_timeout=0.2, timeout=5)
        assert isinstance(await provider.send(world.message()), Retry)


async def test_a_server_slower_than_the_time_out_leaves_it_unknown(world: World) -> None:
    world.behave(delay_s=5)
    assert isinstance(await world.provider(timeout=0.2).send(world.message()), Unknown)
    assert world.outcomes() == ["accepted"]


async def test_cancelling_in_the_middle_leaves_no_open_connection(world: World) -> None:
    world.behave(delay_s=30)
    sending = asyncio.create_task(world.provider().send(world.message()))
    assert await until(lambda: bool(world.sandbox.received))
    assert world.sandbox.open_connections == 1
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await until(lambda: world.sandbox.open_connections == 0, seconds=1)


async def test_control_characters_never_reach_the_wire(world: World) -> None:
    provider = world.provider()
    for changes in (
        {"address": world.message().address + "\r\nBcc: all@mail.example"},
        {"address": world.message().address + "\n"},
        {"sender": "SHOP\r\nX-Evil: 1 <hello@shop.example>"},
    ):
        assert isinstance(await provider.send(world.message(**changes)), Refused)
    assert world.sandbox.received == []


async def test_many_at_once_all_arrive(world: World) -> None:
    provider, messages = world.provider(), [world.message() for _ in range(40)]
    results = await asyncio.gather(*map(provider.send, messages))
    assert all(isinstance(result, Sent) for result in results)
    assert sorted(record.key for record in world.sandbox.received) == sorted(str(message.id) for message in messages)
    assert world.outcomes() == ["accepted"] * 40


async def test_a_closed_provider_holds_no_connection_of_its_own(world: World) -> None:
    provider = world.provider()
    await provider.send(world.message())
    await provider.aclose()
    if world.adapter == "http":
        await world.client.aclose()  # the shared client's, closed by whoever made it
    assert await until(lambda: world.sandbox.open_connections == 0, seconds=1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"adapter": "htpp"}, "did you mean 'http'"),
        ({"adapter": "carrier pigeon"}, "there are: http, smtp"),
        ({"secret": ""}, "needs a secret"),
        ({"options": {"timeuot": 3}}, "option timeuot"),
        ({"options": {"timeout": -1}}, "option timeout: input should be greater than 0"),
        ({"options": {"timeout": float("inf")}}, "option timeout: input should be a finite number"),
        ({"options": {"timeout": "soon"}}, "option timeout"),
        ({"adapter": "smtp", "url": "http://x.example"}, "smtp://"),
        ({"url": "smtp://x.example"}, "https://host/path"),
        ({"url": "http://"}, "https://host/path"),
        ({"url": "http://[::1"}, "https://host/path"),
        ({"url": "http://x.example:99999"}, "https://host/path"),
        ({"adapter": "smtp", "url": "smtp://x.example"}, "smtp does not carry sms, but email"),
        ({"channel": Channel.CALL}, "http does not carry call"),
    ],
)
async def test_a_configuration_that_cannot_work_says_what_would(
    client: httpx.AsyncClient, changes: dict[str, Any], words: str
) -> None:
    given: dict[str, Any] = {
        "name": "x",
        "channel": Channel.SMS,
        "adapter": "http",
        "url": "http://x.example",
        "secret": "s",
    }
    with pytest.raises(Rejected, match=words):
        build_provider(ProviderConfig(**given | changes), client, lambda: datetime.now(UTC))


def test_a_secret_is_not_shown() -> None:
    assert "hidden" not in repr(ProviderConfig("x", Channel.SMS, "http", "http://x.example", "hidden"))
