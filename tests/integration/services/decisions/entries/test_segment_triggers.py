"""Whoever comes into a segment enters, once; everybody who is in it at the first look does too."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.journeys.condition import Op
from kaskad.services.decisions import entrance_scanner
from kaskad.services.operations import pausing
from tests.support.rules import enrollments, published_anew, statuses
from tests.support.stack import OpenStack, Stack
from tests.support.written import at_the_door, scan_entrances, written

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEGMENTS = """
silent: [{did: order_completed}, {did_not: order_completed, within: 90d}]
gold: [{customer.loyalty_level: gold}]
not_gold: [{not: {in_segment: gold}}]
"""
WIN_BACK = "{segment: silent, again_after: always}"
GOLD = "{segment: gold, again_after: always}"


async def bought(stack: Stack, *users: str, ago: timedelta = timedelta()) -> None:
    for user in users:
        await stack.track(user, "order_completed", order_id=f"{user}-{stack.now}-{ago}", at=stack.now - ago)


async def gold(stack: Stack, *users: str, level: str | None = "gold") -> None:
    for user in users:
        await stack.identify(user, loyalty_level=level, at=stack.now)


async def test_who_is_inside_at_the_first_look_and_whoever_comes_later(tmp_path: Path, open_stack: OpenStack) -> None:
    edit = written(tmp_path, segments=SEGMENTS, win_back=WIN_BACK)
    stack = await open_stack(edit=edit)
    await bought(stack, "anna", "boris", ago=100 * DAY)
    await bought(stack, "boris", "vera", ago=89 * DAY)
    await stack.identify("gleb", city="Omsk")
    assert await scan_entrances(stack) == 1
    assert await at_the_door(stack, "win_back") == ["anna"]
    assert await scan_entrances(stack) == 0, "the next look is due in an hour"
    await stack.at(2 * DAY)
    assert await scan_entrances(stack) == 2
    assert await at_the_door(stack, "win_back") == ["anna", "boris", "vera"]
    (row, *_) = await enrollments(stack, "win_back")
    assert (row["status"], row["entry"]) == ("candidate", {})


async def test_a_chunk_at_a_time_everybody_once(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, club=GOLD))
    people = [f"p{number}" for number in range(7)]
    await gold(stack, *people)
    sizes = []
    while (size := await entrance_scanner.scan_next(stack.runtime, chunk=3)) is not None:
        sizes.append(size)
    assert sizes == [3, 3, 1, 0]
    assert await at_the_door(stack, "club") == people


async def test_two_looks_at_once_let_nobody_in_twice(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, club=GOLD))
    people = [f"p{number}" for number in range(12)]
    await gold(stack, *people)
    for _ in range(3):
        await asyncio.gather(*(scan_entrances(stack, chunk=2) for _ in range(4)))
        await stack.at(HOUR)
    assert sorted(await at_the_door(stack, "club")) == sorted(people)
    assert len(await stack.rows("SELECT journey FROM segment_member")) == len(people)


async def test_who_left_and_came_back_enters_again(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, club=GOLD))
    await stack.person("anna", "email", loyalty_level="gold")
    await stack.run("club")
    await stack.at(HOUR)
    await gold(stack, "anna", level="silver")
    await stack.run("club")
    assert len(await stack.rows("SELECT journey FROM segment_member")) == 0
    await stack.at(HOUR)
    await gold(stack, "anna")
    await stack.run("club")
    assert await statuses(stack, "club") == ["done", "done"]
    assert len(stack.reached) == 2


async def test_of_whom_it_is_unknown_nothing_changes(tmp_path: Path, open_stack: OpenStack) -> None:
    """Neither comes in nor leaves whose level is not known; under `not` too."""
    edit = written(tmp_path, segments=SEGMENTS, club=GOLD, others="{segment: not_gold, again_after: always}")
    stack = await open_stack(edit=edit)
    await gold(stack, "anna")
    await stack.identify("boris", city="Omsk")
    await scan_entrances(stack)
    await stack.at(HOUR)
    await gold(stack, "anna", level=None)
    await scan_entrances(stack)
    assert await at_the_door(stack, "others") == []
    assert await stack.rows("SELECT journey FROM segment_member") == [{"journey": "club"}]
    await stack.at(HOUR)
    await gold(stack, "anna")
    await scan_entrances(stack)
    assert await at_the_door(stack, "club") == ["anna"], "she was never out of it"


async def test_who_is_not_inside_any_more_when_it_is_decided_does_not_enter(
    tmp_path: Path, open_stack: OpenStack
) -> None:
    edit = written(tmp_path, segments=SEGMENTS, win_back=WIN_BACK)
    stack = await open_stack(edit=edit)
    await stack.person("anna", "email")
    await bought(stack, "anna", ago=100 * DAY)
    await scan_entrances(stack)
    await stack.at(HOUR / 2)
    await bought(stack, "anna")
    await stack.run("win_back")
    (row,) = await enrollments(stack, "win_back")
    assert (row["status"], row["reason"]) == ("refused", "where_false")


async def test_a_paused_journey_lets_in_after_it_goes_on(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, club=GOLD))
    await gold(stack, "anna")
    await pausing.set_paused(stack.runtime, "club", True)
    assert await scan_entrances(stack) == 0
    assert await stack.rows("SELECT journey FROM segment_member") == []
    await pausing.set_paused(stack.runtime, "club", False)
    await stack.at(HOUR)
    assert await scan_entrances(stack) == 1


async def test_a_new_version_goes_on_with_those_who_are_known(tmp_path: Path, open_stack: OpenStack) -> None:
    """It is looked at at once, and lets in only those who come in by what it says now."""
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, club=GOLD))
    await gold(stack, "anna")
    await scan_entrances(stack)
    await gold(stack, "boris", level="silver")
    journey = stack.project.journeys["club"]
    (is_gold,) = journey.enter.where
    either = is_gold.model_copy(update={"op": Op.IN, "value": ("gold", "silver")})
    enter = journey.enter.model_copy(update={"where": (either,)})
    await published_anew(stack, journey.model_copy(update={"enter": enter}))
    assert await scan_entrances(stack) == 1
    assert await at_the_door(stack, "club") == ["anna", "boris"]


async def test_of_a_journey_that_is_gone_nothing_is_kept(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, segments=SEGMENTS, club=GOLD))
    await gold(stack, "anna")
    await scan_entrances(stack)
    await published_anew(stack)
    await stack.at(HOUR)
    assert await scan_entrances(stack) == 0
    assert (
        await stack.rows("SELECT journey FROM entrance_look")
        == await stack.rows("SELECT journey FROM segment_member")
        == []
    )
