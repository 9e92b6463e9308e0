"""An event is counted once, and what it tells of carts, contacts and consents is what holds in the end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.rules import (
    CARTS,
    customer_of,
    enrollments,
    event_journey,
    holding,
    statuses,
    until_blocked,
    with_journeys,
)
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
CART = "abandoned_cart"


async def names(home: Stack) -> list[str]:
    """The events of the ledger, by when they happened."""
    return [row["name"] for row in await home.rows("SELECT name FROM event ORDER BY occurred_at, message_id")]


async def items(home: Stack, cart: str = "k1") -> dict[str, int]:
    """Product → quantity of the cart as it lies."""
    rows = await home.rows("SELECT items FROM cart WHERE cart_id = %(cart)s", cart=cart)
    return {item["product_id"]: item["quantity"] for row in rows for item in row["items"]}


def added(home: Stack, id_: str, **said: Any) -> dict[str, Any]:
    product = {"cart_id": "k1", "product_id": "pepperoni", "price": 1500, "quantity": 1}
    return home.call({"type": "track", "event": "Product Added", "properties": product | said}, "anna", id_, None)


async def test_an_event_sent_twice_is_counted_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        first = await home.post("site", [added(home, "m1")])
        assert (first.received, first.candidates) == (1, 1)
        await home.at(MINUTE)
        again = await home.post("site", [added(home, "m1", quantity=7)])
        assert (again.received, again.new, again.candidates) == (1, 0, 0)
        assert await items(home) == {"pepperoni": 1}
        assert await names(home) == ["product_added", "cart_updated"]
        (row,) = await enrollments(home, CART)
        assert row["last_trigger_at"] == NOON


async def test_the_ids_of_two_sources_are_their_own(database_url: str, tmp_path: Path) -> None:
    """Tills count from one, each by itself: whose purchase were dropped would be written to after buying."""
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        for source in ("store", "kiosk", "store"):
            await home.track("anna", "order_completed", source=source, message_id="1", order_id=source)
        rows = await home.rows("SELECT source FROM event ORDER BY source")
        assert [row["source"] for row in rows] == ["kiosk", "store"]


async def test_of_two_in_one_batch_the_first_counts(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        done = await home.post(
            "site", [added(home, "m1", quantity=2), added(home, "m2"), added(home, "m1", quantity=9)]
        )
        assert done.received == 3
        assert await items(home) == {"pepperoni": 3}


async def test_two_who_send_the_same_at_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.track("anna", "app_opened")
        async with holding(home, await customer_of(home, "anna")) as other:
            posts = [asyncio.create_task(home.post("site", [added(home, "m1")])) for _ in range(4)]
            await until_blocked(home, posts[0])
            await other.rollback()
            new = [(await post).new > 0 for post in posts]
        assert sorted(new) == [False, False, False, True]
        assert await items(home) == {"pepperoni": 1}


async def test_what_changes_a_cart_raises_what_journeys_wait_for(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        line = {"product_id": "pepperoni", "price": 1500, "quantity": 2}
        steps: list[tuple[str, dict[str, Any], dict[str, int], str | None]] = [
            ("Product Added", line, {"pepperoni": 2}, "cart_updated"),
            ("Product Removed", line | {"quantity": 1}, {"pepperoni": 1}, "cart_updated"),
            ("Product Removed", line | {"quantity": 5}, {}, "cart_emptied"),
            (
                "Cart Updated",
                {"products": [line, line | {"product_id": "cola"}]},
                {"pepperoni": 2, "cola": 2},
                "cart_updated",
            ),
            ("Cart Updated", {"products": []}, {}, "cart_emptied"),
            ("Product Added", line, {"pepperoni": 2}, "cart_updated"),
            ("Order Completed", {"order_id": "o1"}, {}, None),
        ]
        for event, said, left, raised in steps:
            await home.at(MINUTE)
            before = await names(home)
            await home.track("anna", event, cart_id="k1", **said)
            assert await items(home) == left
            assert (await names(home))[len(before) + 1 :] == ([raised] if raised else [])


async def test_what_was_emptied_is_renamed_when_an_earlier_change_comes_late(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        line = {"cart_id": "k1", "price": 1500, "quantity": 1}
        await home.at(20 * MINUTE)
        await home.track("anna", "Product Added", product_id="pepperoni", at=NOON, **line)
        await home.track("anna", "Product Removed", product_id="pepperoni", at=NOON + 10 * MINUTE, **line)
        assert await names(home) == ["product_added", "cart_updated", "product_removed", "cart_emptied"]
        await home.track("anna", "Product Added", product_id="cola", at=NOON + 5 * MINUTE, **line)
        derived = [name for name in await names(home) if name.startswith("cart_")]
        assert derived == ["cart_updated"] * 3
        assert await items(home) == {"cola": 1}
        (row,) = await enrollments(home, CART)
        assert row["last_trigger_at"] == NOON + 10 * MINUTE, "what was renamed is a trigger now"
        await home.at(NOON + 70 * MINUTE)
        await home.decide(CART)
        assert await statuses(home, CART) == ["active"]
        (row,) = await enrollments(home, CART)
        assert row["entered_at"] == NOON + 10 * MINUTE


async def test_a_dead_address_stays_dead_until_another_takes_its_place(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:

        async def contact() -> tuple[str, str]:
            (row,) = await home.rows("SELECT address, state FROM contact WHERE channel = 'email'")
            return row["address"], row["state"]

        await home.identify("anna", email="a@customer.example")
        await home.rows("UPDATE contact SET state = 'dead'")
        await home.at(MINUTE)
        await home.identify("anna", email="a@customer.example", city="Omsk")
        assert await contact() == ("a@customer.example", "dead")
        await home.at(MINUTE)
        await home.identify("anna", email="b@customer.example")
        assert await contact() == ("b@customer.example", "active")
        await home.identify("anna", at=NOON + MINUTE, email="old@customer.example")
        assert await contact() == ("b@customer.example", "active"), "an address of before does not come back"


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ([(0, "given"), (10, "withdrawn")], False),
        ([(10, "withdrawn"), (0, "given")], False),  # as they arrive
        ([(0, "withdrawn"), (10, "given")], True),
        ([(10, "given"), (0, "withdrawn")], True),
        ([(5, "given"), (5, "withdrawn")], False),  # at one instant the withdrawal counts
        ([(5, "withdrawn"), (5, "given")], False),
    ],
)
async def test_the_latest_word_on_consent_counts(
    said: list[tuple[int, str]], allowed: bool, database_url: str, tmp_path: Path
) -> None:
    letter = event_journey("letter", "app_opened")
    async with stack(database_url, tmp_path, edit=with_journeys(letter)) as home:
        await home.person("anna", "email", consent=False)
        await home.at(20 * MINUTE)
        for minute, word in said:
            event = f"consent_{word}"
            await home.track("anna", event, at=NOON + minute * MINUTE, purpose="marketing", channel="email")
        await home.track("anna", "app_opened")
        await home.run("letter")
        assert len(home.reached) == allowed


async def test_a_profile_is_the_latest_word_on_each_attribute(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.at(20 * MINUTE)
        await home.identify("anna", at=NOON + 10 * MINUTE, city="Omsk", timezone="Asia/Omsk")
        await home.identify("anna", at=NOON, city="Perm", level="gold", timezone="Asia/Yekaterinburg")
        (row,) = await home.rows("SELECT attributes, time_zone FROM customer")
        assert (row["attributes"]["city"], row["attributes"]["level"]) == ("Omsk", "gold")
        assert row["time_zone"] == "Asia/Omsk"


async def test_a_source_is_noted_when_the_last_note_is_ten_seconds_old(database_url: str, tmp_path: Path) -> None:
    """One hot row would make all writers queue: it is left alone while it is young."""
    async with stack(database_url, tmp_path, edit=CARTS) as home:

        async def noted() -> tuple[timedelta, str]:
            (row,) = await home.rows("SELECT last_heard, xmin::text AS by FROM source WHERE name = 'store'")
            return row["last_heard"] - NOON, row["by"]

        await home.tills()
        first = await noted()
        await home.at(timedelta(seconds=9))
        await home.tills()
        assert await noted() == first
        await home.at(timedelta(seconds=2))
        await home.tills()
        assert (await noted())[0] == timedelta(seconds=11)
