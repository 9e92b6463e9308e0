"""The thin thread: an event comes in, a decision is made, a message arrives in the sandbox."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.stack import Stack

pytestmark = pytest.mark.anyio


async def test_a_cart_left_behind_is_reminded_of(stack: Stack) -> None:
    await stack.person("kolya", "email")
    await stack.cart("kolya")
    await stack.at(timedelta(minutes=59))
    await stack.tills()
    assert not (await stack.run("abandoned_cart")).claimed, "the hour of quiet is not over"
    await stack.at(timedelta(minutes=1))
    done = await stack.run("abandoned_cart")
    assert done.outcomes == {"sent": 1}
    (record,) = stack.reached
    assert record.to == "kolya@customer.example"
    assert "Kolya" in record.fields["subject"]
    assert record.headers


async def test_who_ate_the_pizza_in_the_store_is_not_reminded(stack: Stack) -> None:
    await stack.person("kolya", "push", "email", card="77")
    await stack.cart("kolya")
    await stack.at(timedelta(minutes=38))
    await stack.track(
        "kolya", "Order Completed", source="store", order_id="o1", total=900, place="store", store="Lenina 5"
    )
    await stack.at(timedelta(minutes=30))
    await stack.run("abandoned_cart")
    assert stack.sent() == []
    (left,) = await stack.rows("SELECT status, left_by, left_place FROM enrollment WHERE journey = 'abandoned_cart'")
    assert left == {"status": "left", "left_by": "order_completed", "left_place": "store, Lenina 5"}
    await stack.at(timedelta(minutes=31))
    await stack.run("thank_you")
    assert stack.sent() == [("push", "push-kolya")]
