"""What is in an order or a cart can be asked; what nobody has told to be sold out is in stock."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.rules import CARTS
from tests.support.stack import Stack, stack
from tests.support.written import at_the_door, look, written

pytestmark = pytest.mark.anyio

INSIDE = "{segment: asked, again_after: always}"
MACHINE = {"product_id": "m1", "sku": "m1-red", "name": "Machine", "category": "machines", "price": 900, "quantity": 2}
PILLS = {"product_id": 7, "name": "Pills", "price": "90.50", "quantity": 1}


async def bought(home: Stack) -> None:
    """Anna bought a machine, boris pills: of these the catalogue knows the category, and their id is a number."""
    await home.track("feed", "product_updated", product_id="7", category="coffee")
    await home.track("anna", "order_completed", order_id="a1", products=[MACHINE])
    await home.track("boris", "order_completed", order_id="b1", products=[PILLS, 5])
    await home.track("vera", "order_completed", order_id="v1")


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
async def test_what_an_order_holds(asked: str, who: list[str], database_url: str, tmp_path: Path) -> None:
    """Of an order that does not tell what is in it nothing is known, under `not` too."""
    segments = f"asked: [{{did: order_completed, where: [{{{asked}}}]}}]"
    async with stack(database_url, tmp_path, edit=written(tmp_path, segments=segments, asking=INSIDE)) as home:
        await bought(home)
        await look(home)
        assert await at_the_door(home, "asking") == who


async def test_what_the_carts_own_order_holds_is_asked_at_the_door(database_url: str, tmp_path: Path) -> None:
    enter = "{when: order_completed, where: [{order.items.category: {contains: machines}}], again_after: always}"
    async with stack(database_url, tmp_path, edit=written(tmp_path, asking=enter)) as home:
        await bought(home)
        await home.decide("asking")
        rows = await home.rows("SELECT entry->>'order_id' AS id FROM enrollment WHERE status IN ('active', 'done')")
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
async def test_what_a_cart_holds(asked: str, who: list[str], database_url: str, tmp_path: Path) -> None:
    """Nobody tells the stock of tea and milk; cups are sold out. Vera has no cart."""
    edit = written(tmp_path, segments=f"asked: [{{{asked}}}]", asking=INSIDE)
    async with stack(database_url, tmp_path, edit=edit) as home:
        for user, product, price, pieces in (("anna", "tea", 90, 3), ("anna", "milk", 70, 1), ("boris", "cup", 590, 1)):
            await home.track(user, "Product Added", cart_id=user, product_id=product, price=price, quantity=pieces)
        await home.identify("vera", city="Omsk")
        await home.stock("cup", 0)
        await look(home)
        assert sorted(await at_the_door(home, "asking")) == who


@pytest.mark.parametrize(("stock", "sent"), [(None, 1), (3, 1), (0, 0)], ids=["nobody tells it", "there", "sold out"])
async def test_the_shipped_abandoned_cart_works_without_a_stock_feed(
    stock: int | None, sent: int, database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.person("anna", "email")
        await home.track("anna", "Product Added", cart_id="k", product_id="tea", name="Tea", price=1500, quantity=1)
        if stock is not None:
            await home.stock("tea", stock)
        await home.at(home.now.replace(hour=10, minute=1))
        await home.run("abandoned_cart")
        assert len(home.reached) == sent


@pytest.mark.parametrize(("stock", "who"), [(None, ["anna"]), (2, ["anna"]), (0, [])])
async def test_a_product_is_in_stock_unless_it_is_told_to_be_sold_out(
    stock: int | None, who: list[str], database_url: str, tmp_path: Path
) -> None:
    """In a `where`, and of the entry's own product; of one too that no catalogue has."""
    segments = "asked: [{did: product_liked, where: [{product.in_stock: true}]}]"
    direct = "{when: product_liked, if: [{product.in_stock: true}], again_after: always}"
    edit = written(tmp_path, segments=segments, asking=INSIDE, direct=direct)
    async with stack(database_url, tmp_path, edit=edit) as home:
        if stock is not None:
            await home.stock("tea", stock)
        await home.track("anna", "product_liked", product_id="tea")
        await look(home)
        assert await at_the_door(home, "asking") == who
        await home.decide("direct")
        rows = await home.rows("SELECT status FROM enrollment WHERE journey = 'direct'")
        assert [row["status"] for row in rows] == ["done" if who else "refused"]
