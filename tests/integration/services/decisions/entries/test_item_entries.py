"""One event, several entries: once for each item; and what an entry is once for, by a field or by several."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.services.explaining.explain import explain
from tests.support.rules import enrollments, statuses
from tests.support.stack import NOON, Stack, stack
from tests.support.written import written

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
REFILL = """
  when: order_delivered
  for_each: order.items
  where: [{product.refill_days: {known: true}}]
  once_per: product
  again_after: always
"""
WAITS = "leave: [{when: order_completed, same: product}]\nsteps: [{wait: 1d}, {send: how_was_it}]\n"
STATUS = "{when: order_status_changed, once_per: [order, order.status], again_after: always}"
LEAVES = "leave: [{when: order_status_changed, same: order}]\nsteps: [{wait: 1d}, {send: how_was_it}]\n"


async def refillable(home: Stack, *products: str) -> None:
    """Products of which it is known how long they last."""
    for product in products:
        await home.track("warehouse", "product_updated", product_id=product, refill_days=30)


def items(*products: str) -> list[dict[str, Any]]:
    return [{"product_id": product, "quantity": 1} for product in products]


async def keys(home: Stack, journey: str) -> dict[str, str]:
    """Where each entry stands, by what it is once for."""
    return {row["key"]: row["status"] for row in await enrollments(home, journey)}


async def test_an_order_lets_in_once_for_each_item(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, refill=REFILL, more=WAITS)) as home:
        await home.person("anna", "email")
        await refillable(home, "soap", "tea")
        await home.track(
            "anna", "order_delivered", order_id="o1", place="site", products=items("soap", "tea", "cup", "tea")
        )
        await home.run("refill")
        assert await keys(home, "refill") == {"soap": "active", "tea": "active", "cup": "refused"}
        (soap,) = [row for row in await enrollments(home, "refill") if row["key"] == "soap"]
        item = {"product_id": "soap", "quantity": 1}
        assert soap["entry"] == {"order_id": "o1", "place": "site", "products": [item], **item}
        await home.at(MINUTE)
        await home.track("anna", "order_completed", order_id="o2", products=items("tea"))
        await home.run("refill")
        assert await keys(home, "refill") == {"soap": "active", "tea": "left", "cup": "refused"}


@pytest.mark.parametrize(
    ("products", "reason"),
    [
        ([], "names nothing in 'order.items'"),
        (None, "names nothing in 'order.items'"),
        ("soap", "names nothing in 'order.items'"),
        ({"product_id": "soap"}, "names nothing in 'order.items'"),
        ([5], "names nothing in 'order.items'"),
        ([5, {"quantity": 2}], "does not say which product it is about"),
    ],
)
async def test_an_order_without_items_lets_nobody_in(
    products: Any, reason: str, database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, refill=REFILL, more=WAITS)) as home:
        await home.track("anna", "order_delivered", order_id="o1", products=products)
        assert await enrollments(home, "refill") == []
        assert reason in str(await explain(home.runtime, "anna", "refill"))


async def test_of_the_same_item_in_quiet_time_the_last_delivery_counts(database_url: str, tmp_path: Path) -> None:
    """Each item's quiet time is its own; the order in which deliveries are told of does not matter."""
    quiet = "{when: order_delivered, for_each: order.items, once_per: product, quiet_for: 1h, again_after: always}"
    async with stack(database_url, tmp_path, edit=written(tmp_path, refill=quiet, more=WAITS)) as home:
        await home.at(30 * MINUTE)
        await home.track("anna", "order_delivered", order_id="o2", products=items("tea"))
        await home.track("anna", "order_delivered", order_id="o1", products=items("soap", "tea"), at=NOON)
        await home.at(61 * MINUTE)
        await home.run("refill")
        entered = {
            row["key"]: (row["entered_at"], row["entry"]["order_id"]) for row in await enrollments(home, "refill")
        }
        assert entered == {"soap": (NOON, "o1"), "tea": (NOON + 30 * MINUTE, "o2")}


