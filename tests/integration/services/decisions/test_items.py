"""What is in an order or a cart can be asked; what nobody has told to be sold out is in stock."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.rules import CARTS
from tests.support.stack import OpenStack, Stack
from tests.support.written import at_the_door, scan_entrances, written

pytestmark = pytest.mark.anyio

INSIDE = "{segment: asked, again_after: always}"
MACHINE = {"product_id": "m1", "sku": "m1-red", "name": "Machine", "category": "machines", "price": 900, "quantity": 2}
PILLS = {"product_id": 7, "name": "Pills", "price": "90.50", "quantity": 1}


async def bought(stack: Stack) -> None:
    """Anna bought a machine, boris pills: of these the catalogue knows the category, and their id is a number."""
    await stack.track("feed", "product_updated", product_id="7", category="coffee")
    await stack.track("anna", "order_completed", order_id="a1", products=[MACHINE])
    await stack.track("boris", "order_completed", order_id="b1", products=[PILLS, 5])
    await stack.track("vera", "order_completed", order_id="v1")


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ("order.items.product_id: {contains: m1}", ["anna"]),
        ('order.items.product_id: {contains: "7"}', ["boris"]),
        ("order.items.category: {contains: machines}", ["anna"]),
        ("order.items.category: {contains: coffee}", ["boris"]),
        ("order.items.sku: {contains: m1-red}", ["anna"]),
        ("order.items.name: {contains: Pills}", ["boris"]),
        ("order.items.price: {contains: 90.5}", ["boris"]),
        ("order.items.quantity: {contains: 2}", ["anna"]),
        ("not: {order.items.category: {contains: coffee}}", ["anna"]),
    ],
)
async def test_what_an_order_holds(asked: str, who: list[str], tmp_path: Path, open_stack: OpenStack) -> None:
    """Of an order that does not tell what is in it nothing is known, under `not` too."""
    segments = f"asked: [{{did: order_completed, where: [{{{asked}}}]}}]"
    stack = await open_stack(edit=written(tmp_path, segments=segments, asking=INSIDE))
    await bought(stack)
    await scan_entrances(stack)
    assert await at_the_door(stack, "asking") == who


async def test_what_the_carts_own_order_holds_is_asked_at_the_door(tmp_path: Path, open_stack: OpenStack) -> None:
    enter = "{when: order_completed, where: [{order.items.category: {contains: machines}}], again_after: always}"
    stack = await open_stack(edit=written(tmp_path, asking=enter))
    await bought(stack)
    await stack.decide("asking")
    rows = await stack.rows("SELECT entry->>'order_id' AS id FROM enrollment WHERE status IN ('active', 'done')")
    assert [row["id"] for row in rows] == ["a1"]


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ("cart.items.product_id: {contains: tea}", ["anna"]),
        ("cart.items.price: {contains: 590}", ["boris"]),
        ("cart.items.quantity: {contains: 3}", ["anna"]),
        ("cart.items.in_stock: {at_least: 1}", ["anna"]),
        ("cart.items.in_stock: 2", ["anna"]),
        ("cart.items.in_stock: 0", ["boris", "vera"]),
    ],
)
async def test_what_a_cart_holds(asked: str, who: list[str], tmp_path: Path, open_stack: OpenStack) -> None:
    """Nobody tells the stock of tea and milk; cups are sold out. Vera has no cart."""
    edit = written(tmp_path, segments=f"asked: [{{{asked}}}]", asking=INSIDE)
    stack = await open_stack(edit=edit)
    for user, product, price, pieces in (("anna", "tea", 90, 3), ("anna", "milk", 70, 1), ("boris", "cup", 590, 1)):
        await stack.track(user, "Product Added", cart_id=user, product_id=product, price=price, quantity=pieces)
    await stack.identify("vera", city="Omsk")
    await stack.stock("cup", 0)
    await scan_entrances(stack)
    assert sorted(await at_the_door(stack, "asking")) == who


@pytest.mark.parametrize(("stock", "sent"), [(None, 1), (3, 1), (0, 0)], ids=["nobody tells it", "there", "sold out"])
async def test_the_shipped_abandoned_cart_works_without_a_stock_feed(
    stock: int | None, sent: int, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.person("anna", "email")
    await stack.track("anna", "Product Added", cart_id="k", product_id="tea", name="Tea", price=1500, quantity=1)
    if stock is not None:
        await stack.stock("tea", stock)
    await stack.at(stack.now.replace(hour=10, minute=1))
    await stack.run("abandoned_cart")
    assert len(stack.reached) == sent


@pytest.mark.parametrize(("stock", "who"), [(None, ["anna"]), (2, ["anna"]), (0, [])])
async def test_a_product_is_in_stock_unless_it_is_told_to_be_sold_out(
    stock: int | None, who: list[str], tmp_path: Path, open_stack: OpenStack
) -> None:
    """In a `where`, and of the entry's own product; of one too that no catalogue has."""
    segments = "asked: [{did: product_liked, where: [{product.in_stock: true}]}]"
    direct = "{when: product_liked, if: [{product.in_stock: true}], again_after: always}"
    edit = written(tmp_path, segments=segments, asking=INSIDE, direct=direct)
    stack = await open_stack(edit=edit)
    if stock is not None:
        await stack.stock("tea", stock)
    await stack.track("anna", "product_liked", product_id="tea")
    await scan_entrances(stack)
    assert await at_the_door(stack, "asking") == who
    await stack.decide("direct")
    rows = await stack.rows("SELECT status FROM enrollment WHERE journey = 'direct'")
    assert [row["status"] for row in rows] == ["done" if who else "refused"]
