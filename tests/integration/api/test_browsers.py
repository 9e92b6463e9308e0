"""Web pages of any origin may send events, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.api.front import ADMIN, SITE, ApiClient, door, event, refused

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


async def test_the_stock_client_is_told_where_events_go(api: ApiClient) -> None:
    path = f"/v1/projects/{SITE}/settings"
    answer = await api.client.get(path, headers=ORIGIN)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    host = f"{api.client.base_url.netloc.decode()}/v1"
    document = answer.json()
    assert document["integrations"] == {"Segment.io": {"apiKey": SITE, "apiHost": host, "protocol": "http"}}
    assert document["metrics"] == {"sampleRate": 0}, "nothing goes to anybody else"
    preflight = await api.client.options(path, headers=PREFLIGHT | {"Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 200


async def test_settings_name_the_public_address_where_one_is_configured(database_url: str, tmp_path: Path) -> None:
    public = {"KASKAD_PUBLIC_URL": "https://shop.example/events/"}
    async with door(tmp_path, KASKAD_DATABASE_URL=database_url, **public) as api:
        document = (await api.client.get(f"/v1/projects/{SITE}/settings")).json()
    told = document["integrations"]["Segment.io"]
    assert (told["protocol"], told["apiHost"]) == ("https", "shop.example/events/v1")


async def test_keys_that_are_none_have_no_settings(api: ApiClient) -> None:
    for key in ("wrong", ADMIN, SITE + "x", "%00", "a/b"):
        refused(await api.client.get(f"/v1/projects/{key}/settings", headers=ORIGIN), 404)


async def test_everything_else_is_closed_to_browsers(api: ApiClient) -> None:
    for path in ("/journeys", "/journeys/abandoned_cart/runs", "/hooks/sandbox_push", "/u/token"):
        answer = await api.client.options(path, headers=PREFLIGHT)
        refused(answer, 405)
        assert "access-control-allow-origin" not in answer.headers
