"""What was bought of a cart is not in the message about the cart, and its money is not in the total."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.never_about import NeverAbout
from kaskad.domain.journeys.policy import Policy
from tests.support.delivering import WatchedRenderer, worker
from tests.support.offers import message, offering, publish_offers, said
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
RULE = {"same": {"days": 30}, "similar": {"days": 14}, "again": {"days": 1}, "bought_again": ["pizza"]}
POLICY = Policy(never_about=NeverAbout.model_validate(RULE))
SHOWN = "{% for item in cart.items %}{{ item.product_id }} {% endfor %}"
LINES = message("offer", SHOWN, {})
TOTAL = message("offer", SHOWN + "for {{ cart.total | money }}", {})
CATEGORIES = {"kettle": "kettles", "teapot": "kettles", "pepperoni": "pizza", "diavola": "pizza", "grinder": "coffee"}


async def open_shop(stack: Stack, text: Any = TOTAL, **journey: Any) -> None:
    stack.project = stack.project.model_copy(
        update={"shop": stack.project.shop.model_copy(update={"rates": {"EUR": Decimal(100)}})}
    )
    await publish_offers(stack, offering(**{"when": "cart_updated", **journey}), text, policy=POLICY)
    for product, category in CATEGORIES.items():
        await stack.track("warehouse", "Product Updated", product_id=product, name=product, category=category)
    await stack.person("kolya", "push")


def texts(stack: Stack) -> list[str]:
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in said(stack)]


async def buy(stack: Stack, *products: str, order: str = "o1") -> None:
    lines = [{"product_id": product, "quantity": 1} for product in products]
    await stack.track("kolya", "Order Completed", source="store", order_id=order, place="store", products=lines)


async def fill_cart(stack: Stack, *lines: dict[str, Any], event: str = "Cart Updated", **more: Any) -> None:
    products = [{"price": 100, "quantity": 1, **line} for line in lines]
    await stack.track("kolya", event, cart_id="k1", products=products, **more)


CARTS = {
    "the like of what was bought": (["teapot"], ["kettle", "grinder"], "grinder for RUB 100"),
    "what people buy again": (["diavola"], ["diavola", "pepperoni"], "pepperoni for RUB 100"),
    "the like of what people buy again": (["diavola"], ["pepperoni"], "pepperoni for RUB 100"),
    "nothing of it": (["diavola"], ["kettle", "grinder"], "kettle grinder for RUB 200"),
}


@pytest.mark.parametrize("which", CARTS)
async def test_what_was_bought_is_left_out(which: str, stack: Stack) -> None:
    bought, cart, text = CARTS[which]
    await open_shop(stack)
    await buy(stack, *bought)
    await fill_cart(stack, *({"product_id": product} for product in cart))
    await stack.run("offers")
    assert texts(stack) == [text]


async def test_a_requested_message_leaves_out_the_very_product_alone(stack: Stack) -> None:
    await open_shop(stack, purpose="requested")
    await buy(stack, "teapot")
    await fill_cart(stack, {"product_id": "teapot"}, {"product_id": "kettle"})
    await stack.run("offers")
    assert texts(stack) == ["kettle for RUB 100"]


LEFT: dict[str, tuple[dict[str, Any], str | None]] = {
    "in the shop's currency": ({"price": 40, "quantity": 2}, "grinder for RUB 80"),
    "in another currency": ({"price": 2, "currency": "EUR"}, "grinder for €2"),
    "a currency without a rate": ({"price": 2, "currency": "KZT"}, "grinder for KZT 2"),
    "no price": ({"price": None}, None),
    "a price that cannot be read": ({"price": "two roubles"}, None),
    "a quantity that cannot be read": ({"quantity": "some"}, None),
}


@pytest.mark.parametrize("how", LEFT)
async def test_the_total_is_of_what_is_left_or_is_not_said(how: str, stack: Stack) -> None:
    """The total that the app told is of the whole cart: it is no total of what is left."""
    line, text = LEFT[how]
    await open_shop(stack)
    await buy(stack, "teapot")
    await fill_cart(stack, {"product_id": "kettle"}, {"product_id": "grinder"} | line, total=500)
    await stack.run("offers")
    assert texts(stack) == ([text] if text else [])
    dropped = await stack.rows("SELECT status, reason FROM message WHERE status <> 'sent'")
    assert dropped == ([] if text else [{"status": "dropped", "reason": "missing_data"}])


@pytest.mark.parametrize(("currency", "text"), [("EUR", "grinder mill for RUB 210"), ("KZT", None)])
async def test_lines_in_several_currencies_need_a_rate(currency: str, text: str | None, stack: Stack) -> None:
    await open_shop(stack)
    await buy(stack, "teapot")
    dear = {"product_id": "mill", "price": 2, "currency": currency}
    await fill_cart(stack, {"product_id": "kettle"}, {"product_id": "grinder", "price": 10}, dear)
    await stack.run("offers")
    assert texts(stack) == ([text] if text else [])


async def test_a_message_that_says_no_total_goes_without_one(stack: Stack) -> None:
    await open_shop(stack, LINES)
    await buy(stack, "teapot")
    await fill_cart(stack, {"product_id": "kettle"}, {"product_id": "grinder", "price": None}, total=500)
    await stack.run("offers")
    assert texts(stack) == ["grinder"]


async def test_a_cart_that_a_message_of_something_else_shows_has_no_bought_lines_either(stack: Stack) -> None:
    await open_shop(stack, when="app_opened")
    await fill_cart(stack, {"product_id": "kettle"}, {"product_id": "grinder"})
    await buy(stack, "teapot")
    await stack.track("kolya", "Application Opened")
    await stack.run("offers")
    assert texts(stack) == ["grinder for RUB 100"]


async def test_a_checkout_is_shown_without_what_was_bought(stack: Stack) -> None:
    lines = "{% for item in order['items'] %}{{ item.product_id }} {% endfor %}"
    await open_shop(stack, message("offer", lines, {}), when="checkout_started")
    await buy(stack, "teapot")
    await fill_cart(stack, {"product_id": "kettle"}, {"product_id": "grinder"})
    await fill_cart(stack, {"product_id": "kettle"}, {"product_id": "grinder"}, event="Checkout Started", total=200)
    await stack.run("offers")
    assert texts(stack) == ["grinder"]


@pytest.mark.parametrize("point", ["before", "after"])
async def test_what_is_bought_while_the_text_is_written_is_not_in_it(point: str, stack: Stack) -> None:
    await open_shop(stack)
    await fill_cart(stack, {"product_id": "kettle"}, {"product_id": "grinder"})
    await stack.decide("offers")

    async def now() -> None:
        await buy(stack, "teapot")

    done = await worker(stack, message_renderer=WatchedRenderer(**{point: now})).deliver(Channel.PUSH, "offers")
    assert (done.held, texts(stack)) == ({"bought": 1}, [])
    await stack.run("offers")
    assert texts(stack) == ["grinder for RUB 100"]
