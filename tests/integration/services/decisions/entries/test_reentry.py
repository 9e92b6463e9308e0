"""Who may come again: judged at the door, and once more before an entry's first message, against all the others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.services.inspect import replay
from tests.support.rules import Edit, enrollments, event_journey, send, wait, with_journeys
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONTH = {"seconds": 30 * 86_400}
HOURLY = [wait(3600), send("how_was_it")]


def asking(steps: list[dict[str, Any]] | None = None, again_after: Any = MONTH, **said: Any) -> Edit:
    enter = {"once_per": said.pop("once_per", "order"), "again_after": again_after}
    when = said.pop("when", "order_completed")
    return with_journeys(event_journey("ask", when, steps=steps or HOURLY, enter=enter, **said))


async def orders(home: Stack, *ids: str, every: timedelta = timedelta(seconds=20)) -> None:
    """Anna orders so often, one after the other; each is decided about when it comes."""
    await home.person("anna", "email")
    for id_ in ids:
        await home.track("anna", "order_completed", order_id=id_)
        await home.run("ask")
        await home.at(every)


async def ends(home: Stack) -> dict[str, tuple[str, str | None]]:
    """How each entry ended, by its order."""
    return {row["key"]: (row["status"], row["reason"]) for row in await enrollments(home, "ask")}


TOO_SOON = ("left", "again_too_soon")
DONE = ("done", "finished")


async def late(home: Stack) -> None:
    await home.at(2 * HOUR)
    for _ in range(3):
        await home.run("ask")
        await home.at(DAY)


async def test_three_orders_in_a_minute_are_one_letter(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=asking()) as home:
        await orders(home, "o1", "o2", "o3")
        await late(home)
        assert len(home.reached) == 1
        assert await ends(home) == {"o1": DONE, "o2": TOO_SOON, "o3": TOO_SOON}
        assert (await replay.replay(home.runtime, "anna")).differences == []


@pytest.mark.parametrize("at_once", [False, True], ids=["one after the other", "in one pass"])
async def test_it_does_not_matter_in_what_order_they_are_decided(
    at_once: bool, database_url: str, tmp_path: Path
) -> None:
    """Whichever is due first, and whether one pass has them all: the earliest order is asked about."""
    async with stack(database_url, tmp_path, edit=asking()) as home:
        await home.person("anna", "email")
        for minutes, id_ in ((2, "o3"), (0, "o1"), (1, "o2")):
            await home.track("anna", "order_completed", order_id=id_, at=NOON + minutes * MINUTE - HOUR / 2)
            if not at_once:
                await home.run("ask")
        await home.run("ask")
        await late(home)
        assert len(home.reached) == 1
        assert await ends(home) == {"o1": DONE, "o2": TOO_SOON, "o3": TOO_SOON}


async def test_never_again_is_once_though_they_come_at_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=asking(again_after="never")) as home:
        await orders(home, "o1", "o2")
        await late(home)
        assert len(home.reached) == 1


async def test_always_is_each_of_them(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=asking(again_after="always")) as home:
        await orders(home, "o1", "o2", "o3")
        await late(home)
        assert len(home.reached) == 3


async def test_two_products_that_are_looked_at_are_one_letter(database_url: str, tmp_path: Path) -> None:
    edit = asking(when="product_viewed", once_per="product")
    async with stack(database_url, tmp_path, edit=edit) as home:
        await home.person("anna", "email")
        for product in ("tea", "soap"):
            await home.track("anna", "product_viewed", product_id=product)
        await home.run("ask")
        await late(home)
        assert len(home.reached) == 1


async def test_one_that_left_without_a_word_takes_nobodys_turn(database_url: str, tmp_path: Path) -> None:
    edit = asking(leave=[{"when": "order_cancelled", "same": "order"}])
    async with stack(database_url, tmp_path, edit=edit) as home:
        await orders(home, "o1", "o2")
        await home.track("anna", "order_cancelled", order_id="o1")
        await late(home)
        assert len(home.reached) == 1
        assert await ends(home) == {"o1": ("left", "left"), "o2": DONE}


async def test_what_was_queued_and_dropped_in_this_very_pass_takes_no_turn(database_url: str, tmp_path: Path) -> None:
    """The first leaves, and what it had queued is dropped, in the pass in which the second would write."""
    edit = asking(leave=[{"when": "order_cancelled", "same": "order"}])
    async with stack(database_url, tmp_path, edit=edit) as home:
        await home.person("anna", "email")
        for order in ("o1", "o2"):
            await home.track("anna", "order_completed", order_id=order)
            await home.decide("ask")
            await home.at(MINUTE)
        await home.at(NOON + HOUR)
        await home.decide("ask")
        await home.track("anna", "order_cancelled", order_id="o1")
        await home.at(MINUTE)
        await home.run("ask")
        assert len(home.reached) == 1
        assert await ends(home) == {"o1": ("left", "left"), "o2": DONE}


async def test_one_with_nothing_left_to_say_takes_nobodys_turn(database_url: str, tmp_path: Path) -> None:
    """Her consent came after the first one's only message was given up; it still waits at its last step."""
    edit = asking([send("how_was_it"), wait(10 * 86_400)])
    async with stack(database_url, tmp_path, edit=edit) as home:
        await home.person("anna", "email", consent=False)
        await home.track("anna", "order_completed", order_id="o1")
        await home.run("ask")
        await home.track("anna", "consent_given", purpose="marketing", channel="email")
        await home.at(HOUR)
        await home.track("anna", "order_completed", order_id="o2")
        await home.run("ask")
        assert len(home.reached) == 1


