"""Carts as events make them: in fractions, sizes and currencies, and what an order takes out of them."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.support.rules import CARTS, event_journey, send, statuses, wait, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


async def carts(stack: Stack) -> list[tuple[str, Any, Any, dict[str, Any]]]:
    """(id, total, currency, product → quantity) of every cart."""
    rows = await stack.rows("SELECT cart_id, total, currency, items FROM cart ORDER BY customer_id, cart_id")
    return [
        (row["cart_id"], row["total"], row["currency"], {item["product_id"]: item["quantity"] for item in row["items"]})
        for row in rows
    ]


async def raised(stack: Stack) -> list[str]:
    rows = await stack.rows("SELECT name FROM event WHERE message_id LIKE '%%#cart' ORDER BY occurred_at, message_id")
    return [row["name"] for row in rows]


def line(product: str, quantity: Any = 1, price: Any = 900, **said: Any) -> dict[str, Any]:
    return {"product_id": product, "quantity": quantity, "price": price, **said}


async def test_amounts_are_stored_as_they_are_meant(stack: Stack) -> None:
    await stack.track("anna", "Product Added", cart_id="half", **line("fish", 0.5, 3000))
    sizes = [line("shirt", variant="S"), line("shirt", variant="M")]
    await stack.track("anna", "Cart Updated", cart_id="sizes", products=sizes)
    await stack.track("anna", "Cart Updated", cart_id="told", total=1800, products=[{"product_id": "t", "quantity": 2}])
    await stack.track("anna", "Cart Updated", cart_id="yen", currency="JPY", products=[line("tea", price=1500)])
    await stack.track("anna", "Cart Updated", cart_id="zen", products=[line("tea", price="abc"), line("jam")])
    await stack.track("anna", "Cart Updated", cart_id="two", products=[line("tea", currency="EUR"), line("jam")])
    assert await carts(stack) == [
        ("half", 1500, None, {"fish": 0.5}),
        ("sizes", 1800, None, {"shirt": 1}),
        ("told", 1800, None, {"t": 2}),
        ("two", None, "mixed", {"tea": 1, "jam": 1}),
        ("yen", 1500, "JPY", {"tea": 1}),
        ("zen", None, None, {"tea": 1, "jam": 1}),
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
async def test_carts_are_the_same_in_every_order_of_arrival(order: tuple[int, ...], stack: Stack) -> None:
    """One cart of the site, one of the app; a till sells tea, and then the app sends its cart again."""
    at = [stack.now + minute * MINUTE for minute in range(4)]
    await stack.at(timedelta(hours=1))
    told = (
        ("Product Added", {"cart_id": "site", **line("tea")}),
        ("Cart Updated", {"cart_id": "app", "products": [line("tea"), line("jam")]}),
        ("order_completed", {"order_id": "o1", "products": [line("tea")]}),
        ("Cart Updated", {"cart_id": "app", "products": [line("tea"), line("jam")]}),
    )
    for n in order:
        event, said = told[n]
        await stack.track("anna", event, at=at[n], message_id=f"m{n}", **said)
    assert await carts(stack) == [("app", 900, None, {"jam": 1}), ("site", 0, None, {})]
    names = [name for name in await raised(stack) if name != "cart_unchanged"]
    assert names == ["cart_updated", "cart_updated"], "the cart that came again raised nothing"


@pytest.mark.parametrize("late", [False, True], ids=["the order comes in time", "the order comes late"])
@pytest.mark.parametrize("lines", [True, False], ids=["with lines", "without lines"])
async def test_nobody_is_reminded_of_a_cart_that_the_app_sends_again(
    late: bool, lines: bool, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.person("anna", "email")
    cart = {"cart_id": "k", "products": [line("tea", price=1500, name="Tea")]}
    await stack.track("anna", "Cart Updated", source="app", **cart)
    bought = {"order_id": "o1", "total": 1500} | ({"products": [line("tea")]} if lines else {})
    till = stack.now + 10 * MINUTE
    await stack.at(till)
    if not late:
        await stack.track("anna", "order_completed", source="store", **bought)
    await stack.at(5 * MINUTE)
    await stack.track("anna", "Cart Updated", source="app", **cart)
    if late:
        await stack.track("anna", "order_completed", source="store", at=till, **bought)
    await stack.at(timedelta(hours=2))
    await stack.run("abandoned_cart")
    assert stack.reached == []
    assert "active" not in await statuses(stack, "abandoned_cart")


@pytest.mark.parametrize("decided", [False, True], ids=["a candidate", "inside already"])
async def test_whoever_entered_by_a_cart_that_was_only_sent_again_leaves(decided: bool, open_stack: OpenStack) -> None:
    """The order comes late, and the journey asks neither for the cart nor for orders."""
    asking = event_journey("asking", "cart_updated", steps=[wait(3600), send("how_was_it")])
    stack = await open_stack(edit=with_journeys(asking))
    await stack.person("anna", "email")
    cart = {"cart_id": "k", "products": [line("tea")]}
    await stack.track("anna", "Cart Updated", source="app", at=stack.now - timedelta(days=2), **cart)
    till = stack.now
    await stack.at(5 * MINUTE)
    await stack.track("anna", "Cart Updated", source="app", **cart)
    if decided:
        await stack.decide("asking")
    await stack.track("anna", "order_completed", source="store", at=till, order_id="o1", products=[line("tea")])
    await stack.decide("asking")
    assert await statuses(stack, "asking") == ["left"], "at once, not when the step is due"
    await stack.at(timedelta(hours=2))
    await stack.run("asking")
    assert stack.reached == []


async def test_a_cart_of_a_price_that_cannot_be_read_reminds_nobody(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    for user, price in (("anna", "a lot"), ("boris", 1500)):
        await stack.person(user, "email")
        await stack.track(user, "Product Added", cart_id=user, **line("tea", price=price, name="Tea"))
    await stack.at(timedelta(hours=2))
    await stack.run("abandoned_cart")
    assert [to for _, to in stack.sent()] == ["boris@customer.example"]


async def test_stock_may_be_a_fraction_and_what_cannot_be_read_changes_nothing(stack: Stack) -> None:
    for told in (3.5, "2,5", "many", None):
        await stack.track("warehouse", "product_stock_changed", product_id="fish", store="s1", stock=told)
    (row,) = await stack.rows("SELECT stock FROM product WHERE id = 'fish'")
    assert row["stock"] == {"s1": 2.5}
    await stack.track("feed", "product_updated", product_id="fish", price="1 500,50")
    await stack.track("feed", "product_updated", product_id="fish", price="dear", currency="EUR")
    await stack.track("feed", "product_updated", product_id="tea", price=5, currency="EUR")
    rows = await stack.rows("SELECT attributes FROM product ORDER BY id")
    assert [(row["attributes"]["price"], row["attributes"].get("currency")) for row in rows] == [
        ("1500.50", None),
        ("5.00", "EUR"),
    ]


async def test_another_currency_is_no_lower_price(stack: Stack) -> None:
    for price, currency in ((5000, "RUB"), (50, "EUR"), (40, "EUR")):
        await stack.at(MINUTE)
        await stack.track("feed", "product_updated", product_id="tea", price=price, currency=currency)
    rows = await stack.rows("SELECT properties FROM event WHERE name = 'price_drop'")
    assert [row["properties"] for row in rows] == [
        {"product_id": "tea", "price": "40.00", "old_price": "50.00", "currency": "EUR"}
    ]


async def test_an_event_that_was_raised_and_taken_back_is_raised_again(stack: Stack) -> None:
    """The app sends a cart again; an order that comes late makes it none; that the app knew the cart to be empty came
    later still.
    """
    cart = {"cart_id": "k", "products": [line("tea")]}
    at = [stack.now + minute * MINUTE for minute in range(4)]
    await stack.at(timedelta(hours=1))
    await stack.track("anna", "Cart Updated", at=at[0], message_id="m0", **cart)
    await stack.track("anna", "Cart Updated", at=at[3], message_id="m3", **cart)
    await stack.track("anna", "order_completed", at=at[1], order_id="o1", products=[line("tea")])
    assert await raised(stack) == ["cart_updated", "cart_unchanged"]
    await stack.track("anna", "Cart Updated", at=at[2], message_id="m2", cart_id="k", products=[])
    assert await raised(stack) == ["cart_updated", "cart_emptied", "cart_updated"]
    assert await carts(stack) == [("k", 900, None, {"tea": 1})]


@pytest.mark.parametrize("said", [{"currency": "RUB"}, {"products": None}, {"items": "tea"}])
async def test_a_snapshot_without_lines_changes_nothing(said: dict[str, Any], open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.person("anna", "email")
    await stack.track("anna", "Cart Updated", cart_id="k", items=[line("tea", 2, 2000, name="Tea")])
    await stack.at(MINUTE)
    await stack.track("anna", "Cart Updated", cart_id="k", **said)
    await stack.track("anna", "Cart Updated", cart_id="other", **said)
    assert await carts(stack) == [("k", 4000, None, {"tea": 2})]
    assert await raised(stack) == ["cart_updated"]
    await stack.at(timedelta(hours=2))
    await stack.run("abandoned_cart")
    assert len(stack.reached) == 1
