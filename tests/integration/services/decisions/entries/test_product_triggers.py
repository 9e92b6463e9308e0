"""A price that falls and a stock that runs low, told to those whom it matters to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.errors import Rejected
from kaskad.services.decisions import fanout
from tests.support.rules import enrollments
from tests.support.stack import OpenStack, Stack
from tests.support.written import at_the_door, written

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
DROP = (
    "{product: price_drop, by: {at_least: 10%, below: price_when_added}, who: [favourited], once_per: product, "
    "again_after: 14d}"
)
CHEAPER = """
only_while: [{product.in_stock: true}, {product.price: {less_than: event.old_price}}]
steps: [{send: how_was_it}]
"""
LOW = "{product: low_stock, at_most: 3, who: [favourited, viewed 30d], again_after: always}"


async def priced(stack: Stack, price: Any, product: str = "p", **more: Any) -> None:
    """The shop tells the price, a minute later."""
    await stack.at(MINUTE)
    await stack.track("w", "product_updated", product_id=product, price=price, **more)


async def liked(stack: Stack, user: str, price: Any, product: str = "p") -> None:
    await stack.track(user, "product_liked", product_id=product, price=price)


async def news(stack: Stack) -> list[dict[str, Any]]:
    """What happened to products, in order."""
    rows = await stack.rows(
        "SELECT name, properties FROM event WHERE customer_id = 0 AND message_id LIKE '%%#%%' ORDER BY id"
    )
    return [{"name": row["name"], **row["properties"]} for row in rows]


async def expand(stack: Stack) -> None:
    while await fanout.expand_next(stack.runtime, chunk=2) is not None:
        pass


async def test_whose_price_it_falls_below(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, drop=DROP, more=CHEAPER))
    await stack.stock("p", 5)
    for user, price in (("dear", 1200), ("same", 900), ("cheap", 850), ("text", "1000.50"), ("unpriced", None)):
        await stack.person(user, "email")
        await liked(stack, user, price)
    await stack.track("viewer", "product_viewed", product_id="p", price=1200)
    await priced(stack, 1000)
    await priced(stack, "900.00")
    await stack.run("drop")
    assert await at_the_door(stack, "drop") == ["dear", "text"], "nothing is known of who told no price"
    (row, _) = await enrollments(stack, "drop")
    assert row["entry"] == {"product_id": "p", "old_price": "1000.00", "price": "900.00"}
    assert (row["key"], row["purpose"], row["status"]) == ("p", "marketing", "done")
    assert len(stack.reached) == 2


async def test_far_enough_at_once(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, drop=DROP))
    await liked(stack, "anna", 2000)
    for price in (1000, 950, 901, 1000, 900.01, 1000, 900):
        await priced(stack, price)
    assert [(event["old_price"], event["price"]) for event in await news(stack)] == [
        ("1000.00", "950.00"),
        ("950.00", "901.00"),
        ("1000.00", "900.01"),
        ("1000.00", "900.00"),
    ]
    assert len(await stack.rows("SELECT id FROM fanout")) == 1


async def test_what_viewers_saw_and_what_came_late_is_no_news(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, drop=DROP))
    await stack.track("anna", "product_viewed", product_id="p", price=5000)
    await priced(stack, 1000)
    await stack.track("anna", "product_viewed", product_id="p", price=10)
    await stack.track("w", "product_updated", product_id="p", price=10, at=stack.now - 5 * MINUTE)
    await priced(stack, "soon")
    assert await news(stack) == []


async def test_only_by_us(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, drop=DROP))
    for name in ("price_drop", "low_stock"):
        with pytest.raises(Rejected):
            await stack.track("anna", name, product_id="p", price=1, old_price=2)


async def test_whose_favourite_it_is_no_more(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, drop=DROP))
    for user in ("anna", "boris", "vera"):
        await liked(stack, user, 2000)
    await stack.at(MINUTE)
    for user in ("boris", "vera"):
        await stack.track(user, "Product Removed from Wishlist", product_id="p")
    await stack.at(MINUTE)
    await liked(stack, "vera", 1500)
    await priced(stack, 1000)
    await priced(stack, 800)
    await expand(stack)
    assert await at_the_door(stack, "drop") == ["anna", "vera"]


async def test_a_favourite_stays_one_after_it_was_told_of(tmp_path: Path, open_stack: OpenStack) -> None:
    """And `again_after` says how soon the next time is."""
    stack = await open_stack(edit=written(tmp_path, drop=DROP))
    await stack.person("anna", "email")
    await liked(stack, "anna", 2000)
    await stack.stock("p", 1)
    await priced(stack, 1000)
    for days, price in ((0, 800), (3, 600), (20, 400)):
        await stack.at(timedelta(days=days))
        await priced(stack, price)
        await stack.run("drop")
    assert [(row["status"], row["reason"]) for row in await enrollments(stack, "drop")] == [
        ("done", "finished"),
        ("refused", "again_too_soon"),
        ("done", "finished"),
    ]


async def test_expanded_by_two_at_once_nobody_is_told_twice(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, drop=DROP))
    people = [f"p{number}" for number in range(9)]
    for user in people:
        await liked(stack, user, 2000)
    await priced(stack, 1000)
    await priced(stack, 800)
    await asyncio.gather(expand(stack), expand(stack), expand(stack))
    assert sorted(await at_the_door(stack, "drop")) == people


async def test_only_once_per_customer_where_the_journey_says_so(tmp_path: Path, open_stack: OpenStack) -> None:
    enter = DROP.replace("once_per: product", "once_per: customer")
    stack = await open_stack(edit=written(tmp_path, drop=enter))
    for product in ("p", "q"):
        await liked(stack, "anna", 2000, product)
        await priced(stack, 1000, product)
        await priced(stack, 500, product)
    await expand(stack)
    (row,) = await enrollments(stack, "drop")
    assert (row["key"], row["entry"]["product_id"]) == ("", "p")


@pytest.mark.parametrize(
    ("stocks", "expected"),
    [
        ([5, 4, 3], [(3, 4)]),
        ([5, 2, 1], [(2, 5)]),  # once, as it falls
        ([5, 0], []),  # sold out is not low
        ([0, 3], []),  # it came back
        ([3, 2], []),  # the first word is no news
        ([9, 3, 9, 1], [(3, 9), (1, 9)]),
    ],
)
async def test_when_stock_is_low(
    stocks: list[int], expected: list[tuple[int, int]], tmp_path: Path, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=written(tmp_path, low=LOW))
    for units in stocks:
        await stack.at(MINUTE)
        await stack.stock("p", units)
    found = [(event["stock"], event["old_stock"]) for event in await news(stack) if event["name"] == "low_stock"]
    assert found == expected
    assert len(await stack.rows("SELECT id FROM fanout")) == len(expected)


async def test_each_journey_has_its_own_idea_of_few(tmp_path: Path, open_stack: OpenStack) -> None:
    few = LOW.replace("at_most: 3", "at_most: 10")
    stack = await open_stack(edit=written(tmp_path, low=LOW, lower=few))
    await liked(stack, "anna", 5)
    await stack.track("boris", "product_viewed", product_id="p")
    for units in (20, 8, 2):
        await stack.at(MINUTE)
        await stack.stock("p", units)
        await expand(stack)
    assert await at_the_door(stack, "lower") == ["anna", "boris"], "favourites first"
    assert [row["entry"]["stock"] for row in await enrollments(stack, "lower")] == [8, 8]
    assert [row["entry"]["stock"] for row in await enrollments(stack, "low")] == [2, 2]
