"""Odd answers over HTTP: much is not read, nothing is unpacked beyond that, and nothing of it is ever raised."""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kaskad.channels.base import ProviderConfig
from kaskad.channels.http import HttpProvider
from kaskad.channels.outbound_webhooks import HttpWebhook
from kaskad.channels.transport import MAX_BODY
from kaskad.domain.channel import Channel, Refused, Retry, SendResult, Sent, Unknown
from kaskad.domain.journeys.providers import SuccessRule, WebhookSpec
from tests.contract.troubled_servers import answering, read_request, serving
from tests.contract.world import NOW, SECRET, message
from tests.contract.world import sent_over_http as sent_to

pytestmark = pytest.mark.anyio
OK = b"HTTP/1.1 200 OK\r\n"
LONG = b'{"id": "1", "more": "' + b"x" * MAX_BODY + b'"}'


@asynccontextmanager
async def saying(*parts: bytes, slowly: bool = False) -> AsyncIterator[str]:
    """A server that writes exactly this for an answer, and closes."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        for part in parts:
            writer.write(part)
            if slowly:
                await writer.drain()
        await writer.drain()

    async with serving(connected) as url:
        yield url


def with_length(body: bytes, *headers: bytes, start: bytes = OK) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return start + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


def packed(body: bytes, packing: bytes, start: bytes = OK) -> bytes:
    return with_length(body, b"Content-Encoding: " + packing, start=start)


RAW_DEFLATE = zlib.compressobj(wbits=-zlib.MAX_WBITS)
BIG = gzip.compress(b'{"id": "1"}' + b" " * 10 * MAX_BODY)
ODD = [
    (with_length(LONG), Unknown),
    (with_length(b'{"id": "1"}' + b" " * 2 * MAX_BODY), Unknown),
    (with_length(LONG, start=b"HTTP/1.1 422 No\r\n"), Refused),
    (with_length(LONG, start=b"HTTP/1.1 401 No\r\n"), Retry),
    (packed(BIG, b"gzip"), Unknown),
    (packed(BIG, b"GZIP"), Unknown),
    (packed(BIG, b"gzip", start=b"HTTP/1.1 410 Gone\r\n"), Refused),
    (packed(gzip.compress(gzip.compress(b'{"id": "1"}')), b"gzip, gzip"), Unknown),
    (packed(b'{"id": "1"}', b"br"), Unknown),
    (packed(b'{"id": "1"}', b"nonsense"), Unknown),
    (packed(gzip.compress(b'{"id": "1"}')[:-9], b"gzip"), Unknown),
    (packed(gzip.compress(b'{"id": "1"}') * 2, b"gzip"), Unknown),
    (packed(RAW_DEFLATE.compress(b'{"id": "1"}') + RAW_DEFLATE.flush(), b"deflate"), Unknown),
    (packed(b"{}", b"gzip", start=b"HTTP/1.1 400 No\r\n"), Refused),
    (packed(gzip.compress(b'{"id": "1"}'), b"gzip"), Sent),
    (packed(zlib.compress(b'{"id": "1"}'), b"deflate"), Sent),
    (packed(b'{"id": "1"}', b"identity"), Sent),
    (OK + b"X-Much: " + b"y" * 200_000 + b"\r\n\r\n", Unknown),
    (OK + b"".join(b"X-%d: y\r\n" % number for number in range(5_000)) + b"\r\n", Unknown),
    (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", Unknown),
    (OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}", Unknown),
    (OK + b'Transfer-Encoding: chunked\r\n\r\nb\r\n{"id": "1"}\r\n', Unknown),
    (OK + b"Content-Length: -5\r\n\r\n{}", Unknown),
    (OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", Unknown),
    (OK + b"Content-Type: \xff\xfe; charset=\x01\r\nContent-Length: 2\r\n\r\n{}", Unknown),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + with_length(b'{"id": "1"}'), Sent),
    (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + with_length(b'{"id": "1"}'), Sent),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", Unknown),
    (with_length(b"denied", start=b"HTTP/1.1 999 Denied\r\n"), Unknown),
    (with_length(b"{}", start=b"HTTP/1.1 600 What\r\n"), Unknown),
    (with_length(b"{}", start=b"HTTP/1.1 399 Elsewhere\r\n"), Retry),
    (with_length(b"{}", start=b"HTTP/1.1 2000 OK\r\n"), Unknown),
    (with_length(b"{}", start=b"HTTP/1.1 twenty OK\r\n"), Unknown),
    (with_length(b"{}", start=b"HTTP/9.9 200 OK\r\n"), Unknown),
    (with_length(b"", b"Retry-After: -1", start=b"HTTP/1.1 429 \x80\xff\r\n"), Retry | Unknown),
    (with_length(b"", b"Location: \xff\xfe//", start=b"HTTP/1.1 302 \r\n"), Retry),
]


@pytest.mark.parametrize(("answer", "means"), ODD, ids=[str(number) for number in range(len(ODD))])
async def test_an_odd_answer_means_no_more_than_it_says(client: httpx.AsyncClient, answer: bytes, means: Any) -> None:
    async with saying(answer) as url:
        result = await asyncio.wait_for(sent_to(client, url), 5)
    assert isinstance(result, means), result


@cache
def _bomb(megabytes: int) -> bytes:
    packing, zeros = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16), bytes(1 << 20)
    return b"".join(packing.compress(zeros) for _ in range(megabytes)) + packing.flush()


@pytest.mark.parametrize(("status", "megabytes"), [(200, 60), (200, 400), (302, 60), (400, 60), (503, 400)])
async def test_a_bomb_is_never_unpacked(client: httpx.AsyncClient, status: int, megabytes: int) -> None:
    """60 MB are less than 64 KB as they arrive."""
    bomb = _bomb(megabytes)
    assert (len(bomb) <= MAX_BODY) is (megabytes == 60)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with saying(packed(bomb, b"gzip", start=b"HTTP/1.1 %d X\r\n" % status)) as url:
        assert not isinstance(await sent_to(client, url), Sent)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 24 * 1024, f"{grown} KB more"


async def test_an_answer_without_an_end_is_not_waited_for(client: httpx.AsyncClient) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK + b"\r\n")
        while not writer.is_closing():
            writer.write(b" " * 65_536)
            await writer.drain()

    begun = time.monotonic()
    async with serving(connected) as url:
        assert isinstance(await sent_to(client, url, timeout=30), Unknown)
    assert time.monotonic() - begun < 5


async def test_nothing_packed_is_asked_for(client: httpx.AsyncClient) -> None:
    async with answering(200, b'{"id": "1"}') as (url, asked):
        await sent_to(client, url)
        config = ProviderConfig("x", Channel.SMS, "http", url, SECRET)
        await HttpProvider(config, client, now=lambda: NOW).get_delivery_status(uuid4())
        await _called(client, url)
    assert {request.headers["accept-encoding"] for request in asked} == {"identity"}


async def _called(client: httpx.AsyncClient, url: str) -> SendResult:
    spec = WebhookSpec(name="x", title="x", url=url, secret_env="X")
    return await HttpWebhook(spec, SECRET, client, now=lambda: NOW).call(uuid4(), {"a": 1})


@pytest.mark.parametrize(("answer", "_"), ODD, ids=[str(number) for number in range(len(ODD))])
async def test_neither_a_webhook_nor_a_look_up_raises(client: httpx.AsyncClient, answer: bytes, _: Any) -> None:
    async with saying(answer) as url:
        result = await asyncio.wait_for(_called(client, url), 5)
        assert isinstance(result, Sent | Refused | Retry | Unknown)
    async with _told(answer) as url:
        config = ProviderConfig("x", Channel.SMS, "http", url, SECRET, {"timeout": 1})
        assert await HttpProvider(config, client, now=lambda: NOW).get_delivery_status(uuid4()) is None


@asynccontextmanager
async def _told(answer: bytes) -> AsyncIterator[str]:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    async with serving(connected) as url:
        yield url


WEBHOOKS = [
    (200, Sent),
    (204, Sent),
    (301, Retry),
    (302, Retry),
    (303, Unknown),
    (400, Refused),
    (401, Retry),
    (403, Retry),
    (407, Retry),
    (409, Unknown),
    (410, Refused),
    (429, Retry),
    (500, Unknown),
]


@pytest.mark.parametrize(("status", "means"), WEBHOOKS)
async def test_what_an_answer_means_to_a_webhook(
    client: httpx.AsyncClient, status: int, means: type[SendResult]
) -> None:
    async with answering(status, b"" if status == 204 else b"a\x00b", Location="https://elsewhere.example/") as (
        url,
        asked,
    ):
        assert isinstance(await _called(client, url), means)
    assert len(asked) == 1


async def test_a_webhook_whose_address_is_none_is_put_off(client: httpx.AsyncClient) -> None:
    for url in ("http://[::1", "ftp://x.example/", "http://" + "x" * 70 + ".example:99999/"):
        assert isinstance(await _called(client, url), Retry | Unknown)


async def test_what_is_too_long_is_sent_where_the_status_alone_decides(client: httpx.AsyncClient) -> None:
    config = ProviderConfig("x", Channel.SMS, "http", "", SECRET, success=SuccessRule(status=(202,), body="any"))
    async with saying(with_length(LONG, start=b"HTTP/1.1 202 Accepted\r\n")) as url:
        provider = HttpProvider(replace(config, url=url), client, now=lambda: NOW)
        assert await provider.send(message(Channel.SMS)) == Sent()


async def test_all_text_of_an_answer_is_cleaned(client: httpx.AsyncClient) -> None:
    body = json.dumps({"code": "x", "detail": "a\x00b\ud800c\n\td\u2028e" + "f" * 900}).encode()
    async with answering(400, body) as (url, _):
        result = await sent_to(client, url)
    assert isinstance(result, Refused)
    assert result.why.startswith("400 a\ufffdb\ufffdc d e") and len(result.why) == 200
