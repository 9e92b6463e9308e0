"""A paused journey takes no entries and sends nothing; clocks run on, and what expires meanwhile drops."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from house import house
from rules import enrollments, event_journey, published_anew, send, wait, with_journeys

from kaskad.services import trigger

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
NAME = "letter"
BRIEF = {"relevant_for": {"seconds": 1800}}
LETTER = event_journey(NAME, "app_opened", steps=[wait(3600), send("how_was_it")], leave=[{"when": "signed_up"}])
HURRIED = event_journey(NAME, "app_opened", steps=[wait(3600), send("how_was_it", **BRIEF)])


async def test_it_takes_nobody_in_and_what_happened_meanwhile_lets_nobody_in_later(
    database_url: str, tmp_path: Path
) -> None:
    async with house(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await home.person("anna", "email")
        await trigger.set_paused(home.runtime, NAME, True)
        await home.track("anna", "app_opened")
        await trigger.set_paused(home.runtime, NAME, False)
        await home.at(HOUR)
        await home.run(NAME)
        assert await enrollments(home, NAME) == []


async def test_its_clocks_run_on(database_url: str, tmp_path: Path) -> None:
    """The hour's wait ends during the pause: with the end of it the message goes at once, not an hour later."""
    async with house(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.run(NAME)
        await trigger.set_paused(home.runtime, NAME, True)
        await home.at(2 * HOUR)
        await home.run(NAME)
        assert home.reached == []
        await trigger.set_paused(home.runtime, NAME, False)
        await home.run(NAME)
        assert [channel for channel, _ in home.sent()] == ["email"]


@pytest.mark.parametrize("queued", [True, False])
async def test_what_expires_meanwhile_drops(queued: bool, database_url: str, tmp_path: Path) -> None:
    """The same for what was queued when the pause began as for what fell due during it."""
    async with house(database_url, tmp_path, edit=with_journeys(HURRIED)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.run(NAME)
        if queued:
            await home.at(HOUR)
            await home.decide(NAME)
        await trigger.set_paused(home.runtime, NAME, True)
        await home.at(HOUR if queued else 2 * HOUR)
        await trigger.set_paused(home.runtime, NAME, False)
        await home.run(NAME)
        assert home.reached == []
        (row,) = await enrollments(home, NAME)
        assert row["status"] == "done"
        dropped = await home.rows("SELECT reason FROM decision WHERE kind = 'dropped'")
        assert {one["reason"] for one in dropped} == {"expired"}


async def test_who_leaves_meanwhile_has_left(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.run(NAME)
        await trigger.set_paused(home.runtime, NAME, True)
        await home.track("anna", "signed_up")
        await home.at(2 * HOUR)
        await trigger.set_paused(home.runtime, NAME, False)
        await home.run(NAME)
        (row,) = await enrollments(home, NAME)
        assert (row["status"], home.reached) == ("left", [])


async def test_an_edit_of_a_paused_journey_is_published_and_it_stays_paused(database_url: str, tmp_path: Path) -> None:
    follow = event_journey(NAME, "app_opened", steps=[wait(3600), send("how_was_it")], edits="follow")
    async with house(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.run(NAME)
        await trigger.set_paused(home.runtime, NAME, True)
        await published_anew(home, follow)
        await home.at(HOUR)
        await home.run(NAME)
        assert home.reached == []
        await trigger.set_paused(home.runtime, NAME, False)
        await home.run(NAME)
        assert len(home.reached) == 1
