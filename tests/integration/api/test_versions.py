"""Versions over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.api.front import ApiClient, front, refused
from tests.support.rules import event_journey, published_anew, send, wait, with_journeys
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio
OLD = event_journey("letter", "app_opened", steps=[wait(3600), send("how_was_it")])
NEW = event_journey("letter", "app_opened", steps=[wait(7200), send("how_was_it")])


@pytest.fixture
async def stack(database_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    async with running_stack(database_url, tmp_path, edit=with_journeys(OLD)) as stack:
        yield stack


@pytest.fixture
async def shop(stack: Stack) -> AsyncIterator[ApiClient]:
    async with front(stack) as api:
        yield api


async def test_versions_are_listed_with_those_inside(shop: ApiClient, stack: Stack) -> None:
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.decide("letter")
    await published_anew(stack, NEW)
    new, old = (await shop.admin("GET", "/journeys/letter/versions")).json()
    assert (new["number"], new["state"], new["inside"]) == (2, "current", 0)
    assert (old["number"], old["state"], old["inside"]) == (1, "past", 1)
    stored = await stack.rows("SELECT hash FROM journey_version ORDER BY number DESC")
    assert [new["hash"], old["hash"]] == [row["hash"] for row in stored]


async def test_a_journey_that_nobody_knows_has_none(shop: ApiClient) -> None:
    assert "there is no journey 'leter'" in refused(await shop.admin("GET", "/journeys/leter/versions"), 404)


async def test_they_are_shown_to_the_admin_alone(shop: ApiClient) -> None:
    refused(await shop.admin("GET", "/journeys/letter/versions", key="wrong"), 401)
