"""What was cancelled or returned was not bought, wherever orders are asked for; what two sources tell counts once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.journeys.project import Project
from kaskad.services.inspect.report import build_report
from tests.support.rules import event_journey, statuses, with_journeys
from tests.support.stack import OpenStack, Stack
from tests.support.written import at_the_door, scan_entrances, written

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)
TEA = {"product_id": "tea", "quantity": 2, "price": 450}
JAM = {"product_id": "jam", "quantity": 1, "price": 600}
ASKED = {
    "bought": "{did: order_completed}",
    "bought_not": "{did_not: order_completed}",
    "bought_twice": "{did: order_completed, times: {at_least: 2}}",
    "bought_jam": "{did: order_completed, where: [{order.items.product_id: {contains: jam}}]}",
    "bought_much": "{did: order_completed, where: [{order.total: {at_least: 1000}}]}",
    "counted": "{customer.orders: 1}",
    "counted_none": "{customer.orders: 0}",
    "worth": "{customer.revenue: 1500}",
    "worth_less": "{customer.revenue: 900}",
    "ever": "{customer.last_order.at: {known: true}}",
}


async def order(stack: Stack, user: str, event: str = "order_completed", *, source: str = "site", **said: Any) -> None:
    """An event about somebody's one order; each a minute after the one before."""
    await stack.at(MINUTE)
    await stack.track(user, event, source=source, order_id=user, **said)


async def stories(stack: Stack) -> None:
    whole = {"total": 1500, "products": [TEA, JAM]}
    for user in ("anna", "twice", "gone", "back", "part"):
        await order(stack, user, **whole)
    await order(stack, "twice", source="call_centre", **whole)
    await order(stack, "gone", "order_cancelled")
    await order(stack, "back", "order_returned", products=[TEA, JAM])
    await order(stack, "part", "order_returned", products=[JAM])
    await order(stack, "early", "order_cancelled", total=1500)
    await order(stack, "early", **whole)


async def test_every_condition_about_orders_asks_for_those_that_stand(tmp_path: Path, open_stack: OpenStack) -> None:
    segments = "\n".join(f"{name}: [{asked}]" for name, asked in ASKED.items())
    entrances = {name: f"{{segment: {name}, again_after: always}}" for name in ASKED}
    stack = await open_stack(edit=written(tmp_path, segments=segments, **entrances))
    await stories(stack)
    await scan_entrances(stack)
    found = {name: sorted(set(await at_the_door(stack, name))) for name in ASKED}
    standing, undone = ["anna", "part", "twice"], ["back", "early", "gone"]
    assert found == {
        "bought": standing,
        "bought_not": undone,
        "bought_twice": [],
        "bought_jam": ["anna", "twice"],
        "bought_much": ["anna", "twice"],
        "counted": standing,
        "counted_none": undone,
        "worth": ["anna", "twice"],
        "worth_less": ["part"],
        "ever": standing,
    }


async def test_a_goal_is_reached_by_what_still_stands_now(open_stack: OpenStack) -> None:
    """However much later it is cancelled."""
    goal = {"when": "order_completed", "within": {"seconds": 3600}}
    stack = await open_stack(edit=with_journeys(event_journey("asking", "app_opened", goal=goal)))
    for user in ("anna", "boris", "vera"):
        await stack.person(user, "email")
        await stack.track(user, "app_opened")
    await stack.run("asking")
    for user in ("anna", "boris"):
        await order(stack, user, total=1500)
    assert (await build_report(stack.runtime)).journeys["asking"].goal == 2
    await stack.at(timedelta(days=3))
    await stack.track("boris", "order_cancelled", order_id="boris")
    assert (await build_report(stack.runtime)).journeys["asking"].goal == 1


def thanks(project: Project) -> Project:
    return with_journeys(keep=["thank_you"])(project)


@pytest.mark.parametrize(
    ("undo", "said"),
    [
        *(("order_cancelled", {}), ("order_returned", {"total": 900}), ("order_returned", {"products": [TEA]})),
        *(("Order Canceled", {}), ("ORDER CANCELLED", {}), ("orderRefunded", {"total": "900,00 ₽"})),
        *(("order_refunded", {"products": [TEA]}), ("Order Updated", {"status": "returned"})),
        *(
            ("Order Status Changed", {"status": "cancelled", "total": 5}),
            ("order_status_changed", {"status": "Отменён"}),
        ),
    ],
)
async def test_whoever_cancels_or_returns_is_not_asked_how_it_was(
    undo: str, said: dict[str, Any], open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=thanks)
    await stack.person("anna", "email")
    await order(stack, "anna", total=900)
    await stack.run("thank_you")
    await stack.at(5 * MINUTE)
    await stack.track("anna", undo, order_id="anna", **said)
    await stack.at(timedelta(hours=2))
    await stack.run("thank_you")
    assert stack.reached == []


@pytest.mark.parametrize("status", ["fulfilled", "partially_refunded", "cancel_requested"])
async def test_other_statuses_leave_the_order_as_it_is(status: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=thanks)
    await stack.person("anna", "email")
    await order(stack, "anna", total=900)
    await order(stack, "anna", "Order Status Changed", status=status)
    await stack.at(timedelta(hours=2))
    await stack.run("thank_you")
    assert len(stack.reached) == 1


async def test_an_order_worth_less_than_nothing_lets_nobody_in(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=thanks)
    for user, total in (("anna", -900), ("boris", "-900 ₽"), ("vera", 900)):
        await stack.person(user, "email")
        await order(stack, user, total=total)
    await stack.at(timedelta(hours=2))
    await stack.run("thank_you")
    assert [to for _, to in stack.sent()] == ["vera@customer.example"]


@pytest.mark.parametrize("earlier", [timedelta(0), MINUTE, timedelta(hours=1)])
async def test_a_cancellation_that_comes_before_the_order_counts_whatever_its_clock(
    earlier: timedelta, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=thanks)
    await stack.person("anna", "email")
    await stack.track("anna", "order_cancelled", order_id="o1", at=stack.now - earlier)
    await stack.at(MINUTE)
    await stack.track("anna", "order_completed", order_id="o1", total=900, at=stack.now - MINUTE)
    await stack.at(timedelta(hours=2))
    await stack.run("thank_you")
    assert stack.reached == []
    await stack.track("anna", "order_completed", order_id="o2", total=900)
    await stack.at(timedelta(hours=2))
    await stack.run("thank_you")
    assert len(stack.reached) == 1, "of another order they are asked"


async def test_an_order_that_a_second_source_tells_lets_nobody_in_again(open_stack: OpenStack) -> None:
    asking = event_journey("asking", "order_completed", enter={"once_per": [{"path": "order.id", "type": "text"}]})
    stack = await open_stack(edit=with_journeys(asking))
    await stack.person("anna", "email")
    await stack.track("anna", "order_completed", source="store", order_id=17, total=900)
    await stack.run("asking")
    await stack.at(timedelta(hours=2))
    await stack.track("anna", "order_completed", source="call_centre", order_id="17", total=900)
    await stack.track("anna", "order_completed", source="call_centre", order_id="17", total=900)
    await stack.run("asking")
    assert await statuses(stack, "asking") == ["done"]
    await stack.track("anna", "order_completed", order_id="18", total=900)
    await stack.track("anna", "order_completed", total=900)
    await stack.run("asking")
    assert len(await statuses(stack, "asking")) == 2, "an order without an id has no key here"
