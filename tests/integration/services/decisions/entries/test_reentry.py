"""Who may come again: judged at the door, and once more before an entry's first message, against all the others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.services.inspect import replay
from tests.support.rules import Edit, enrollments, event_journey, send, wait, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONTH = {"seconds": 30 * 86_400}
HOURLY = [wait(3600), send("how_was_it")]
WEEK = {"seconds": 604_800}


def asking(steps: list[dict[str, Any]] | None = None, again_after: Any = MONTH, **said: Any) -> Edit:
    enter = {"once_per": said.pop("once_per", "order"), "again_after": again_after}
    when = said.pop("when", "order_completed")
    return with_journeys(event_journey("ask", when, steps=steps or HOURLY, enter=enter, **said))


async def orders(stack: Stack, *ids: str, every: timedelta = timedelta(seconds=20)) -> None:
    """Anna orders so often, one after the other; each is decided about when it comes."""
    await stack.person("anna", "email")
    for id_ in ids:
        await stack.track("anna", "order_completed", order_id=id_)
        await stack.run("ask")
        await stack.at(every)


async def ends(stack: Stack) -> dict[str, tuple[str, str | None]]:
    """How each entry ended, by its order."""
    return {row["key"]: (row["status"], row["reason"]) for row in await enrollments(stack, "ask")}


TOO_SOON = ("left", "again_too_soon")
DONE = ("done", "finished")


async def late(stack: Stack) -> None:
    await stack.at(2 * HOUR)
    for _ in range(3):
        await stack.run("ask")
        await stack.at(DAY)


async def test_three_orders_in_a_minute_are_one_letter(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=asking())
    await orders(stack, "o1", "o2", "o3")
    await late(stack)
    assert len(stack.reached) == 1
    assert await ends(stack) == {"o1": DONE, "o2": TOO_SOON, "o3": TOO_SOON}
    assert (await replay.replay(stack.runtime, "anna")).differences == []


@pytest.mark.parametrize("at_once", [False, True], ids=["one after the other", "in one pass"])
async def test_it_does_not_matter_in_what_order_they_are_decided(at_once: bool, open_stack: OpenStack) -> None:
    """Whichever is due first, and whether one pass has them all: the earliest order is asked about."""
    stack = await open_stack(edit=asking())
    await stack.person("anna", "email")
    for minutes, id_ in ((2, "o3"), (0, "o1"), (1, "o2")):
        await stack.track("anna", "order_completed", order_id=id_, at=NOON + minutes * MINUTE - HOUR / 2)
        if not at_once:
            await stack.run("ask")
    await stack.run("ask")
    await late(stack)
    assert len(stack.reached) == 1
    assert await ends(stack) == {"o1": DONE, "o2": TOO_SOON, "o3": TOO_SOON}


async def test_never_again_is_once_though_they_come_at_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=asking(again_after="never"))
    await orders(stack, "o1", "o2")
    await late(stack)
    assert len(stack.reached) == 1


async def test_always_is_each_of_them(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=asking(again_after="always"))
    await orders(stack, "o1", "o2", "o3")
    await late(stack)
    assert len(stack.reached) == 3


async def test_two_products_that_are_looked_at_are_one_letter(open_stack: OpenStack) -> None:
    edit = asking(when="product_viewed", once_per="product")
    stack = await open_stack(edit=edit)
    await stack.person("anna", "email")
    for product in ("tea", "soap"):
        await stack.track("anna", "product_viewed", product_id=product)
    await stack.run("ask")
    await late(stack)
    assert len(stack.reached) == 1


async def test_one_that_left_without_a_word_takes_nobodys_turn(open_stack: OpenStack) -> None:
    edit = asking(leave=[{"when": "order_cancelled", "same": "order"}])
    stack = await open_stack(edit=edit)
    await orders(stack, "o1", "o2")
    await stack.track("anna", "order_cancelled", order_id="o1")
    await late(stack)
    assert len(stack.reached) == 1
    assert await ends(stack) == {"o1": ("left", "left"), "o2": DONE}


async def test_what_was_queued_and_dropped_in_this_very_pass_takes_no_turn(open_stack: OpenStack) -> None:
    """The first leaves, and what it had queued is dropped, in the pass in which the second would write."""
    edit = asking(leave=[{"when": "order_cancelled", "same": "order"}])
    stack = await open_stack(edit=edit)
    await stack.person("anna", "email")
    for order in ("o1", "o2"):
        await stack.track("anna", "order_completed", order_id=order)
        await stack.decide("ask")
        await stack.at(MINUTE)
    await stack.at(NOON + HOUR)
    await stack.decide("ask")
    await stack.track("anna", "order_cancelled", order_id="o1")
    await stack.at(MINUTE)
    await stack.run("ask")
    assert len(stack.reached) == 1
    assert await ends(stack) == {"o1": ("left", "left"), "o2": DONE}


async def test_one_with_nothing_left_to_say_takes_nobodys_turn(open_stack: OpenStack) -> None:
    """Her consent came after the first one's only message was given up; it still waits at its last step."""
    edit = asking([send("how_was_it"), wait(10 * 86_400)])
    stack = await open_stack(edit=edit)
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "order_completed", order_id="o1")
    await stack.run("ask")
    await stack.track("anna", "consent_given", purpose="marketing", channel="email")
    await stack.at(HOUR)
    await stack.track("anna", "order_completed", order_id="o2")
    await stack.run("ask")
    assert len(stack.reached) == 1


