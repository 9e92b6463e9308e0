"""A feed's document comes from a real server: whole, within its limits, and from nowhere else than its file says."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from kaskad.services.feeds import addresses
from kaskad.services.feeds.fetching import Fetched, fetch
from kaskad.services.feeds.problems import FeedProblem, FeedRefused
from tests.support.feed_host import FeedHost, feed_host
from tests.support.feed_samples import feed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def host() -> AsyncIterator[FeedHost]:
    async with feed_host() as found:
        yield found


async def fetched(url: str, into: Path, **said: Any) -> Fetched:
    known = {"etag": said.pop("etag", None), "last_modified": said.pop("last_modified", None)}
    return await fetch(feed("yml", **said), url, into / "document", **known)


async def refused(url: str, into: Path, **said: Any) -> tuple[FeedProblem, str]:
    with pytest.raises(FeedRefused) as refusal:
        await fetched(url, into, **said)
    return refusal.value.code, str(refusal.value)


async def test_a_document_and_what_names_it(host: FeedHost, tmp_path: Path) -> None:
    host.body, host.etag, host.modified = b"<a/>", '"1"', "Tue, 02 Mar 2027 08:00:00 GMT"
    assert await fetched(host.url, tmp_path) == Fetched('"1"', "Tue, 02 Mar 2027 08:00:00 GMT")
    assert (tmp_path / "document").read_bytes() == b"<a/>"
    assert (await fetched(host.url, tmp_path, etag='"1"', last_modified=host.modified)).same
    assert host.asked[-1]["If-Modified-Since"] == host.modified


async def test_a_document_that_is_packed_on_its_way(host: FeedHost, tmp_path: Path) -> None:
    host.body, host.headers = gzip.compress(b"<a/>"), {"Content-Encoding": "gzip"}
    await fetched(host.url, tmp_path)
    assert gzip.decompress((tmp_path / "document").read_bytes()) == b"<a/>"
    host.headers = {"Content-Encoding": "br"}
    assert (await refused(host.url, tmp_path))[0] is FeedProblem.BROKEN


@pytest.mark.parametrize("status", [201, 206, 401, 403, 404, 429, 500, 503])
async def test_an_answer_that_is_not_the_document(host: FeedHost, tmp_path: Path, status: int) -> None:
    host.body, host.status = b"<a/>", status
    code, told = await refused(host.url, tmp_path)
    passing = status in (429, 500, 503)
    assert code is (FeedProblem.UNREACHABLE if passing else FeedProblem.REFUSED)
    assert str(status) in told


async def test_a_document_that_is_too_large(host: FeedHost, tmp_path: Path) -> None:
    host.body = b"x" * 1_000_001
    assert (await refused(host.url, tmp_path, max_megabytes=1))[0] is FeedProblem.TOO_LARGE


async def test_a_document_that_breaks_off(host: FeedHost, tmp_path: Path) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"<a>")
        assert request.transport
        request.transport.close()
        return answer

    host.answer = half
    assert (await refused(host.url, tmp_path))[0] is FeedProblem.UNREACHABLE


async def test_a_server_that_stalls(host: FeedHost, tmp_path: Path) -> None:
    async def stall(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    host.answer = stall
    assert (await refused(host.url, tmp_path, timeout={"seconds": 1}))[0] is FeedProblem.TOO_SLOW


async def test_nobody_listens_and_the_address_is_not_told(host: FeedHost, tmp_path: Path) -> None:
    for url in ("http://user:secret@127.0.0.1:1/secret", "http://secret.invalid/", "http://[secret/", "secret"):
        code, told = await refused(url, tmp_path)
        assert code in (FeedProblem.UNREACHABLE, FeedProblem.MISPLACED)
        assert "secret" not in told


def leading_to(target: str) -> Any:
    async def redirect(request: web.Request) -> web.StreamResponse:
        if request.path == "/there":
            return web.Response(body=b"<there/>")
        return web.Response(status=302, headers={"Location": target})

    return redirect


async def test_redirects_on_its_own_host_are_followed(host: FeedHost, tmp_path: Path) -> None:
    host.answer = leading_to("/there")
    await fetched(host.url, tmp_path)
    assert (tmp_path / "document").read_bytes() == b"<there/>"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("file:///etc/passwd", FeedProblem.MISPLACED),
        ("ftp://shop.example/feed", FeedProblem.MISPLACED),
        ("http://10.0.0.1/", FeedProblem.MISPLACED),
        ("http://169.254.169.254/latest/meta-data", FeedProblem.MISPLACED),
        ("http://[::1]/", FeedProblem.MISPLACED),
        ("http://[::ffff:10.0.0.1]/", FeedProblem.MISPLACED),
        ("http://localhost:{port}/there", FeedProblem.MISPLACED),
        ("http://2130706433:{port}/there", FeedProblem.MISPLACED),
        ("/feed", FeedProblem.REFUSED),
        ("", FeedProblem.REFUSED),
    ],
)
async def test_a_redirect_leads_to_no_private_network(
    host: FeedHost, tmp_path: Path, target: str, code: FeedProblem
) -> None:
    host.answer = leading_to(target.format(port=host.port))
    assert (await refused(host.url, tmp_path))[0] is code


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "192.168.1.1", "100.64.0.1", "::1", "fe80::1%eth0", "fd00::1", "0.0.0.0"]
)
def test_addresses_that_not_everybody_reaches(address: str) -> None:
    assert not addresses.is_public(address)
    assert addresses.is_public("93.184.216.34")
