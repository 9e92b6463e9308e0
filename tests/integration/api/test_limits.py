"""How much a request may bring: 32 KB an event, 500 KB a body, zipped or not."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest
from starlette.exceptions import HTTPException

from kaskad.api.body_limits import MAX_BODY_BYTES, decompress
from kaskad.services.ingestion.event_limits import MAX_EVENT_BYTES
from tests.integration.api.front import ADMIN, SITE, ApiClient, event, refused

pytestmark = pytest.mark.anyio


def sized(size: int) -> dict[str, object]:
    """An event of that many bytes."""
    bare = event(messageId="sized", properties={"x": ""})
    return bare | {"properties": {"x": "x" * (size - len(json.dumps(bare, separators=(",", ":"))))}}


async def test_an_event_may_have_32_kilobytes(api: ApiClient) -> None:
    assert (await api.call("/v1/batch", {"batch": [sized(MAX_EVENT_BYTES)]})).status_code == 200
    assert await api.events() == ["sized"]
    too_large = {"code": "too_large", "detail": "it is longer than 32 KB"}
    answer = await api.call("/v1/batch", {"batch": [event(messageId="other"), sized(MAX_EVENT_BYTES + 1)]})
    assert answer.json() == {"success": True, "rejected": [{"index": 1} | too_large]}
    answer = await api.call("/v1/track", sized(MAX_EVENT_BYTES + 1))
    assert answer.json() == {"success": True, "rejected": [{"index": 0} | too_large]}
    assert await api.events() == ["other", "sized"]


async def test_a_body_may_have_500_kilobytes(api: ApiClient) -> None:
    body = json.dumps({"batch": [event(messageId="1")]}).encode()
    fits, too_long = body.ljust(MAX_BODY_BYTES), body.ljust(MAX_BODY_BYTES + 1)
    assert (await api.raw("/v1/batch", fits)).status_code == 200
    assert (await api.raw("/v1/batch", gzip.compress(fits))).status_code == 200
    assert "500 KB" in refused(await api.raw("/v1/batch", too_long), 413)
    assert "500 KB" in refused(await api.raw("/v1/batch", gzip.compress(too_long)), 413)


async def test_an_encoding_that_is_not_taken_is_said_so(api: ApiClient) -> None:
    plain = json.dumps({"batch": [event(messageId="1")]}).encode()
    packed = zlib.compress(plain)
    for label in ("br", "deflate", "zstd", "gzip, br"):
        answer = await api.raw("/v1/batch", packed, content_encoding=label)
        said = refused(answer, 415)
        assert "gzip" in said
        assert answer.headers["accept-encoding"] == "gzip"
    assert "JSON" in refused(await api.raw("/v1/batch", packed, content_encoding="gzip"), 400)
    assert "JSON" in refused(await api.raw("/v1/batch", packed), 400)
    for label in ("br", "identity"):  # a proxy unzipped it and left the label
        assert (await api.raw("/v1/batch", plain, content_encoding=label)).status_code == 200


async def test_a_body_that_does_not_say_its_length_is_cut_off_too(api: ApiClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b" " * 60_000

    refused(await api.client.post("/v1/batch", content=endless(), auth=(SITE, "")), 413)


async def test_bodies_are_bounded_for_everybody_else_too(api: ApiClient) -> None:
    long = b"{" + b" " * MAX_BODY_BYTES + b"}"
    headers = {"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"}
    refused(await api.client.post("/journeys/x/runs", content=long, headers=headers), 413)


def test_a_bomb_is_not_unzipped_beyond_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert len(bomb) < MAX_BODY_BYTES
    tracemalloc.start()
    try:
        with pytest.raises(HTTPException) as refusal:
            decompress(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refusal.value.status_code == 413
    assert peak < 4 * MAX_BODY_BYTES
