"""The HTTP provider against every answer that a server can give."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from kaskad.channels.base import ProviderConfig
from kaskad.channels.http import HttpProvider
from kaskad.domain.channel import Channel, Refused, Retry, Sent, Unknown
from tests.contract.troubled_servers import answering
from tests.contract.world import NOW, SECRET, message
from tests.contract.world import sent_over_http as sent_to

pytestmark = pytest.mark.anyio


TRY_LATER = timedelta(seconds=30)
CASES = [
    (200, b'{"id": "abc"}', {}, Sent("abc")),
    (202, b'{"id": 17}', {}, Sent("17")),
    (200, b"<html>", {}, Unknown),
    (200, b"", {}, Unknown),
    (204, b"", {}, Unknown),
    (200, b'["abc"]', {}, Unknown),
    (200, b"\xff\xfe\xfa", {}, Unknown),
    (301, b"{}", {"Location": "/else"}, Retry("301 Moved Permanently: it leads elsewhere, to /else", outage=True)),
    (302, b"<html>", {}, Retry("302 Found: it leads elsewhere, to nowhere", outage=True)),
    (303, b"", {"Location": "/else"}, Unknown),  # it may tell where the result of what was carried out stands
    (307, b"", {"Location": "https://login.example/"}, Retry),
    (308, b'{"id": "1"}', {"Location": "/else"}, Retry),
    (400, b"{}", {}, Refused("400 Bad Request")),
    (400, b'{"code": "unregistered"}', {}, Refused("400 unregistered", address_dead=True)),
    (401, b"{}", {}, Retry("401 Unauthorized", TRY_LATER, outage=True)),
    (402, b'{"detail": "no balance"}', {}, Retry("402 no balance", TRY_LATER, outage=True)),
    (404, b'{"code": "x"}', {}, Refused("404 x", address_dead=True)),
    (404, b"<html>", {}, Refused("404 Not Found")),  # a wrong URL must not kill every contact
    (404, b'{"detail": "Not Found"}', {}, Refused("404 Not Found")),
    (404, b'{"error": "no such route"}', {}, Refused("404 no such route")),
    (404, b'{"error": {"status": "NOT_FOUND", "details": [{"errorCode": "UNREGISTERED"}]}}', {}, "dead"),
    (400, b'{"reason": "BadDeviceToken"}', {}, "dead"),
    (400, b'{"code": 21617, "message": "too long"}', {}, Refused("400 21617 too long")),
    (400, b'{"code": 17, "error": {"text": "bad"}}', {}, Refused("400 17 bad")),
    (400, b'{"code": 17}', {}, Refused("400 17")),
    (400, b'{"code": ["unregistered"]}', {}, "dead"),
    (400, b'{"code": {"a": []}, "detail": null}', {}, Refused),
    (200, b'{"id": "a\\u0000b"}', {}, Sent("a\ufffdb")),
    (200, b'{"id": "a\\ud800b"}', {}, Sent("a\ufffdb")),
    (200, b'{"id": "\xe4"}', {}, Sent("\ufffd")),
    (200, b'{"id": "1"}', {"Content_Type": "application/json; charset=no-such"}, Sent("1")),
    (200, b'\xef\xbb\xbf{"id": "1"}', {}, Sent("1")),
    (200, b'{"id": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", {}, Unknown),
    (200, b'{"id": 1e999999999}', {}, Sent),
    (400, b'{"detail": "' + b"x" * 9_000 + b'\\u0007"}', {}, Refused("400 " + "x" * 196)),
    (422, b'{"detail": "bad\\u0000number\\u2028\\u202e"}', {}, Refused("422 bad\ufffdnumber \ufffd")),
    (409, b"{}", {}, Unknown),
    (410, b"", {}, Refused("410 Gone", address_dead=True)),
    (413, b"{}", {}, Refused("413 Request Entity Too Large")),
    (422, b'{"code": "opted_out"}', {}, Refused("422 opted_out", address_dead=True)),
    (422, b'{"code": "too_long"}', {}, Refused("422 too_long")),
    (429, b"", {"Retry_After": "7"}, Retry("429 Too Many Requests", timedelta(seconds=7))),
    (429, b"", {"Retry_After": format_datetime(NOW + timedelta(minutes=2), usegmt=True)}, timedelta(minutes=2)),
    (429, b"", {"Retry_After": "Mon, 02 Nov 2026 10:01:00 -0000"}, timedelta(minutes=1)),
    (429, b"", {"Retry_After": format_datetime(NOW - timedelta(days=9), usegmt=True)}, timedelta()),
    (429, b"", {"Retry_After": "999999999"}, timedelta(days=1)),
    (429, b"", {"Retry_After": "9" * 40}, TRY_LATER),
    (429, b"", {"Retry_After": "-3"}, TRY_LATER),
    (429, b"", {"Retry_After": "Mon, 01 Jan 0001 00:00:00 +2359"}, timedelta()),
    (429, b"", {"Retry_After": "Fri, 31 Dec 9999 23:59:59 -2359"}, timedelta(days=1)),
    (429, b"", {"Retry_After": ", "}, TRY_LATER),
    (429, b"", {"Retry_After": "soon"}, TRY_LATER),
    (429, b"", {}, TRY_LATER),
    (500, b"{}", {}, Unknown),
    (502, b"{}", {}, Unknown),
    (503, b"{}", {}, Unknown),
    (503, b'{"processed": true}', {}, Unknown),
    (503, b'{"processed": "no"}', {}, Unknown),
    (503, b'{"processed": false}', {}, Retry),
    (503, b"", {"Processed": "false"}, Retry),
    (500, b'{"processed": false}', {}, Unknown),
]


@pytest.mark.parametrize(("status", "body", "given", "means"), CASES)
async def test_what_an_answer_means(
    client: httpx.AsyncClient, status: int, body: bytes, given: dict[str, str], means: Any
) -> None:
    async with answering(status, body, **given) as (url, asked):
        result = await sent_to(client, url)
    assert len(asked) == 1, "neither retried nor redirected"
    if isinstance(means, timedelta):
        assert isinstance(result, Retry)
        assert result.after == means
    elif isinstance(means, type):
        assert isinstance(result, means)
    elif means == "dead":
        assert isinstance(result, Refused) and result.address_dead
    else:
        assert result == means


async def test_what_a_provider_is_asked(client: httpx.AsyncClient) -> None:
    outgoing = message(Channel.SMS, collapse="cart")
    async with answering(200, b'{"id": "1"}') as (url, asked):
        await HttpProvider(ProviderConfig("x", Channel.SMS, "http", url, SECRET), client, lambda: NOW).send(outgoing)
    [request] = asked
    assert (request.method, request.target) == ("POST", "/sms")
    assert request.headers["idempotency-key"] == str(outgoing.id)
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert json.loads(request.body) == {
        "key": str(outgoing.id),
        "to": outgoing.address,
        "from": "SHOP",
        "expires_at": outgoing.expires_at.isoformat(),
        "collapse": "cart",
        "content": outgoing.fields,
    }