async def test_what_is_held_is_decided_and_counts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=asking([send("how_was_it")]))
    await stack.person("anna", "email")
    await stack.track("anna", "order_completed", order_id="o1")
    await stack.decide("ask")
    await stack.rows("UPDATE message SET status = 'held', reason = 'stopped'")
    await stack.track("anna", "order_completed", order_id="o2")
    await stack.decide("ask")
    assert (await ends(stack))["o2"] == ("refused", "again_too_soon")


async def test_one_that_may_come_again_by_then_does(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=asking())
    await orders(stack, "o1")
    await late(stack)
    await stack.at(NOON + 30 * DAY)
    await orders(stack, "o2")
    await late(stack)
    assert len(stack.reached) == 2


async def test_a_test_takes_no_turn(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=asking())
    await orders(stack, "o1", "o2")
    await stack.rows("UPDATE enrollment SET mode = 'test' WHERE key = 'o1'")
    await late(stack)
    assert await ends(stack) == {"o1": DONE, "o2": DONE}


async def test_entries_of_one_message_take_one_turn(open_stack: OpenStack) -> None:
    """Two orders told in one letter; a third, too late for it, is not told."""
    steps = [{**send("how_was_it"), "together": {"seconds": 3600}}, wait(60), send("how_was_it", name="once_more")]
    stack = await open_stack(edit=asking(steps))
    await orders(stack, "o1", "o2")
    await stack.at(HOUR)
    await stack.run("ask")
    await stack.track("anna", "order_completed", order_id="o3")
    await stack.run("ask")
    await late(stack)
    assert await ends(stack) == {"o1": DONE, "o2": DONE, "o3": ("refused", "again_too_soon")}
    letters = await stack.rows("SELECT step, status FROM message ORDER BY decided_at, id")
    assert [row["step"] for row in letters] == ["send:how_was_it", "send:once_more", "send:once_more"]


async def test_the_one_that_writes_for_all_need_not_be_the_earliest(open_stack: OpenStack) -> None:
    """The later order comes to the step first, and writes for both."""
    slow = {"kind": "compare", "path": "order.place", "op": "is", "value": "store", "type": "text"}
    choice = {"kind": "choose", "branches": [{"if": [slow], "then": [wait(600)]}]}
    steps = [choice, {**send("how_was_it"), "together": {"seconds": 3600}}]
    stack = await open_stack(edit=asking(steps))
    await stack.person("anna", "email")
    for order, place in (("o1", "store"), ("o2", "site")):
        await stack.track("anna", "order_completed", order_id=order, place=place)
        await stack.run("ask")
        await stack.at(MINUTE)
    await stack.at(10 * MINUTE)
    await stack.run("ask")
    await late(stack)
    assert len(stack.reached) == 1
    assert await ends(stack) == {"o1": DONE, "o2": DONE}


async def test_of_two_on_their_way_the_earlier_writes_though_the_later_would_be_first(open_stack: OpenStack) -> None:
    slow = {"kind": "compare", "path": "order.place", "op": "is", "value": "store", "type": "text"}
    choice = {"kind": "choose", "branches": [{"if": [slow], "then": [wait(600)]}]}
    stack = await open_stack(edit=asking([choice, send("how_was_it")]))
    await stack.person("anna", "email")
    for order, place in (("o1", "store"), ("o2", "site")):
        await stack.track("anna", "order_completed", order_id=order, place=place)
        await stack.run("ask")
        await stack.at(MINUTE)
    assert stack.reached == []
    await stack.at(10 * MINUTE)
    await stack.run("ask")
    assert len(stack.reached) == 1
    assert await ends(stack) == {"o1": DONE, "o2": TOO_SOON}


async def test_an_entry_that_sent_nothing_keeps_nobody_out(open_stack: OpenStack) -> None:
    weekly = event_journey("letter", "product_viewed", enter={"again_after": WEEK})
    stack = await open_stack(edit=with_journeys(weekly))
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "product_viewed", product_id="pepperoni")
    assert (await stack.run("letter")).outcomes == {}
    await stack.track("anna", "consent_given", purpose="marketing", channel="email")
    await stack.at(timedelta(hours=1))
    await stack.track("anna", "product_viewed", product_id="pepperoni")
    assert (await stack.run("letter")).outcomes == {"sent": 1}


async def test_an_entry_that_left_before_its_message_keeps_nobody_out(open_stack: OpenStack) -> None:
    steps = [wait(3600), send("how_was_it")]
    leave = [{"when": "order_completed"}]
    weekly = event_journey("letter", "product_viewed", enter={"again_after": WEEK}, steps=steps, leave=leave)
    stack = await open_stack(edit=with_journeys(weekly))
    await stack.person("anna", "email")
    await stack.track("anna", "product_viewed", product_id="pepperoni")
    await stack.run("letter")
    await stack.at(timedelta(minutes=10))
    await stack.track("anna", "order_completed", order_id="o1", total=900)
    await stack.run("letter")
    await stack.at(timedelta(hours=1))
    await stack.track("anna", "product_viewed", product_id="pepperoni")
    await stack.run("letter")
    await stack.at(timedelta(hours=2))
    assert (await stack.run("letter")).outcomes == {"sent": 1}
