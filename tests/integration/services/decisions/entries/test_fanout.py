"""One product, many people: in chunks, those who asked first, nobody twice, and not more than there is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.services.decisions import fanout
from kaskad.services.operations import pausing
from tests.support.rules import Edit, enrollments, journey, statuses, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
NAME = "back_in_stock"
THIRTY_DAYS = {"seconds": 30 * 86_400}
BOTH = ({"kind": "subscribed"}, {"kind": "viewed", "within": THIRTY_DAYS})


def back_in_stock(**said: object) -> Edit:
    """A journey about a product that is back; without `release`, everybody hears at once."""
    enter = {"kind": "product", "product": NAME, "who": BOTH, "again_after": "always"} | said
    return with_journeys(journey(NAME, enter, purpose="requested"))


async def sold_out(stack: Stack, *, subscribed: int = 0, viewed: int = 0) -> None:
    """A product that is sold out, and people who asked for it (s0 …) or looked at it (v0 …)."""
    await stack.stock("p", 1)
    await stack.at(MINUTE)
    await stack.stock("p", 0)
    for user, event in [(f"v{n}", "product_viewed") for n in range(viewed)] + [
        (f"s{n}", "product_subscribed") for n in range(subscribed)
    ]:
        await stack.track(user, event, product_id="p")
    await stack.at(MINUTE)


async def entered(stack: Stack) -> list[str]:
    """Who entered, in order."""
    rows = await stack.rows(
        """SELECT i.value FROM enrollment n JOIN identity i USING (customer_id)
            WHERE n.journey = 'back_in_stock' AND i.kind = 'user_id' ORDER BY n.id"""
    )
    return [row["value"] for row in rows]


async def expand(stack: Stack, chunk: int = 1_000) -> list[int]:
    """Expands until nothing is due now; how many people each chunk took."""
    sizes = []
    while (size := await fanout.expand_next(stack.runtime, chunk=chunk)) is not None:
        sizes.append(size)
        assert len(sizes) < 50
    return sizes


async def test_chunk_by_chunk_those_who_asked_first_and_nobody_twice(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=back_in_stock())
    await sold_out(stack, subscribed=5, viewed=3)
    await stack.track("s1", "product_viewed", product_id="p")
    await stack.stock("p", 9)
    assert await entered(stack) == [], "ingest writes one row, and expands nobody"
    sizes = await expand(stack, chunk=2)
    assert max(sizes) == 2
    assert await entered(stack) == ["s0", "s1", "s2", "s3", "s4", "v0", "v1", "v2"]
    purposes = {row["purpose"] for row in (await enrollments(stack, NAME))[:5]}
    assert purposes == {"requested"}
    assert {row["purpose"] for row in (await enrollments(stack, NAME))[5:]} == {"marketing"}, "they did not ask"
    assert {row["entered_at"] for row in await enrollments(stack, NAME)} == {stack.now}


async def test_who_was_told_for_having_asked_is_not_told_again_for_having_looked(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=back_in_stock())
    await stack.person("s0", "email")
    await sold_out(stack, subscribed=1)
    await stack.track("s0", "product_viewed", product_id="p")
    await stack.stock("p", 9)
    assert await fanout.expand_next(stack.runtime, chunk=1) == 1
    await stack.decide(NAME)
    await stack.deliver(NAME)
    await stack.decide(NAME)
    assert await expand(stack) == [0, 0, 0]
    assert await entered(stack) == ["s0"]


async def test_who_asked_after_it_came_back_or_looked_long_ago_is_not_told(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=back_in_stock())
    await stack.stock("p", 0)
    await stack.track("v0", "product_viewed", product_id="p")
    await stack.track("s0", "product_subscribed", product_id="p")
    await stack.at(timedelta(days=31))
    await stack.stock("p", 9)
    await stack.at(MINUTE)
    await stack.track("s1", "product_subscribed", product_id="p")
    await expand(stack)
    assert await entered(stack) == ["s0"]


async def test_a_request_is_used_up_by_being_told(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=back_in_stock())
    await stack.person("s0", "email")
    await stack.person("s1", "email")
    await sold_out(stack, subscribed=2)
    await stack.stock("p", 9)
    await expand(stack)
    await stack.run(NAME)
    assert len(stack.reached) == 2
    await stack.at(MINUTE)
    await stack.stock("p", 0)
    await stack.track("s1", "product_subscribed", product_id="p")  # asks once more
    await stack.at(MINUTE)
    await stack.stock("p", 9)
    await expand(stack)
    await stack.run(NAME)
    assert [to for _, to in stack.sent()[2:]] == ["s1@customer.example"]


async def test_so_many_people_for_each_unit_every_so_often(open_stack: OpenStack) -> None:
    release = {"people": 2, "per": "unit", "every": {"seconds": 3600}}
    stack = await open_stack(edit=back_in_stock(release=release))
    await sold_out(stack, subscribed=5, viewed=2)
    await stack.stock("p", 2)
    assert await expand(stack) == [4], "two for each of two"
    await stack.at(59 * MINUTE)
    assert await expand(stack) == []
    await stack.stock("p", 1)
    await stack.at(MINUTE)
    assert await expand(stack) == [1], "the last of those who asked: with them the turn is over"
    await stack.at(60 * MINUTE)
    assert await expand(stack) == [2]
    assert await entered(stack) == ["s0", "s1", "s2", "s3", "s4", "v0", "v1"]


async def test_sold_out_again_nobody_else_is_told(open_stack: OpenStack) -> None:
    release = {"people": 1, "per": "unit", "every": {"seconds": 3600}}
    stack = await open_stack(edit=back_in_stock(release=release))
    await sold_out(stack, subscribed=3)
    await stack.stock("p", 1)
    await expand(stack)
    await stack.at(30 * MINUTE)
    await stack.stock("p", 0)
    await stack.at(60 * MINUTE)
    await expand(stack)
    await stack.at(timedelta(days=1))
    assert await expand(stack) == []
    assert await entered(stack) == ["s0"]


async def test_only_what_was_sold_out_everywhere_is_back(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=back_in_stock())

    async def stock(store: str, units: int) -> int:
        await stack.at(MINUTE)
        await stack.track("w", "product_stock_changed", product_id="p", store=store, stock=units)
        return len(await stack.rows("SELECT id FROM fanout"))

    assert await stock("north", 5) == 0, "the first word on a product is no news"
    assert await stock("south", 0) == 0
    assert await stock("south", 3) == 0, "the north had it all the time"
    assert await stock("north", 0) == 0
    assert await stock("south", 0) == 0
    assert await stock("south", 1) == 1
    assert await stock("north", 4) == 1
    (event,) = await stack.rows("SELECT customer_id, occurred_at FROM event WHERE name = 'back_in_stock'")
    assert event == {"customer_id": 0, "occurred_at": NOON + 6 * MINUTE}


async def test_the_same_news_twice_is_one_fan_out(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=back_in_stock())
    await sold_out(stack, subscribed=1)
    call = {
        "type": "track",
        "event": "product_stock_changed",
        "properties": {"product_id": "p", "store": "s1", "stock": 4},
    }
    for _ in range(3):
        await stack.post("site", [stack.call(call, "w", "m1", None)] * 2)
    assert len(await stack.rows("SELECT id FROM fanout")) == 1
    await stack.at(MINUTE)
    await stack.post("site", [stack.call(call, "w", "m2", None)])
    assert len(await stack.rows("SELECT id FROM fanout")) == 1, "nothing changed"


def while_in_stock(**said: object) -> Edit:
    who = ({"kind": "subscribed"},)
    only = [{"kind": "compare", "path": "product.in_stock", "op": "is", "value": True, "type": "boolean"}]
    enter = {"kind": "product", "product": NAME, "who": who, "again_after": "always"} | said
    return with_journeys(journey(NAME, enter, purpose="requested", only_while=only))


async def test_who_was_not_told_is_told_the_next_time(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=while_in_stock())
    await stack.person("anna", "email")
    await stack.stock("p", 0)
    await stack.track("anna", "product_subscribed", product_id="p")
    for units in (5, 0):
        await stack.at(MINUTE)
        await stack.stock("p", units)
        await expand(stack)
    await stack.run(NAME)  # sold out before anybody wrote
    assert (await statuses(stack, NAME), stack.reached) == (["done"], [])
    await stack.at(MINUTE)
    await stack.stock("p", 5)
    await expand(stack)
    await stack.run(NAME)
    assert len(stack.reached) == 1


async def test_a_paused_journey_tells_nobody_of_a_product(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=while_in_stock())
    await stack.stock("p", 0)
    await stack.track("anna", "product_subscribed", product_id="p")
    await stack.at(MINUTE)
    await stack.stock("p", 5)
    await pausing.set_paused(stack.runtime, NAME, True)
    assert await fanout.expand_next(stack.runtime) is None
    await pausing.set_paused(stack.runtime, NAME, False)
    assert await fanout.expand_next(stack.runtime) == 1
