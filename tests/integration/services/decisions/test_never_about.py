"""Nothing about what was bought: the very product, its like, what people buy again; in carts too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.journeys.never_about import NeverAbout
from kaskad.domain.journeys.policy import Policy
from kaskad.services.explaining.explain import explain
from tests.support.offers import message, offering, publish_offers, said
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
RULE = {"same": {"days": 30}, "similar": {"days": 14}, "again": {"days": 1}, "bought_again": ["Pizza "]}
POLICY = Policy(never_about=NeverAbout.model_validate(RULE))
HELLO = message("offer", "Look at it again", {})
DAY = timedelta(days=1)
# What the shop tells of its products. Coffee is bought again as its refill_days say, pizza as its category says.
SHELF: dict[str, dict[str, Any]] = {
    "pepperoni": {"category": "pizza"},
    "diavola": {"category": "PIZZA"},
    "arabica": {"category": "coffee", "refill_days": 30},
    "robusta": {"category": "coffee", "refill_days": 30},
    "grinder": {"category": "coffee"},
    "kettle": {"category": "kettles"},
    "teapot": {"category": "kettles"},
    "steel_kettle": {"category": "kettles", "similar": "steel"},
    "iron_kettle": {"category": "irons", "similar": "steel"},
    "never_stocked": {"category": "coffee", "refill_days": 0},
}


async def shelve(stack: Stack) -> None:
    for product, fields in SHELF.items():
        await stack.track("warehouse", "Product Updated", product_id=product, name=product, **fields)


async def buy(stack: Stack, *products: str, ago: timedelta = DAY / 2, order: str = "o1", **line: Any) -> None:
    lines = [{"product_id": product, "price": 100, "quantity": 1, **line} for product in products]
    await stack.track(
        "kolya",
        "Order Completed",
        source="store",
        at=stack.now - ago,
        order_id=order,
        place="store",
        store="Lenina 5",
        products=lines,
    )


async def open_shop(stack: Stack, policy: Policy = POLICY, **journey: Any) -> None:
    await publish_offers(stack, offering(**journey), HELLO, policy=policy)
    await shelve(stack)
    await stack.person("kolya", "push")


async def view(stack: Stack, product: str) -> bool:
    """Whether a look at the product leads to a message about it."""
    before = len(said(stack))
    await stack.track("kolya", "Product Viewed", product_id=product, name=product)
    await stack.run("offers")
    return len(said(stack)) > before


BOUGHT = [
    ("kettle", "kettle", 29, False),
    ("kettle", "kettle", 31, True),
    ("teapot", "kettle", 13, False),  # its like
    ("teapot", "kettle", 15, True),
    ("iron_kettle", "steel_kettle", 13, False),  # `similar` goes before the category
    ("kettle", "steel_kettle", 13, True),
    ("diavola", "pepperoni", 0, True),  # what people buy again blocks only itself
    ("pepperoni", "pepperoni", 0, False),
    ("diavola", "diavola", 0, False),
    ("pepperoni", "pepperoni", 2, True),
    ("arabica", "robusta", 0, True),
    ("arabica", "arabica", 0, False),
    ("arabica", "arabica", 2, True),
    ("arabica", "grinder", 0, True),
    ("grinder", "arabica", 13, False),  # a grinder is not bought again: its like is left alone
    ("never_stocked", "grinder", 13, False),
]


@pytest.mark.parametrize(("product", "about", "days", "goes"), BOUGHT)
async def test_how_long_each_purchase_counts(product: str, about: str, days: int, goes: bool, stack: Stack) -> None:
    await open_shop(stack)
    await buy(stack, product, ago=DAY / 2 + days * DAY)
    assert await view(stack, about) is goes


async def test_the_category_on_the_receipt_counts_where_the_shop_tells_none(stack: Stack) -> None:
    await open_shop(stack)
    await buy(stack, "unheard_of", category="kettles")
    await buy(stack, "calzone", category="pizza", order="o2")
    assert not await view(stack, "kettle")
    assert await view(stack, "pepperoni")
    assert not await view(stack, "calzone")


@pytest.mark.parametrize("product", ["kettle", "pepperoni"])
async def test_a_product_that_a_till_knows_by_its_sku_alone(product: str, stack: Stack) -> None:
    await open_shop(stack)
    await stack.track("kolya", "Order Completed", source="store", order_id="o1", products=[{"sku": f"s-{product}"}])
    await stack.track("kolya", "Product Viewed", product_id=product, sku=f"s-{product}")
    await stack.run("offers")
    assert said(stack) == []


@pytest.mark.parametrize(("about", "goes"), [("kettle", True), ("teapot", False), ("pepperoni", False)])
async def test_what_was_asked_for_is_blocked_by_the_very_product_alone(about: str, goes: bool, stack: Stack) -> None:
    await open_shop(stack, purpose="requested")
    await buy(stack, "teapot", "pepperoni")
    assert await view(stack, about) is goes


UNDONE = {
    "returned": ("Order Returned", {}),
    "cancelled": ("Order Cancelled", {}),
    "this line came back": ("Order Returned", {"products": [{"product_id": "kettle", "quantity": 1}]}),
}


@pytest.mark.parametrize("how", UNDONE)
async def test_what_came_back_was_not_bought(how: str, stack: Stack) -> None:
    event, fields = UNDONE[how]
    await open_shop(stack)
    await buy(stack, "kettle", "pepperoni")
    await stack.track("kolya", event, source="store", order_id="o1", **fields)
    assert await view(stack, "kettle")


ORDERS = ["order_completed", "order_delivered", "order_returned", "order_status_changed"]


@pytest.mark.parametrize("event", ORDERS)
async def test_whoever_enters_by_an_order_is_not_asked(event: str, stack: Stack) -> None:
    """What was bought is the occasion, however often it was bought before."""
    await open_shop(stack, when=event)
    await buy(stack, "kettle")
    await stack.track("kolya", event, source="store", order_id="o2", product_id="kettle")
    await stack.run("offers")
    assert said(stack)


NARROWED: list[tuple[dict[str, Any], str, bool]] = [
    ({"similar": "nothing"}, "teapot", True),
    ({"similar": "nothing"}, "kettle", False),
    ({"similar": {"days": 1}}, "teapot", True),
    ({"similar": {"days": 90}}, "teapot", False),
    ({"same": "nothing"}, "kettle", True),
    ({"same": "nothing", "similar": "nothing", "again": "nothing"}, "teapot", True),
]


@pytest.mark.parametrize(("narrowed", "about", "goes"), NARROWED)
async def test_a_journey_narrows_it(narrowed: dict[str, Any], about: str, goes: bool, stack: Stack) -> None:
    await open_shop(stack, never_about=narrowed)
    await buy(stack, "kettle", ago=5 * DAY)
    assert await view(stack, about) is goes


CARTS = [
    (["kettle"], ["kettle"], False),
    (["kettle", "grinder"], ["kettle"], True),
    (["kettle", "grinder"], ["teapot", "grinder"], False),
    (["pepperoni", "arabica"], ["diavola", "robusta"], True),
    (["pepperoni", "kettle"], ["pepperoni", "teapot"], False),
    ([], ["kettle"], True),
]


async def fill_cart(stack: Stack, *products: str, **line: Any) -> None:
    lines = [{"product_id": product, "price": 100, "quantity": 1, **line} for product in products]
    await stack.track("kolya", "Cart Updated", cart_id="k1", products=lines, total=100 * len(lines) or 50)


@pytest.mark.parametrize(("cart", "bought", "goes"), CARTS)
async def test_a_cart_of_which_nothing_is_left_is_nothing_to_write_about(
    cart: list[str], bought: list[str], goes: bool, stack: Stack
) -> None:
    await open_shop(stack, when="cart_updated")
    await buy(stack, *bought)
    await fill_cart(stack, *cart)
    await stack.run("offers")
    assert bool(said(stack)) is goes
    rows = await stack.rows("SELECT reason FROM decision WHERE kind = 'dropped'")
    assert [row["reason"] for row in rows] == ([] if goes else ["bought"])


async def test_a_line_without_a_product_is_left(stack: Stack) -> None:
    await open_shop(stack, when="cart_updated")
    await buy(stack, "kettle")
    lines = [{"product_id": "kettle", "price": 5, "quantity": 1}, {"line_id": "7", "price": 5, "quantity": 1}]
    await stack.track("kolya", "Cart Updated", cart_id="k1", products=lines)
    await stack.run("offers")
    assert said(stack)


async def test_a_requested_message_about_a_cart_leaves_the_like_in(stack: Stack) -> None:
    await open_shop(stack, when="cart_updated", purpose="requested")
    await buy(stack, "teapot")
    await fill_cart(stack, "kettle")
    await stack.run("offers")
    assert said(stack)


EXPLAINED = {
    "kettle": "kettle was bought in the store (Lenina 5)",
    "teapot": "kettle, which is like teapot, was bought in the store (Lenina 5)",
}


@pytest.mark.parametrize("about", EXPLAINED)
async def test_explain_says_what_was_bought_and_where(about: str, stack: Stack) -> None:
    await open_shop(stack)
    await buy(stack, "kettle")
    await view(stack, about)
    (passage,) = (await explain(stack.runtime, "kolya", "offers")).passages
    (line,) = [line for line in passage.lines if line.reason == "bought"]
    assert EXPLAINED[about] in line.text
