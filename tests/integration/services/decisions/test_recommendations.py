"""What goes with it: out of the shop's own orders, in the same order every time, and nothing that was just bought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.duration import Duration
from kaskad.services.operations import product_recommendations
from tests.support.offers import message, offering, publish_offers, said, viewers
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
TITLES = "{% for one in also %}{{ one.title }} {{ one.price | money }}{{ ', ' if not loop.last }}{% endfor %}"
NAMES = "Also: {% for one in also %}{{ one.title }}{{ ', ' if not loop.last }}{% endfor %}"
GOODS = {
    "pizza": ("pepperoni", "diavola", "margherita"),
    "drinks": ("cola", "kvass"),
    "snacks": ("fries",),
    "kitchen": ("stone",),
}


def also(**asked: Any) -> dict[str, Any]:
    """`also: {recommend: bought_together, …}`."""
    return {"also": {"recommend": "bought_together", **asked}}


async def shop(stack: Stack, sold_out: Sequence[str] = ()) -> None:
    """Everything is in stock, but for what is not."""
    for category, products in GOODS.items():
        for product in products:
            product_fields = {"product_id": product, "name": product.title(), "category": category, "price": 100}
            await stack.track("warehouse", "Product Updated", **product_fields)
            await stack.stock(product, 0 if product in sold_out else 9)


async def orders(stack: Stack, *baskets: Sequence[str], user: str = "others", days_ago: int = 3) -> None:
    """Orders of the past, one of each basket."""
    for number, basket in enumerate(baskets):
        lines = [{"product_id": product, "price": 100, "quantity": 1} for product in basket]
        at = stack.now - timedelta(days=days_ago, minutes=number)
        await stack.track(user, "Order Completed", at=at, order_id=f"{user}-{days_ago}-{number}", products=lines)


TOGETHER = [
    ["pepperoni", "cola"],
    ["pepperoni", "cola", "stone"],
    ["pepperoni", "fries"],
    ["pepperoni", "kvass"],
    ["diavola", "stone"],
]


async def offered(stack: Stack, **asked: Any) -> str:
    """What kolya is offered beside the pepperoni that he looks at."""
    await product_recommendations.count_bought_together(stack.runtime)
    await publish_offers(stack, offering(), message("offer", NAMES, also(**asked)))
    await viewers(stack, "kolya")
    await stack.run("offers")
    return said(stack)[-1].removeprefix("Also: ")


async def test_what_stood_in_one_order_most_often_comes_first(stack: Stack) -> None:
    await shop(stack)
    await orders(stack, *TOGETHER)
    # Of those bought once with it, by their ids; then what sells best of its own category.
    assert await offered(stack, at_most=6) == "Cola, Fries, Kvass, Stone, Diavola, Margherita"


async def test_four_where_nobody_says_how_many(stack: Stack) -> None:
    await shop(stack, sold_out=["fries"])
    await orders(stack, *TOGETHER)
    assert await offered(stack) == "Cola, Kvass, Stone, Diavola"


async def test_nothing_of_what_the_customer_has_just_bought(stack: Stack) -> None:
    await shop(stack)
    await orders(stack, *TOGETHER)
    await orders(stack, ["kvass"], user="kolya", days_ago=20)  # a drink: no drinks
    await orders(stack, ["stone"], user="kolya", days_ago=40)  # long ago
    never = Duration(seconds=30 * 86_400).model_dump()
    assert await offered(stack, at_most=3, never=never) == "Fries, Stone, Diavola"


async def test_where_nothing_is_known_the_same_category(stack: Stack) -> None:
    await shop(stack)
    await orders(stack, ["margherita"], ["cola", "diavola"], ["margherita"])
    assert await offered(stack) == "Margherita, Diavola"


async def test_orders_of_long_ago_say_nothing(stack: Stack) -> None:
    await shop(stack)
    await orders(stack, ["pepperoni", "stone"], days_ago=91)
    await orders(stack, ["pepperoni", "cola"], days_ago=89)
    assert await offered(stack, at_most=2) == "Cola, Diavola"


async def test_with_too_little_to_recommend_nothing_goes(stack: Stack) -> None:
    await shop(stack, sold_out=["diavola"])
    await publish_offers(stack, offering(), message("offer", NAMES, also(at_least=2)))
    await viewers(stack, "kolya")
    await stack.run("offers")
    assert said(stack) == []
    (row,) = await stack.rows("SELECT reason, detail FROM message")
    assert (row["reason"], row["detail"]) == (
        "missing_data",
        "also needs 2 of products to recommend, there are 1",
    )


async def test_a_journey_about_nothing_recommends_by_the_last_order(stack: Stack) -> None:
    await shop(stack)
    await orders(stack, *TOGETHER)
    await orders(stack, ["pepperoni"], user="kolya", days_ago=2)
    await orders(stack, ["diavola"], user="kolya", days_ago=9)
    await product_recommendations.count_bought_together(stack.runtime)
    await publish_offers(stack, offering(when="app_opened"), message("offer", TITLES, also(at_most=1)))
    await stack.person("kolya", "push")
    await stack.track("kolya", "app_opened")
    await stack.run("offers")
    (text,) = said(stack)
    assert text.startswith("Cola ")
    assert "100" in text


async def test_hostile_orders_are_passed_over(stack: Stack) -> None:
    await shop(stack)
    for number, products in enumerate(("all of them", {"a": 1}, [[1], "x", {"product_id": None}], None)):
        await stack.track("others", "Order Completed", order_id=f"h{number}", products=products)
    await stack.rows("""UPDATE event SET properties = properties || '{"products": "text"}'
                            WHERE name = 'order_completed' AND properties->>'order_id' = 'h0'""")
    await orders(stack, ["pepperoni", "cola"])
    assert await offered(stack, at_most=1) == "Cola"


async def test_learning_again_changes_nothing(stack: Stack) -> None:
    await shop(stack)
    await orders(stack, *TOGETHER)
    first = await product_recommendations.count_bought_together(stack.runtime)
    before = await stack.rows("SELECT * FROM bought_together ORDER BY product_id, other_id")
    assert await product_recommendations.count_bought_together(stack.runtime) == first == len(before)
    assert before == await stack.rows("SELECT * FROM bought_together ORDER BY product_id, other_id")