async def test_late_or_twice_told_it_is_the_same(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, refill=REFILL, more=WAITS)) as home:
        await refillable(home, "soap", "tea")
        for _ in range(2):
            await home.track("anna", "order_delivered", message_id="m1", products=items("soap", "tea"))
        await home.track("boris", "order_delivered", products=items("soap"), at=NOON - timedelta(hours=25))
        assert await keys(home, "refill") == {"soap": "candidate", "tea": "candidate"}


async def test_once_for_each_status_of_each_order(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, status=STATUS, more=LEAVES)) as home:
        for order, status in (("o1", "paid"), ("o2", "paid"), ("o1", "shipped")):
            await home.at(MINUTE)
            await home.track("anna", "order_status_changed", order_id=order, status=status)
            await home.run("status")
        entries = [(row["key"], row["status"]) for row in await enrollments(home, "status")]
        assert entries == [
            ('["o1", "paid"]', "left"),
            ('["o2", "paid"]', "active"),
            ('["o1", "shipped"]', "active"),
        ], "the next status of the order ends the last one"


async def test_what_is_not_named_makes_no_entry_and_says_so(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, status=STATUS)) as home:
        await home.track("anna", "order_status_changed", status="paid")
        assert await enrollments(home, "status") == []
        assert "does not say which order it is about" in str(await explain(home.runtime, "anna"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"order_id": 'a", "b', "status": "c"}, {"order_id": "a", "status": 'b", "c'}),
        ({"order_id": "a,b", "status": "c"}, {"order_id": "a", "status": "b,c"}),
        ({"order_id": "", "status": "c"}, {"order_id": "c", "status": ""}),
    ],
)
async def test_several_values_are_joined_unambiguously(
    first: dict[str, str], second: dict[str, str], database_url: str, tmp_path: Path
) -> None:
    own = "{when: review_written, once_per: [order, product], again_after: always}"
    async with stack(database_url, tmp_path, edit=written(tmp_path, status=STATUS, review=own)) as home:
        for said in (first, second):
            await home.track("anna", "order_status_changed", **said)
            await home.track("anna", "review_written", order_id=said["order_id"], product_id=said["status"])
        assert len(await enrollments(home, "status")) == len(await enrollments(home, "review")) == 2


async def test_once_for_a_value_of_the_customer_or_of_the_product(database_url: str, tmp_path: Path) -> None:
    """The same instant in another zone is the same value; without one there is no entry."""
    date = "{when: app_opened, once_per: customer.points.next_expiry.at, again_after: always}"
    kind = "{when: product_viewed, once_per: product.category, again_after: always}"
    async with stack(database_url, tmp_path, edit=written(tmp_path, date=date, kind=kind)) as home:
        await home.track("anna", "app_opened")
        assert await enrollments(home, "date") == []
        for at in ("2027-04-01T00:00:00+03:00", "2027-03-31T21:00:00Z", "2027-04-02T00:00:00Z"):
            await home.identify("anna", points={"next_expiry": {"at": at, "amount": 300}})
            await home.at(MINUTE)
            await home.track("anna", "app_opened")
        assert list(await keys(home, "date")) == ["2027-03-31T21:00:00.000000Z", "2027-04-02T00:00:00.000000Z"]
        for product, category in (("p1", "tea"), ("p2", "tea"), ("p3", "soap"), ("p4", None)):
            await home.track("anna", "product_viewed", product_id=product, category=category)
        assert list(await keys(home, "kind")) == ["tea", "soap"]


async def test_in_the_same_order_whatever_arrives_first(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=written(tmp_path, status=STATUS, more=LEAVES)) as home:
        await home.at(10 * MINUTE)
        await home.track("anna", "order_status_changed", order_id="o1", status="shipped")
        await home.track("anna", "order_status_changed", order_id="o1", status="paid", at=NOON)
        await home.run("status")
        assert sorted(await statuses(home, "status")) == ["active", "left"]
        assert (await keys(home, "status"))['["o1", "paid"]'] == "left", "the other status came after it"
