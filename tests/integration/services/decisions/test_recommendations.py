"""What goes with it: out of the shop's own orders, in the same order every time, and nothing that was just bought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.duration import Duration
from kaskad.services.operations import product_recommendations
from tests.support.offers import message, offering, publish_offers, said, viewers
from tests.support.stack import Stack, stack

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


async def shop(home: Stack, sold_out: Sequence[str] = ()) -> None:
    """Everything is in stock, but for what is not."""
    for category, products in GOODS.items():
        for product in products:
            told = {"product_id": product, "name": product.title(), "category": category, "price": 100}
            await home.track("warehouse", "Product Updated", **told)
            await home.stock(product, 0 if product in sold_out else 9)


async def orders(home: Stack, *baskets: Sequence[str], user: str = "others", days_ago: int = 3) -> None:
    """Orders of the past, one of each basket."""
    for number, basket in enumerate(baskets):
        lines = [{"product_id": product, "price": 100, "quantity": 1} for product in basket]
        at = home.now - timedelta(days=days_ago, minutes=number)
        await home.track(user, "Order Completed", at=at, order_id=f"{user}-{days_ago}-{number}", products=lines)


TOGETHER = [
    ["pepperoni", "cola"],
    ["pepperoni", "cola", "stone"],
    ["pepperoni", "fries"],
    ["pepperoni", "kvass"],
    ["diavola", "stone"],
]


async def offered(home: Stack, **asked: Any) -> str:
    """What kolya is offered beside the pepperoni that he looks at."""
    await product_recommendations.count_bought_together(home.runtime)
    await publish_offers(home, offering(), message("offer", NAMES, also(**asked)))
    await viewers(home, "kolya")
    await home.run("offers")
    return said(home)[-1].removeprefix("Also: ")


async def test_what_stood_in_one_order_most_often_comes_first(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await shop(home)
        await orders(home, *TOGETHER)
        # Of those bought once with it, by their ids; then what sells best of its own category.
        assert await offered(home, at_most=6) == "Cola, Fries, Kvass, Stone, Diavola, Margherita"


async def test_four_where_nobody_says_how_many(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await shop(home, sold_out=["fries"])
        await orders(home, *TOGETHER)
        assert await offered(home) == "Cola, Kvass, Stone, Diavola"


async def test_nothing_of_what_the_customer_has_just_bought(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await shop(home)
        await orders(home, *TOGETHER)
        await orders(home, ["kvass"], user="kolya", days_ago=20)  # a drink: no drinks
        await orders(home, ["stone"], user="kolya", days_ago=40)  # long ago
        never = Duration(seconds=30 * 86_400).model_dump()
        assert await offered(home, at_most=3, never=never) == "Fries, Stone, Diavola"


async def test_where_nothing_is_known_the_same_category(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await shop(home)
        await orders(home, ["margherita"], ["cola", "diavola"], ["margherita"])
        assert await offered(home) == "Margherita, Diavola"


async def test_orders_of_long_ago_say_nothing(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await shop(home)
        await orders(home, ["pepperoni", "stone"], days_ago=91)
        await orders(home, ["pepperoni", "cola"], days_ago=89)
        assert await offered(home, at_most=2) == "Cola, Diavola"


async def test_with_too_little_to_recommend_nothing_goes(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await shop(home, sold_out=["diavola"])
        await publish_offers(home, offering(), message("offer", NAMES, also(at_least=2)))
        await viewers(home, "kolya")
        await home.run("offers")
        assert said(home) == []
        (row,) = await home.rows("SELECT reason, detail FROM message")
        assert (row["reason"], row["detail"]) == (
            "missing_data",
            "also needs 2 of products to recommend, there are 1",
        )


async def test_a_journey_about_nothing_recommends_by_the_last_order(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await shop(home)
        await orders(home, *TOGETHER)
        await orders(home, ["pepperoni"], user="kolya", days_ago=2)
        await orders(home, ["diavola"], user="kolya", days_ago=9)
        await product_recommendations.count_bought_together(home.runtime)
        await publish_offers(home, offering(when="app_opened"), message("offer", TITLES, also(at_most=1)))
        await home.person("kolya", "push")
        await home.track("kolya", "app_opened")
        await home.run("offers")
        (text,) = said(home)
        assert text.startswith("Cola ")
        assert "100" in text


async def test_hostile_orders_are_passed_over(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await shop(home)
        for number, products in enumerate(("all of them", {"a": 1}, [[1], "x", {"product_id": None}], None)):
            await home.track("others", "Order Completed", order_id=f"h{number}", products=products)
        await home.rows("""UPDATE event SET properties = properties || '{"products": "text"}'
                            WHERE name = 'order_completed' AND properties->>'order_id' = 'h0'""")
        await orders(home, ["pepperoni", "cola"])
        assert await offered(home, at_most=1) == "Cola"


async def test_learning_again_changes_nothing(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await shop(home)
        await orders(home, *TOGETHER)
        first = await product_recommendations.count_bought_together(home.runtime)
        before = await home.rows("SELECT * FROM bought_together ORDER BY product_id, other_id")
        assert await product_recommendations.count_bought_together(home.runtime) == first == len(before)
        assert before == await home.rows("SELECT * FROM bought_together ORDER BY product_id, other_id")
