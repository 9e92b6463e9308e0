"""One event, several entries: once for each item; and what an entry is once for, by a field or by several."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.services.explaining.explain import explain
from tests.support.rules import enrollments, statuses
from tests.support.stack import NOON, OpenStack, Stack
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


async def refillable(stack: Stack, *products: str) -> None:
    """Products of which it is known how long they last."""
    for product in products:
        await stack.track("warehouse", "product_updated", product_id=product, refill_days=30)


def items(*products: str) -> list[dict[str, Any]]:
    return [{"product_id": product, "quantity": 1} for product in products]


async def keys(stack: Stack, journey: str) -> dict[str, str]:
    """Where each entry stands, by what it is once for."""
    return {row["key"]: row["status"] for row in await enrollments(stack, journey)}


async def test_an_order_lets_in_once_for_each_item(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, refill=REFILL, more=WAITS))
    await stack.person("anna", "email")
    await refillable(stack, "soap", "tea")
    await stack.track(
        "anna", "order_delivered", order_id="o1", place="site", products=items("soap", "tea", "cup", "tea")
    )
    await stack.run("refill")
    assert await keys(stack, "refill") == {"soap": "active", "tea": "active", "cup": "refused"}
    (soap,) = [row for row in await enrollments(stack, "refill") if row["key"] == "soap"]
    item = {"product_id": "soap", "quantity": 1}
    assert soap["entry"] == {"order_id": "o1", "place": "site", "products": [item], **item}
    await stack.at(MINUTE)
    await stack.track("anna", "order_completed", order_id="o2", products=items("tea"))
    await stack.run("refill")
    assert await keys(stack, "refill") == {"soap": "active", "tea": "left", "cup": "refused"}


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
    products: Any, reason: str, tmp_path: Path, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=written(tmp_path, refill=REFILL, more=WAITS))
    await stack.track("anna", "order_delivered", order_id="o1", products=products)
    assert await enrollments(stack, "refill") == []
    assert reason in str(await explain(stack.runtime, "anna", "refill"))


async def test_of_the_same_item_in_quiet_time_the_last_delivery_counts(tmp_path: Path, open_stack: OpenStack) -> None:
    """Each item's quiet time is its own; the order in which deliveries are told of does not matter."""
    quiet = "{when: order_delivered, for_each: order.items, once_per: product, quiet_for: 1h, again_after: always}"
    stack = await open_stack(edit=written(tmp_path, refill=quiet, more=WAITS))
    await stack.at(30 * MINUTE)
    await stack.track("anna", "order_delivered", order_id="o2", products=items("tea"))
    await stack.track("anna", "order_delivered", order_id="o1", products=items("soap", "tea"), at=NOON)
    await stack.at(61 * MINUTE)
    await stack.run("refill")
    entered = {row["key"]: (row["entered_at"], row["entry"]["order_id"]) for row in await enrollments(stack, "refill")}
    assert entered == {"soap": (NOON, "o1"), "tea": (NOON + 30 * MINUTE, "o2")}


async def test_late_or_twice_told_it_is_the_same(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, refill=REFILL, more=WAITS))
    await refillable(stack, "soap", "tea")
    for _ in range(2):
        await stack.track("anna", "order_delivered", message_id="m1", products=items("soap", "tea"))
    await stack.track("boris", "order_delivered", products=items("soap"), at=NOON - timedelta(hours=25))
    assert await keys(stack, "refill") == {"soap": "candidate", "tea": "candidate"}


async def test_once_for_each_status_of_each_order(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, status=STATUS, more=LEAVES))
    for order, status in (("o1", "paid"), ("o2", "paid"), ("o1", "shipped")):
        await stack.at(MINUTE)
        await stack.track("anna", "order_status_changed", order_id=order, status=status)
        await stack.run("status")
    entries = [(row["key"], row["status"]) for row in await enrollments(stack, "status")]
    assert entries == [
        ('["o1", "paid"]', "left"),
        ('["o2", "paid"]', "active"),
        ('["o1", "shipped"]', "active"),
    ], "the next status of the order ends the last one"


async def test_what_is_not_named_makes_no_entry_and_says_so(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, status=STATUS))
    await stack.track("anna", "order_status_changed", status="paid")
    assert await enrollments(stack, "status") == []
    assert "does not say which order it is about" in str(await explain(stack.runtime, "anna"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"order_id": 'a", "b', "status": "c"}, {"order_id": "a", "status": 'b", "c'}),
        ({"order_id": "a,b", "status": "c"}, {"order_id": "a", "status": "b,c"}),
        ({"order_id": "", "status": "c"}, {"order_id": "c", "status": ""}),
    ],
)
async def test_several_values_are_joined_unambiguously(
    first: dict[str, str], second: dict[str, str], tmp_path: Path, open_stack: OpenStack
) -> None:
    own = "{when: review_written, once_per: [order, product], again_after: always}"
    stack = await open_stack(edit=written(tmp_path, status=STATUS, review=own))
    for said in (first, second):
        await stack.track("anna", "order_status_changed", **said)
        await stack.track("anna", "review_written", order_id=said["order_id"], product_id=said["status"])
    assert len(await enrollments(stack, "status")) == len(await enrollments(stack, "review")) == 2


async def test_once_for_a_value_of_the_customer_or_of_the_product(tmp_path: Path, open_stack: OpenStack) -> None:
    """The same instant in another zone is the same value; without one there is no entry."""
    date = "{when: app_opened, once_per: customer.points.next_expiry.at, again_after: always}"
    kind = "{when: product_viewed, once_per: product.category, again_after: always}"
    stack = await open_stack(edit=written(tmp_path, date=date, kind=kind))
    await stack.track("anna", "app_opened")
    assert await enrollments(stack, "date") == []
    for at in ("2027-04-01T00:00:00+03:00", "2027-03-31T21:00:00Z", "2027-04-02T00:00:00Z"):
        await stack.identify("anna", points={"next_expiry": {"at": at, "amount": 300}})
        await stack.at(MINUTE)
        await stack.track("anna", "app_opened")
    assert list(await keys(stack, "date")) == ["2027-03-31T21:00:00.000000Z", "2027-04-02T00:00:00.000000Z"]
    for product, category in (("p1", "tea"), ("p2", "tea"), ("p3", "soap"), ("p4", None)):
        await stack.track("anna", "product_viewed", product_id=product, category=category)
    assert list(await keys(stack, "kind")) == ["tea", "soap"]


async def test_in_the_same_order_whatever_arrives_first(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, status=STATUS, more=LEAVES))
    await stack.at(10 * MINUTE)
    await stack.track("anna", "order_status_changed", order_id="o1", status="shipped")
    await stack.track("anna", "order_status_changed", order_id="o1", status="paid", at=NOON)
    await stack.run("status")
    assert sorted(await statuses(stack, "status")) == ["active", "left"]
    assert (await keys(stack, "status"))['["o1", "paid"]'] == "left", "the other status came after it"
