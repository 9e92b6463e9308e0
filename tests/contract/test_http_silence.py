"""The HTTP provider when the line goes dead: what was surely not sent may be sent again, nothing else."""

from __future__ import annotations

import asyncio
import gzip

import httpx
import pytest

from kaskad.channels.transport import http_client
from kaskad.domain.channel import Retry, Sent, Unknown
from tests.contract.troubled_servers import Connected, answering, read_request, serving
from tests.contract.world import sent_over_http as sent_to

pytestmark = pytest.mark.anyio


async def _reset_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _reset_when_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.transport.abort()


async def _close_when_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.close()


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"what?\r\n\r\n")
    writer.close()


async def _cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{")
    writer.close()


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await asyncio.sleep(0.05)


async def _not_gzip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")
    writer.close()


SILENCES = (_reset_at_once, _reset_when_read, _close_when_read, _garbage, _cut, _drip, _not_gzip)


@pytest.mark.parametrize("connected", SILENCES, ids=lambda connected: connected.__name__)
async def test_what_cannot_be_told_is_unknown(client: httpx.AsyncClient, connected: Connected) -> None:
    async with serving(connected) as url:
        assert isinstance(await asyncio.wait_for(sent_to(client, url, connect_timeout=0.5), 3), Unknown)


async def test_a_packed_answer_in_pieces_is_read(client: httpx.AsyncClient) -> None:
    async def pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        packed = gzip.compress(b'{"id": "packed"}')
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (packed[:5], packed[5:], b""):
            writer.write(b"%x\r\n%s\r\n" % (len(part), part))
        await writer.drain()
        writer.close()

    async with serving(pieces) as url:
        assert await sent_to(client, url) == Sent("packed")


async def test_a_host_that_does_not_exist_got_nothing(client: httpx.AsyncClient) -> None:
    assert isinstance(await sent_to(client, "http://nobody.invalid/sms"), Retry)


async def test_no_turn_in_the_pool_got_nothing() -> None:
    async with http_client(connections=1) as client, answering(200, b'{"id": "1"}') as (url, asked):
        hold = asyncio.Event()

        async def holding(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            hold.set()
            await asyncio.sleep(10)

        async with serving(holding) as busy:
            first = asyncio.create_task(sent_to(client, busy, timeout=10))
            await hold.wait()
            assert isinstance(await sent_to(client, url, connect_timeout=0.2), Retry)
            assert asked == []
            first.cancel()


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with http_client() as client, answering(200, b'{"id": "direct"}') as (url, _):
        assert await sent_to(client, url) == Sent("direct")


async def test_cookies_are_not_kept(client: httpx.AsyncClient) -> None:
    async with answering(200, b'{"id": "1"}', Set_Cookie="session=1") as (url, asked):
        await sent_to(client, url)
        await sent_to(client, url)
    assert "cookie" not in asked[-1].headers
