"""An event is counted once, and what it tells of carts, contacts and consents is what holds in the end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.support.rules import (
    CARTS,
    customer_of,
    enrollments,
    event_journey,
    holding,
    statuses,
    until_blocked,
    with_journeys,
)
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
CART = "abandoned_cart"


async def names(stack: Stack) -> list[str]:
    """The events of the ledger, by when they happened."""
    return [row["name"] for row in await stack.rows("SELECT name FROM event ORDER BY occurred_at, message_id")]


async def items(stack: Stack, cart: str = "k1") -> dict[str, int]:
    """Product → quantity of the cart as it lies."""
    rows = await stack.rows("SELECT items FROM cart WHERE cart_id = %(cart)s", cart=cart)
    return {item["product_id"]: item["quantity"] for row in rows for item in row["items"]}


def added(stack: Stack, id_: str, **said: Any) -> dict[str, Any]:
    product = {"cart_id": "k1", "product_id": "pepperoni", "price": 1500, "quantity": 1}
    return stack.call({"type": "track", "event": "Product Added", "properties": product | said}, "anna", id_, None)


async def test_an_event_sent_twice_is_counted_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    first = await stack.post("site", [added(stack, "m1")])
    assert (first.received, first.candidates) == (1, 1)
    await stack.at(MINUTE)
    again = await stack.post("site", [added(stack, "m1", quantity=7)])
    assert (again.received, again.new, again.candidates) == (1, 0, 0)
    assert await items(stack) == {"pepperoni": 1}
    assert await names(stack) == ["product_added", "cart_updated"]
    (row,) = await enrollments(stack, CART)
    assert row["last_trigger_at"] == NOON


async def test_the_ids_of_two_sources_are_their_own(open_stack: OpenStack) -> None:
    """Tills count from one, each by itself: whose purchase were dropped would be written to after buying."""
    stack = await open_stack(edit=CARTS)
    for source in ("store", "kiosk", "store"):
        await stack.track("anna", "order_completed", source=source, message_id="1", order_id=source)
    rows = await stack.rows("SELECT source FROM event ORDER BY source")
    assert [row["source"] for row in rows] == ["kiosk", "store"]


async def test_of_two_in_one_batch_the_first_counts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    done = await stack.post(
        "site", [added(stack, "m1", quantity=2), added(stack, "m2"), added(stack, "m1", quantity=9)]
    )
    assert done.received == 3
    assert await items(stack) == {"pepperoni": 3}


async def test_two_who_send_the_same_at_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.track("anna", "app_opened")
    async with holding(stack, await customer_of(stack, "anna")) as other:
        posts = [asyncio.create_task(stack.post("site", [added(stack, "m1")])) for _ in range(4)]
        await until_blocked(stack, posts[0])
        await other.rollback()
        new = [(await post).new > 0 for post in posts]
    assert sorted(new) == [False, False, False, True]
    assert await items(stack) == {"pepperoni": 1}


async def test_what_changes_a_cart_raises_what_journeys_wait_for(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    line = {"product_id": "pepperoni", "price": 1500, "quantity": 2}
    steps: list[tuple[str, dict[str, Any], dict[str, int], str | None]] = [
        ("Product Added", line, {"pepperoni": 2}, "cart_updated"),
        ("Product Removed", line | {"quantity": 1}, {"pepperoni": 1}, "cart_updated"),
        ("Product Removed", line | {"quantity": 5}, {}, "cart_emptied"),
        (
            "Cart Updated",
            {"products": [line, line | {"product_id": "cola"}]},
            {"pepperoni": 2, "cola": 2},
            "cart_updated",
        ),
        ("Cart Updated", {"products": []}, {}, "cart_emptied"),
        ("Product Added", line, {"pepperoni": 2}, "cart_updated"),
        ("Order Completed", {"order_id": "o1"}, {}, None),
    ]
    for event, said, left, raised in steps:
        await stack.at(MINUTE)
        before = await names(stack)
        await stack.track("anna", event, cart_id="k1", **said)
        assert await items(stack) == left
        assert (await names(stack))[len(before) + 1 :] == ([raised] if raised else [])


async def test_what_was_emptied_is_renamed_when_an_earlier_change_comes_late(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    line = {"cart_id": "k1", "price": 1500, "quantity": 1}
    await stack.at(20 * MINUTE)
    await stack.track("anna", "Product Added", product_id="pepperoni", at=NOON, **line)
    await stack.track("anna", "Product Removed", product_id="pepperoni", at=NOON + 10 * MINUTE, **line)
    assert await names(stack) == ["product_added", "cart_updated", "product_removed", "cart_emptied"]
    await stack.track("anna", "Product Added", product_id="cola", at=NOON + 5 * MINUTE, **line)
    derived = [name for name in await names(stack) if name.startswith("cart_")]
    assert derived == ["cart_updated"] * 3
    assert await items(stack) == {"cola": 1}
    (row,) = await enrollments(stack, CART)
    assert row["last_trigger_at"] == NOON + 10 * MINUTE, "what was renamed is a trigger now"
    await stack.at(NOON + 70 * MINUTE)
    await stack.decide(CART)
    assert await statuses(stack, CART) == ["active"]
    (row,) = await enrollments(stack, CART)
    assert row["entered_at"] == NOON + 10 * MINUTE


async def test_a_dead_address_stays_dead_until_another_takes_its_place(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)

    async def contact() -> tuple[str, str]:
        (row,) = await stack.rows("SELECT address, state FROM contact WHERE channel = 'email'")
        return row["address"], row["state"]

    await stack.identify("anna", email="a@customer.example")
    await stack.rows("UPDATE contact SET state = 'dead'")
    await stack.at(MINUTE)
    await stack.identify("anna", email="a@customer.example", city="Omsk")
    assert await contact() == ("a@customer.example", "dead")
    await stack.at(MINUTE)
    await stack.identify("anna", email="b@customer.example")
    assert await contact() == ("b@customer.example", "active")
    await stack.identify("anna", at=NOON + MINUTE, email="old@customer.example")
    assert await contact() == ("b@customer.example", "active"), "an address of before does not come back"


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ([(0, "given"), (10, "withdrawn")], False),
        ([(10, "withdrawn"), (0, "given")], False),  # as they arrive
        ([(0, "withdrawn"), (10, "given")], True),
        ([(10, "given"), (0, "withdrawn")], True),
        ([(5, "given"), (5, "withdrawn")], False),  # at one instant the withdrawal counts
        ([(5, "withdrawn"), (5, "given")], False),
    ],
)
async def test_the_latest_word_on_consent_counts(
    said: list[tuple[int, str]], allowed: bool, open_stack: OpenStack
) -> None:
    letter = event_journey("letter", "app_opened")
    stack = await open_stack(edit=with_journeys(letter))
    await stack.person("anna", "email", consent=False)
    await stack.at(20 * MINUTE)
    for minute, word in said:
        event = f"consent_{word}"
        await stack.track("anna", event, at=NOON + minute * MINUTE, purpose="marketing", channel="email")
    await stack.track("anna", "app_opened")
    await stack.run("letter")
    assert len(stack.reached) == allowed


async def test_a_profile_is_the_latest_word_on_each_attribute(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.at(20 * MINUTE)
    await stack.identify("anna", at=NOON + 10 * MINUTE, city="Omsk", timezone="Asia/Omsk")
    await stack.identify("anna", at=NOON, city="Perm", level="gold", timezone="Asia/Yekaterinburg")
    (row,) = await stack.rows("SELECT attributes, time_zone FROM customer")
    assert (row["attributes"]["city"], row["attributes"]["level"]) == ("Omsk", "gold")
    assert row["time_zone"] == "Asia/Omsk"


async def test_a_source_is_noted_when_the_last_note_is_ten_seconds_old(open_stack: OpenStack) -> None:
    """One hot row would make all writers queue: it is left alone while it is young."""
    stack = await open_stack(edit=CARTS)

    async def noted() -> tuple[timedelta, str]:
        (row,) = await stack.rows("SELECT last_heard, xmin::text AS by FROM source WHERE name = 'store'")
        return row["last_heard"] - NOON, row["by"]

    await stack.tills()
    first = await noted()
    await stack.at(timedelta(seconds=9))
    await stack.tills()
    assert await noted() == first
    await stack.at(timedelta(seconds=2))
    await stack.tills()
    assert (await noted())[0] == timedelta(seconds=11)


async def test_new_events_are_those_that_came(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    said = {"cart_id": "k", "product_id": "b"}
    call = stack.call({"type": "track", "event": "Product Added", "properties": said}, "anna", "m1", None)
    assert (await stack.post("site", [call])).new == 1