async def test_what_is_held_is_decided_and_counts(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=asking([send("how_was_it")])) as home:
        await home.person("anna", "email")
        await home.track("anna", "order_completed", order_id="o1")
        await home.decide("ask")
        await home.rows("UPDATE message SET status = 'held', reason = 'stopped'")
        await home.track("anna", "order_completed", order_id="o2")
        await home.decide("ask")
        assert (await ends(home))["o2"] == ("refused", "again_too_soon")


async def test_one_that_may_come_again_by_then_does(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=asking()) as home:
        await orders(home, "o1")
        await late(home)
        await home.at(NOON + 30 * DAY)
        await orders(home, "o2")
        await late(home)
        assert len(home.reached) == 2


async def test_a_test_takes_no_turn(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=asking()) as home:
        await orders(home, "o1", "o2")
        await home.rows("UPDATE enrollment SET mode = 'test' WHERE key = 'o1'")
        await late(home)
        assert await ends(home) == {"o1": DONE, "o2": DONE}


async def test_entries_of_one_message_take_one_turn(database_url: str, tmp_path: Path) -> None:
    """Two orders told in one letter; a third, too late for it, is not told."""
    steps = [{**send("how_was_it"), "together": {"seconds": 3600}}, wait(60), send("how_was_it", name="once_more")]
    async with stack(database_url, tmp_path, edit=asking(steps)) as home:
        await orders(home, "o1", "o2")
        await home.at(HOUR)
        await home.run("ask")
        await home.track("anna", "order_completed", order_id="o3")
        await home.run("ask")
        await late(home)
        assert await ends(home) == {"o1": DONE, "o2": DONE, "o3": ("refused", "again_too_soon")}
        letters = await home.rows("SELECT step, status FROM message ORDER BY decided_at, id")
        assert [row["step"] for row in letters] == ["send:how_was_it", "send:once_more", "send:once_more"]


async def test_the_one_that_writes_for_all_need_not_be_the_earliest(database_url: str, tmp_path: Path) -> None:
    """The later order comes to the step first, and writes for both."""
    slow = {"kind": "compare", "path": "order.place", "op": "is", "value": "store", "type": "text"}
    choice = {"kind": "choose", "branches": [{"if": [slow], "then": [wait(600)]}]}
    steps = [choice, {**send("how_was_it"), "together": {"seconds": 3600}}]
    async with stack(database_url, tmp_path, edit=asking(steps)) as home:
        await home.person("anna", "email")
        for order, place in (("o1", "store"), ("o2", "site")):
            await home.track("anna", "order_completed", order_id=order, place=place)
            await home.run("ask")
            await home.at(MINUTE)
        await home.at(10 * MINUTE)
        await home.run("ask")
        await late(home)
        assert len(home.reached) == 1
        assert await ends(home) == {"o1": DONE, "o2": DONE}


async def test_of_two_on_their_way_the_earlier_writes_though_the_later_would_be_first(
    database_url: str, tmp_path: Path
) -> None:
    slow = {"kind": "compare", "path": "order.place", "op": "is", "value": "store", "type": "text"}
    choice = {"kind": "choose", "branches": [{"if": [slow], "then": [wait(600)]}]}
    async with stack(database_url, tmp_path, edit=asking([choice, send("how_was_it")])) as home:
        await home.person("anna", "email")
        for order, place in (("o1", "store"), ("o2", "site")):
            await home.track("anna", "order_completed", order_id=order, place=place)
            await home.run("ask")
            await home.at(MINUTE)
        assert home.reached == []
        await home.at(10 * MINUTE)
        await home.run("ask")
        assert len(home.reached) == 1
        assert await ends(home) == {"o1": DONE, "o2": TOO_SOON}
