"""Web pages of any origin may send events, and nothing else."""

from __future__ import annotations

import pytest

from tests.integration.api.front import SITE, ApiClient, event, refused

pytestmark = pytest.mark.anyio
ORIGIN = {"Origin": "https://shop.example"}
PREFLIGHT = {**ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


async def test_a_browser_may_ask_for_every_path_of_events(api: ApiClient) -> None:
    for path in ("t", "i", "p", "b", "track", "batch"):
        answer = await api.client.options(f"/v1/{path}", headers=PREFLIGHT)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert "authorization" in answer.headers["access-control-allow-headers"].lower()


async def test_a_browser_may_read_the_answers_good_and_bad(api: ApiClient) -> None:
    good = await api.call("/v1/t", event() | {"writeKey": SITE}, key=None, headers=ORIGIN)
    bad = await api.call("/v1/t", event() | {"writeKey": "wrong"}, key=None, headers=ORIGIN)
    assert good.status_code == 200
    refused(bad, 401)
    for answer in (good, bad):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


async def test_everything_else_is_closed_to_browsers(api: ApiClient) -> None:
    for path in ("/journeys", "/journeys/abandoned_cart/runs", "/hooks/sandbox_push", "/u/token"):
        answer = await api.client.options(path, headers=PREFLIGHT)
        refused(answer, 405)
        assert "access-control-allow-origin" not in answer.headers
