"""Journeys over HTTP, while Prefect is not there: what is refused, and what still holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kaskad.services.operations import pausing
from tests.integration.api.front import ADMIN, SITE, ApiClient, front, refused
from tests.support.rules import CARTS
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio
RUNS = "/journeys/abandoned_cart/runs"


@pytest.fixture
async def stack(database_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    async with running_stack(database_url, tmp_path, edit=CARTS) as stack:
        yield stack


@pytest.fixture
async def shop(stack: Stack) -> AsyncIterator[ApiClient]:
    async with front(stack) as api:
        await stack.identify("kolya")
        yield api


async def test_nothing_is_shown_or_done_without_the_admins_key(shop: ApiClient) -> None:
    for method, path in (
        ("GET", "/journeys"),
        ("POST", RUNS),
        ("POST", "/journeys/abandoned_cart/pause"),
        ("POST", "/journeys/abandoned_cart/resume"),
    ):
        assert "ingest" in refused(await shop.admin(method, path, key=SITE, json={"customer": "kolya"}), 403)
        for key in ("wrong", ADMIN + "x", ADMIN[:-1]):
            answer = await shop.admin(method, path, key=key, json={"customer": "kolya"})
            assert "admin key" in refused(answer, 401)
            assert answer.headers["www-authenticate"].startswith("Bearer ")
        refused(await shop.client.request(method, path, auth=(ADMIN, ""), json={"customer": "kolya"}), 401)


async def test_the_journeys_are_listed_as_published(shop: ApiClient) -> None:
    answer = await shop.admin("GET", "/journeys")
    assert answer.json() == [{"name": "abandoned_cart", "version": 1, "paused": False}]


async def test_an_unknown_journey_is_answered_with_the_nearest_known(shop: ApiClient) -> None:
    for path in ("runs", "pause", "resume"):
        answer = await shop.admin("POST", f"/journeys/abandoned-card/{path}", json={"customer": "kolya"})
        assert refused(answer, 404) == "unknown journey 'abandoned-card', did you mean 'abandoned_cart'?"


async def test_an_unknown_customer_is_said(shop: ApiClient) -> None:
    assert "'nobody'" in refused(await shop.admin("POST", RUNS, json={"customer": "nobody"}), 404)


async def test_a_paused_journey_takes_nobody(stack: Stack, shop: ApiClient) -> None:
    await pausing.set_paused(stack.runtime, "abandoned_cart", True)
    assert "paused" in refused(await shop.admin("POST", RUNS, json={"customer": "kolya"}), 409)
    assert (await shop.admin("GET", "/journeys")).json()[0]["paused"]


async def test_a_request_that_says_the_wrong_thing_is_told_where(shop: ApiClient) -> None:
    for wrong, at in (
        ({}, "body.customer"),
        ({"customer": ""}, "body.customer"),
        ({"customer": 7}, "body.customer"),
        ({"customer": "kolya", "mode": "rehearsal"}, "body.mode"),
        ({"customer": "kolya", "moode": "test"}, "body.moode"),
        ({"customer": "kolya", "idempotency_key": "k" * 201}, "body.idempotency_key"),
    ):
        answer = await shop.admin("POST", RUNS, json=wrong)
        assert at in refused(answer, 422)
        assert [error["at"] for error in answer.json()["errors"]] == [at]
    malformed = await shop.admin("POST", RUNS, content=b"{", headers={"Content-Type": "application/json"})
    refused(malformed, 400)
    two_keys = {"headers": {"Idempotency-Key": "one"}, "json": {"customer": "kolya", "idempotency_key": "two"}}
    assert "idempotency" in refused(await shop.admin("POST", RUNS, **two_keys), 400)


async def test_without_prefect_no_run_is_promised(shop: ApiClient) -> None:
    answer = await shop.admin("POST", RUNS, json={"customer": "kolya"})
    assert "Prefect" in refused(answer, 503)
    assert answer.headers["retry-after"]


async def test_without_prefect_a_pause_holds_and_says_what_is_missing(shop: ApiClient) -> None:
    assert "is paused, but" in refused(await shop.admin("POST", "/journeys/abandoned-cart/pause"), 503)
    assert (await shop.admin("GET", "/journeys")).json()[0]["paused"]
    refused(await shop.admin("POST", "/journeys/abandoned-cart/resume"), 503)
    assert (await shop.admin("GET", "/journeys")).json()[0]["paused"], "nothing is resumed by half"
