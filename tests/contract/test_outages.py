"""Which answers speak of the provider's health, and which of the message alone."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from kaskad.domain.channel import Retry, Unknown
from tests.contract.troubled_servers import answering, read_request, scripted, serving
from tests.contract.world import sent_by_mail, sent_over_http

pytestmark = pytest.mark.anyio

OVER_HTTP = [(401, True), (403, True), (409, False), (429, False), (500, True), (502, True), (503, True)]


@pytest.mark.parametrize(("status", "outage"), OVER_HTTP)
async def test_what_http_says_of_health(client: httpx.AsyncClient, status: int, outage: bool) -> None:
    async with answering(status, b"{}") as (url, _):
        result = await sent_over_http(client, url)
    assert isinstance(result, Retry | Unknown)
    assert result.outage is outage


async def test_not_processed_is_an_outage_that_may_go_elsewhere(client: httpx.AsyncClient) -> None:
    async with answering(503, b'{"processed": false}') as (url, _):
        result = await sent_over_http(client, url)
    assert isinstance(result, Retry) and result.outage


async def test_nobody_at_the_port_is_an_outage_and_nothing_was_sent(client: httpx.AsyncClient) -> None:
    async with serving(_never) as url:
        pass
    for result in (await sent_over_http(client, url), await sent_by_mail(httpx.URL(url).port or 0)):
        assert isinstance(result, Retry) and result.outage


async def test_silence_is_an_outage_and_nobody_can_tell(client: httpx.AsyncClient) -> None:
    async with serving(_never) as url:
        result = await sent_over_http(client, url, timeout=0.2)
    assert isinstance(result, Unknown) and result.outage


async def _never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await asyncio.sleep(10)


OVER_SMTP: list[tuple[dict[str, str | None], bool]] = [
    ({"EHLO": None}, True),
    ({"MAIL": "421 closing"}, True),
    ({"MAIL": "530 5.7.0 log in"}, True),
    ({"MAIL": None}, True),
    ({"RCPT": "450 4.2.0 greylisted"}, False),
    ({"RCPT": "452 4.2.2 full"}, False),
    ({".": "421 closing"}, True),
    ({".": "451 4.3.0 later"}, False),
    ({".": None}, True),
]


@pytest.mark.parametrize(("script", "outage"), OVER_SMTP)
async def test_what_smtp_says_of_health(script: Any, outage: bool) -> None:
    async with scripted(script) as (port, _):
        result = await sent_by_mail(port)
    assert isinstance(result, Retry | Unknown)
    assert result.outage is outage
