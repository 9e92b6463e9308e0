"""Reports of before an erasure and after it are the same: of events that goals ask for, what is counted is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.services.inspect import report
from kaskad.services.operations import personal_data
from tests.support.personal import found
from tests.support.rules import event_journey, journey, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
WEEK = {"seconds": 7 * 86_400}


def wanted(name: str, when: str, goal: str, **said: Any) -> Any:
    return event_journey(name, when, goal={"when": goal, "within": WEEK} | said)


JOURNEYS = with_journeys(
    wanted("again", "app_opened", "app_opened"),
    wanted("looked", "app_opened", "product_viewed"),
    wanted("added", "cart_updated", "product_added"),
    wanted("same", "product_viewed", "product_liked", same="product"),
)


async def goals(stack: Stack) -> dict[str, int]:
    """How many reached the goal of each journey."""
    shown = (await report.build_report(stack.runtime)).journeys
    return {name: shown[name].goal for name in ("again", "looked", "added", "same")}


async def test_goals_that_were_reached_stay_reached(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=JOURNEYS)
    for user in ("kolya", "tolya", "olga"):
        await stack.person(user, "email")
        await stack.cart(user, cart=f"cart-{user}")
        await stack.track(user, "app_opened", nick=f"nick-{user}")
        await stack.track(user, "product_viewed", product_id="pepperoni", nick=f"nick-{user}")
        for name in ("again", "looked", "added", "same"):
            await stack.run(name)
    await stack.at(timedelta(hours=1))
    await stack.track("tolya", "app_opened")
    await stack.track("olga", "product_liked", product_id="margherita")
    for user in ("kolya", "tolya"):
        await stack.track(user, "product_liked", product_id="pepperoni", nick=f"nick-{user}")
        await stack.track(user, "product_viewed", product_id="pepperoni")
    before = await goals(stack)
    assert before["again"] == 1 and before["same"] == 2 and before["added"] == 0
    for user in ("kolya", "tolya", "olga"):
        await personal_data.forget(stack.runtime, user, by="anna")
        assert await goals(stack) == before
        assert await found(stack, user) == set()


async def test_an_order_keeps_its_lines_apart(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=JOURNEYS)
    line = {
        "product_id": "shirt",
        "sku": "s-1",
        "variant": "red",
        "quantity": 1,
        "price": 100,
        "engraving": "for Kolya",
    }
    for name in ("Order Completed", "Order Shipped"):
        await stack.track(
            "kolya", name, order_id="o1", products=[line, line | {"sku": "s-2"}], total=200, note="Kolya's"
        )
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    kept = await stack.rows("SELECT name, properties->'products' AS lines FROM event WHERE customer_id > 0 ORDER BY id")
    assert [row["name"] for row in kept] == ["order_completed", "order_shipped"]
    assert all([item["sku"] for item in row["lines"]] == ["s-1", "s-2"] for row in kept)
    assert all(item["variant"] == "red" for row in kept for item in row["lines"])
    assert await found(stack, "Kolya", "kolya") == set()


async def test_who_was_forgotten_enters_nothing_by_an_event_that_is_kept(open_stack: OpenStack) -> None:
    back = {"kind": "product", "product": "back_in_stock", "who": [{"kind": "subscribed"}], "again_after": "always"}
    asked = wanted("asked", "app_opened", "product_subscribed")
    stack = await open_stack(edit=with_journeys(journey("back_in_stock", back), asked))
    await stack.stock("p", 0)
    for user in ("kolya", "olga"):
        await stack.person(user, "email")
        await stack.track(user, "product_subscribed", product_id="p")
    done = await personal_data.forget(stack.runtime, "kolya", by="anna")
    assert len(await stack.rows("SELECT id FROM event WHERE name = 'product_subscribed'")) == 2
    await stack.at(timedelta(minutes=1))
    await stack.stock("p", 9)
    await stack.run("back_in_stock")
    entered = await stack.rows("SELECT customer_id FROM enrollment WHERE journey = 'back_in_stock'")
    assert len(entered) == 1 and entered[0]["customer_id"] != done.customer


async def test_a_refund_that_was_told_twice_still_counts_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=JOURNEYS)
    await stack.track("kolya", "Order Completed", order_id="o1", total=200)
    for refund in ("r-kolya", "r-kolya", "", ""):
        await stack.at(timedelta(minutes=1))
        await stack.track("kolya", "Order Refunded", order_id="o1", amount=30, refund_id=refund)
    asked = "SELECT o.properties->'total' AS total FROM customer c, standing_orders(c.id, '2100-01-01') o"
    before = await stack.rows(asked)
    assert [row["total"] for row in before] == [110]
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    assert await stack.rows(asked) == before
    assert await found(stack, "r-kolya") == set()
