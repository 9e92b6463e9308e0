"""The thin thread: an event comes in, a decision is made, a message arrives in the sandbox."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.stack import stack

pytestmark = pytest.mark.anyio


async def test_a_cart_left_behind_is_reminded_of(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await home.person("kolya", "email")
        await home.cart("kolya")
        await home.at(timedelta(minutes=59))
        await home.tills()
        assert not (await home.run("abandoned_cart")).claimed, "the hour of quiet is not over"
        await home.at(timedelta(minutes=1))
        done = await home.run("abandoned_cart")
        assert done.outcomes == {"sent": 1}
        (record,) = home.reached
        assert record.to == "kolya@customer.example"
        assert "Kolya" in record.fields["subject"]
        assert record.headers


async def test_who_ate_the_pizza_in_the_store_is_not_reminded(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path) as home:
        await home.person("kolya", "push", "email", card="77")
        await home.cart("kolya")
        await home.at(timedelta(minutes=38))
        await home.track(
            "kolya", "Order Completed", source="store", order_id="o1", total=900, place="store", store="Lenina 5"
        )
        await home.at(timedelta(minutes=30))
        await home.run("abandoned_cart")
        assert home.sent() == []
        (left,) = await home.rows("SELECT status, left_by, left_place FROM enrollment WHERE journey = 'abandoned_cart'")
        assert left == {"status": "left", "left_by": "order_completed", "left_place": "store, Lenina 5"}
        await home.at(timedelta(minutes=31))
        await home.run("thank_you")
        assert home.sent() == [("push", "push-kolya")]
