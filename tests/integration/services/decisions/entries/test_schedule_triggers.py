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
from tests.support.stack import OpenStack, Stack
from tests.support.written import at_the_door, scan_entrances, written

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEGMENTS = "gold: [{customer.loyalty_level: gold}]\n"
WEEKLY = '{schedule: {cron: "0 10 * * mon", zone: Europe/Berlin}, segment: gold, again_after: always}'
MONDAY = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)  # ten in Berlin


async def gold(stack: Stack, *users: str) -> None:
    for user in users:
        await stack.person(user, "email", loyalty_level="gold")


async def waits(stack: Stack) -> datetime:
    """When the next look is due."""
    (row,) = await stack.rows("SELECT due_at FROM entrance_look")
    due: datetime = row["due_at"]
    return due


async def test_everybody_inside_at_each_tick(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY))
    await scan_entrances(stack)  # the last tick was yesterday: too long ago
    await gold(stack, "anna", "boris")
    await stack.person("vera", "email", loyalty_level="silver")
    assert await scan_entrances(stack) == 0
    await stack.at(MONDAY - timedelta(seconds=1))
    assert await scan_entrances(stack) == 0
    await stack.at(MONDAY + timedelta(minutes=3))
    await stack.run("news")
    assert [row["entered_at"] for row in await enrollments(stack, "news")] == [MONDAY] * 2
    assert len(stack.reached) == 2
    await stack.at(MONDAY + 7 * DAY)
    await gold(stack, "vera")
    await stack.run("news")
    assert await at_the_door(stack, "news") == ["anna", "boris", "anna", "boris", "vera"]


async def test_dispatch_knows_when_to_look(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY))
    await scan_entrances(stack)
    outlook = await work_queue.load_pending_work(stack.runtime)
    assert (outlook.looks, outlook.next_at) == (False, MONDAY)
    assert not await entrance_scanner.is_scan_due(stack.runtime, "news")
    await stack.at(MONDAY)
    assert (await work_queue.load_pending_work(stack.runtime)).looks
    assert await entrance_scanner.is_scan_due(stack.runtime, "news")
    assert not await entrance_scanner.is_scan_due(stack.runtime, "other")


async def test_the_hour_stays_when_clocks_change(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY))
    await stack.at(MONDAY + 14 * DAY)
    await scan_entrances(stack)
    assert await waits(stack) == datetime(2027, 3, 29, 8, 0, tzinfo=UTC)


async def test_many_at_once_and_again_let_nobody_in_twice(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY))
    people = [f"p{number}" for number in range(9)]
    await gold(stack, *people)
    await stack.at(MONDAY)
    for _ in range(3):
        await asyncio.gather(*(scan_entrances(stack, chunk=2) for _ in range(3)), stack.decide("news"))
    assert sorted(await at_the_door(stack, "news")) == people


async def test_a_round_that_was_cut_short_goes_on(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY))
    people = [f"p{number}" for number in range(5)]
    await gold(stack, *people)
    await stack.at(MONDAY)
    assert await entrance_scanner.scan_next(stack.runtime, chunk=2) == 2
    await stack.decide("news")
    await published_anew(stack, stack.project.journeys["news"].model_copy(update={"title": "News"}))
    await stack.at(HOUR)
    await scan_entrances(stack, chunk=2)
    assert await at_the_door(stack, "news") == people
    assert {row["entered_at"] for row in await enrollments(stack, "news")} == {MONDAY}


async def test_what_ticked_in_a_pause_has_ticked(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY))
    await gold(stack, "anna")
    await pausing.set_paused(stack.runtime, "news", True)
    await stack.at(MONDAY)
    await scan_entrances(stack)
    await pausing.set_paused(stack.runtime, "news", False)
    await scan_entrances(stack)
    assert await at_the_door(stack, "news") == []
    assert await waits(stack) == MONDAY + 7 * DAY


@pytest.mark.parametrize(("hours", "people"), [(23, 1), (25, 0)])
async def test_after_an_outage_a_day_is_made_up_for(
    hours: int, people: int, tmp_path: Path, open_stack: OpenStack
) -> None:
    daily = WEEKLY.replace("* * mon", "8 3 *")
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, news=daily))
    await gold(stack, "anna")
    await scan_entrances(stack)
    await stack.at(MONDAY + hours * HOUR)
    assert await scan_entrances(stack) == people


async def test_published_anew_no_tick_is_lost_or_made_up(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, news=WEEKLY))
    await gold(stack, "anna")
    journey = stack.project.journeys["news"]
    await stack.at(MONDAY)
    await published_anew(stack, journey.model_copy(update={"title": "News"}))
    assert await scan_entrances(stack) == 1, "it had ticked"
    earlier = journey.enter.model_copy(update={"cron": "0 9 * * mon"})
    await stack.at(HOUR)
    await published_anew(stack, journey.model_copy(update={"enter": earlier}))
    assert await scan_entrances(stack) == 0
    assert await waits(stack) == MONDAY + 7 * DAY - HOUR
