"""Everybody in a segment, at each tick of a clock: once for each tick, whoever looks and however often."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaskad.services import work_queue
from kaskad.services.decisions import entrance_scanner
from kaskad.services.operations import pausing
from tests.support.rules import enrollments, published_anew
from tests.support.stack import Stack, stack
from tests.support.written import at_the_door, look, written

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEGMENTS = "gold: [{customer.loyalty_level: gold}]\n"
WEEKLY = '{schedule: {cron: "0 10 * * mon", zone: Europe/Berlin}, segment: gold, again_after: always}'
MONDAY = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)  # ten in Berlin


async def gold(home: Stack, *users: str) -> None:
    for user in users:
        await home.person(user, "email", loyalty_level="gold")


async def waits(home: Stack) -> datetime:
    """When the next look is due."""
    (row,) = await home.rows("SELECT due_at FROM entrance_look")
    due: datetime = row["due_at"]
    return due


async def test_everybody_inside_at_each_tick(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY)) as home:
        await look(home)  # the last tick was yesterday: too long ago
        await gold(home, "anna", "boris")
        await home.person("vera", "email", loyalty_level="silver")
        assert await look(home) == 0
        await home.at(MONDAY - timedelta(seconds=1))
        assert await look(home) == 0
        await home.at(MONDAY + timedelta(minutes=3))
        await home.run("news")
        assert [row["entered_at"] for row in await enrollments(home, "news")] == [MONDAY] * 2
        assert len(home.reached) == 2
        await home.at(MONDAY + 7 * DAY)
        await gold(home, "vera")
        await home.run("news")
        assert await at_the_door(home, "news") == ["anna", "boris", "anna", "boris", "vera"]


async def test_dispatch_knows_when_to_look(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY)) as home:
        await look(home)
        outlook = await work_queue.load_pending_work(home.runtime)
        assert (outlook.looks, outlook.next_at) == (False, MONDAY)
        assert not await entrance_scanner.is_scan_due(home.runtime, "news")
        await home.at(MONDAY)
        assert (await work_queue.load_pending_work(home.runtime)).looks
        assert await entrance_scanner.is_scan_due(home.runtime, "news")
        assert not await entrance_scanner.is_scan_due(home.runtime, "other")


async def test_the_hour_stays_when_clocks_change(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY)) as home:
        await home.at(MONDAY + 14 * DAY)
        await look(home)
        assert await waits(home) == datetime(2027, 3, 29, 8, 0, tzinfo=UTC)


async def test_many_at_once_and_again_let_nobody_in_twice(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY)) as home:
        people = [f"p{number}" for number in range(9)]
        await gold(home, *people)
        await home.at(MONDAY)
        for _ in range(3):
            await asyncio.gather(*(look(home, chunk=2) for _ in range(3)), home.decide("news"))
        assert sorted(await at_the_door(home, "news")) == people


async def test_a_round_that_was_cut_short_goes_on(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY)) as home:
        people = [f"p{number}" for number in range(5)]
        await gold(home, *people)
        await home.at(MONDAY)
        assert await entrance_scanner.scan_next(home.runtime, chunk=2) == 2
        await home.decide("news")
        await published_anew(home, home.project.journeys["news"].model_copy(update={"title": "News"}))
        await home.at(HOUR)
        await look(home, chunk=2)
        assert await at_the_door(home, "news") == people
        assert {row["entered_at"] for row in await enrollments(home, "news")} == {MONDAY}


async def test_what_ticked_in_a_pause_has_ticked(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY)) as home:
        await gold(home, "anna")
        await pausing.set_paused(home.runtime, "news", True)
        await home.at(MONDAY)
        await look(home)
        await pausing.set_paused(home.runtime, "news", False)
        await look(home)
        assert await at_the_door(home, "news") == []
        assert await waits(home) == MONDAY + 7 * DAY


@pytest.mark.parametrize(("hours", "people"), [(23, 1), (25, 0)])
async def test_after_an_outage_a_day_is_made_up_for(hours: int, people: int, database_url: str, tmp_path: Path) -> None:
    daily = WEEKLY.replace("* * mon", "8 3 *")
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, news=daily)) as home:
        await gold(home, "anna")
        await look(home)
        await home.at(MONDAY + hours * HOUR)
        assert await look(home) == people


async def test_published_anew_no_tick_is_lost_or_made_up(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY)) as home:
        await gold(home, "anna")
        journey = home.project.journeys["news"]
        await home.at(MONDAY)
        await published_anew(home, journey.model_copy(update={"title": "News"}))
        assert await look(home) == 1, "it had ticked"
        earlier = journey.enter.model_copy(update={"cron": "0 9 * * mon"})
        await home.at(HOUR)
        await published_anew(home, journey.model_copy(update={"enter": earlier}))
        assert await look(home) == 0
        assert await waits(home) == MONDAY + 7 * DAY - HOUR
