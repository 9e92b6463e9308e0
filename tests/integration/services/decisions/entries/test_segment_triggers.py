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
from tests.support.stack import Stack, stack
from tests.support.written import at_the_door, look, written

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEGMENTS = """
silent: [{did: order_completed}, {did_not: order_completed, within: 90d}]
gold: [{customer.loyalty_level: gold}]
not_gold: [{not: {in_segment: gold}}]
"""
WIN_BACK = "{segment: silent, again_after: always}"
GOLD = "{segment: gold, again_after: always}"


async def bought(home: Stack, *users: str, ago: timedelta = timedelta()) -> None:
    for user in users:
        await home.track(user, "order_completed", order_id=f"{user}-{home.now}-{ago}", at=home.now - ago)


async def gold(home: Stack, *users: str, level: str | None = "gold") -> None:
    for user in users:
        await home.identify(user, loyalty_level=level, at=home.now)


async def test_who_is_inside_at_the_first_look_and_whoever_comes_later(database_url: str, tmp_path: Path) -> None:
    edit = written(tmp_path, segments=SEGMENTS, win_back=WIN_BACK)
    async with stack(database_url, tmp_path, edit=edit) as home:
        await bought(home, "anna", "boris", ago=100 * DAY)
        await bought(home, "boris", "vera", ago=89 * DAY)
        await home.identify("gleb", city="Omsk")
        assert await look(home) == 1
        assert await at_the_door(home, "win_back") == ["anna"]
        assert await look(home) == 0, "the next look is due in an hour"
        await home.at(2 * DAY)
        assert await look(home) == 2
        assert await at_the_door(home, "win_back") == ["anna", "boris", "vera"]
        (row, *_) = await enrollments(home, "win_back")
        assert (row["status"], row["entry"]) == ("candidate", {})


async def test_a_chunk_at_a_time_everybody_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, club=GOLD)) as home:
        people = [f"p{number}" for number in range(7)]
        await gold(home, *people)
        sizes = []
        while (size := await entrance_scanner.scan_next(home.runtime, chunk=3)) is not None:
            sizes.append(size)
        assert sizes == [3, 3, 1, 0]
        assert await at_the_door(home, "club") == people


async def test_two_looks_at_once_let_nobody_in_twice(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, club=GOLD)) as home:
        people = [f"p{number}" for number in range(12)]
        await gold(home, *people)
        for _ in range(3):
            await asyncio.gather(*(look(home, chunk=2) for _ in range(4)))
            await home.at(HOUR)
        assert sorted(await at_the_door(home, "club")) == sorted(people)
        assert len(await home.rows("SELECT journey FROM segment_member")) == len(people)


async def test_who_left_and_came_back_enters_again(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, club=GOLD)) as home:
        await home.person("anna", "email", loyalty_level="gold")
        await home.run("club")
        await home.at(HOUR)
        await gold(home, "anna", level="silver")
        await home.run("club")
        assert len(await home.rows("SELECT journey FROM segment_member")) == 0
        await home.at(HOUR)
        await gold(home, "anna")
        await home.run("club")
        assert await statuses(home, "club") == ["done", "done"]
        assert len(home.reached) == 2


async def test_of_whom_it_is_unknown_nothing_changes(database_url: str, tmp_path: Path) -> None:
    """Neither comes in nor leaves whose level is not known; under `not` too."""
    edit = written(tmp_path, segments=SEGMENTS, club=GOLD, others="{segment: not_gold, again_after: always}")
    async with stack(database_url, tmp_path, edit=edit) as home:
        await gold(home, "anna")
        await home.identify("boris", city="Omsk")
        await look(home)
        await home.at(HOUR)
        await gold(home, "anna", level=None)
        await look(home)
        assert await at_the_door(home, "others") == []
        assert await home.rows("SELECT journey FROM segment_member") == [{"journey": "club"}]
        await home.at(HOUR)
        await gold(home, "anna")
        await look(home)
        assert await at_the_door(home, "club") == ["anna"], "she was never out of it"


async def test_who_is_not_inside_any_more_when_it_is_decided_does_not_enter(database_url: str, tmp_path: Path) -> None:
    edit = written(tmp_path, segments=SEGMENTS, win_back=WIN_BACK)
    async with stack(database_url, tmp_path, edit=edit) as home:
        await home.person("anna", "email")
        await bought(home, "anna", ago=100 * DAY)
        await look(home)
        await home.at(HOUR / 2)
        await bought(home, "anna")
        await home.run("win_back")
        (row,) = await enrollments(home, "win_back")
        assert (row["status"], row["reason"]) == ("refused", "where_false")


async def test_a_paused_journey_lets_in_after_it_goes_on(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, club=GOLD)) as home:
        await gold(home, "anna")
        await pausing.set_paused(home.runtime, "club", True)
        assert await look(home) == 0
        assert await home.rows("SELECT journey FROM segment_member") == []
        await pausing.set_paused(home.runtime, "club", False)
        await home.at(HOUR)
        assert await look(home) == 1


async def test_a_new_version_goes_on_with_those_who_are_known(database_url: str, tmp_path: Path) -> None:
    """It is looked at at once, and lets in only those who come in by what it says now."""
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, club=GOLD)) as home:
        await gold(home, "anna")
        await look(home)
        await gold(home, "boris", level="silver")
        journey = home.project.journeys["club"]
        (is_gold,) = journey.enter.where
        either = is_gold.model_copy(update={"op": Op.IN, "value": ("gold", "silver")})
        enter = journey.enter.model_copy(update={"where": (either,)})
        await published_anew(home, journey.model_copy(update={"enter": enter}))
        assert await look(home) == 1
        assert await at_the_door(home, "club") == ["anna", "boris"]


async def test_of_a_journey_that_is_gone_nothing_is_kept(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=SEGMENTS, club=GOLD)) as home:
        await gold(home, "anna")
        await look(home)
        await published_anew(home)
        await home.at(HOUR)
        assert await look(home) == 0
        assert (
            await home.rows("SELECT journey FROM entrance_look")
            == await home.rows("SELECT journey FROM segment_member")
            == []
        )
