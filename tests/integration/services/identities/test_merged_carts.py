"""Carts of two customers who are one person: their lines are united, and what either bought is in none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.delivering import CART, everybody
from tests.support.merging import cart_left, join
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio


async def test_the_lines_of_both_carts_are_united(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    for user, product in (("one", "pizza"), ("two", "cola")):
        await stack.track(user, "Cart Updated", products=[{"product_id": product, "price": 500, "quantity": 2}])
        await stack.at(timedelta(seconds=1))
    await join(stack, "two", "one")
    (cart,) = await stack.rows("SELECT items, total::int FROM cart")
    assert {item["product_id"] for item in cart["items"]} == {"pizza", "cola"}
    assert cart["total"] == 2000


async def test_a_snapshot_after_the_merge_says_what_is_in_the_cart(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    for user, product in (("one", "pizza"), ("two", "cola")):
        await stack.track(user, "Cart Updated", products=[{"product_id": product, "price": 500, "quantity": 2}])
        await stack.at(timedelta(seconds=1))
    await join(stack, "two", "one")
    await stack.track("two", "Cart Updated", products=[{"product_id": "juice", "price": 100, "quantity": 1}])
    (cart,) = await stack.rows("SELECT items FROM cart")
    assert [item["product_id"] for item in cart["items"]] == ["juice"]


async def test_what_either_bought_is_in_no_cart(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.track("one", "Cart Updated", products=[{"product_id": "pizza", "price": 500, "quantity": 1}])
    await stack.at(timedelta(seconds=1))
    await stack.track("two", "Order Completed", order_id="o1", products=[{"product_id": "pizza", "quantity": 1}])
    await join(stack, "two", "one")
    assert await stack.rows("SELECT items FROM cart") == [{"items": []}]


async def test_a_cart_that_is_sent_again_after_the_merge_is_no_new_cart(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    lines = [{"product_id": "pizza", "price": 1500, "quantity": 1}]
    await cart_left(stack, "device")
    await stack.track("device", "Cart Updated", products=lines)
    await stack.at(timedelta(seconds=1))
    await stack.track("card", "Order Completed", source="store", order_id="o1", products=lines)
    await join(stack, "device", "card")
    await stack.at(timedelta(seconds=1))
    await stack.track("card", "Cart Updated", products=lines)
    await stack.at(timedelta(hours=2))
    await stack.tills()
    await stack.run(CART)
    assert stack.sent() == []
