"""What the rules ask for besides, and what was not so before."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from kaskad.domain.errors import Unavailable
from kaskad.services.decisions import fanout, manual_enrollment, runner
from kaskad.services.operations import pausing
from tests.support.rules import (
    CARTS,
    HOUR,
    Edit,
    customer_of,
    enrollments,
    event_journey,
    holding,
    journey,
    published_anew,
    second_connection,
    statuses,
    until_blocked,
    with_journeys,
)
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)
NAME = "back_in_stock"
CALL = event_journey("call", "app_opened", enter={"quiet_for": HOUR})
OWN_ORDER = event_journey(
    "own_order",
    "cart_updated",
    enter={"once_per": "cart", "quiet_for": HOUR},
    leave=[{"when": "order_completed", "same": "cart"}, {"when": "product_removed", "same": "cart"}],
)


def told(**said: object) -> Edit:
    who = ({"kind": "subscribed"},)
    only = [{"kind": "compare", "path": "product.in_stock", "op": "is", "value": True, "type": "boolean"}]
    enter = {"kind": "product", "product": NAME, "who": who, "again_after": "always"} | said
    return with_journeys(journey(NAME, enter, purpose="requested", only_while=only))


async def expand(stack: Stack) -> None:
    while await fanout.expand_next(stack.runtime) is not None:
        pass


async def test_two_who_share_a_device_are_two(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    for number, user in enumerate(("anna", "boris", "anna", "boris")):
        call = {
            "type": "identify",
            "traits": {"email": f"{user}@customer.example", "card": "77"},
            "anonymousId": "tablet",
        }
        await stack.post("site", [stack.call(call, user, f"m{number}", None)])
    assert await customer_of(stack, "anna") != await customer_of(stack, "boris")
    rows = await stack.rows("SELECT address FROM contact ORDER BY address")
    assert [row["address"] for row in rows] == ["anna@customer.example", "boris@customer.example"]


async def test_a_lost_connection_is_unavailable(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.track("anna", "app_opened")
    async with holding(stack, await customer_of(stack, "anna")), second_connection(stack) as other:
        task = asyncio.create_task(stack.track("anna", "app_opened"))
        await until_blocked(stack, task)
        await other.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
        )
        with pytest.raises(Unavailable):
            await task


async def test_nobody_is_locked_for_a_paused_journey(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.person("anna", "email")
    await stack.cart("anna")
    await stack.at(61 * MINUTE)
    await pausing.set_paused(stack.runtime, "abandoned_cart", True)
    assert (await runner.decide_batch(stack.runtime, "abandoned_cart")).people == 0


async def test_a_trigger_of_the_old_version_prolongs_the_quiet_time_of_the_old_version(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.track("anna", "app_opened")
    await published_anew(stack, event_journey("call", "signed_up", enter={"quiet_for": HOUR}))
    await stack.at(30 * MINUTE)
    await stack.track("anna", "app_opened")
    await stack.at(31 * MINUTE)
    assert (await runner.decide_batch(stack.runtime, "call")).entered == 0
    (row,) = await enrollments(stack, "call")
    assert row["entered_at"] == NOON + 30 * MINUTE


async def test_an_earlier_trigger_that_comes_late_is_due_earlier(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.track("anna", "app_opened")
    await stack.track("anna", "app_opened", at=NOON - 90 * MINUTE)
    assert (await runner.decide_batch(stack.runtime, "call")).entered == 1
    (row,) = await enrollments(stack, "call")
    assert row["entered_at"] == NOON - 90 * MINUTE


async def test_an_order_of_an_empty_cart_name_names_none(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OWN_ORDER))
    await stack.cart("anna")
    await stack.at(MINUTE)
    await stack.track("anna", "order_completed", order_id="o1", cart_id="")
    await stack.at(61 * MINUTE)
    await stack.decide("own_order")
    assert await statuses(stack, "own_order") == ["left"]


async def test_what_raised_the_entry_is_no_exit(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OWN_ORDER))
    line = {"cart_id": "k", "price": 5}
    await stack.track("anna", "Product Added", product_id="a", quantity=2, at=NOON - 2 * timedelta(days=1), **line)
    await stack.track("anna", "Product Removed", product_id="a", quantity=1, **line)
    await stack.at(61 * MINUTE)
    await stack.decide("own_order")
    assert "left" not in await statuses(stack, "own_order")


async def test_enrolled_by_name_nobody_waits_for_the_quiet_time(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.at(MINUTE)
    assert not (await manual_enrollment.enroll(stack.runtime, "call", "anna")).new
    assert (await stack.run("call")).outcomes == {"sent": 1}


async def test_a_device_without_a_name_is_a_contact(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.identify("anna", context={"device": {"token": "t1"}})
    (row,) = await stack.rows("SELECT channel, address FROM contact")
    assert row == {"channel": "push", "address": "t1"}


async def test_who_was_not_told_is_told_the_next_time(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=told())
    await stack.person("anna", "email")
    await stack.stock("p", 0)
    await stack.track("anna", "product_subscribed", product_id="p")
    for units in (5, 0):
        await stack.at(MINUTE)
        await stack.stock("p", units)
        await expand(stack)
    await stack.run(NAME)  # sold out before anybody wrote
    assert (await statuses(stack, NAME), stack.reached) == (["done"], [])
    await stack.at(MINUTE)
    await stack.stock("p", 5)
    await expand(stack)
    await stack.run(NAME)
    assert len(stack.reached) == 1


async def test_a_paused_journey_tells_nobody_of_a_product(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=told())
    await stack.stock("p", 0)
    await stack.track("anna", "product_subscribed", product_id="p")
    await stack.at(MINUTE)
    await stack.stock("p", 5)
    await pausing.set_paused(stack.runtime, NAME, True)
    assert await fanout.expand_next(stack.runtime) is None
    await pausing.set_paused(stack.runtime, NAME, False)
    assert await fanout.expand_next(stack.runtime) == 1


async def test_new_events_are_those_that_came(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    said = {"cart_id": "k", "product_id": "b"}
    call = stack.call({"type": "track", "event": "Product Added", "properties": said}, "anna", "m1", None)
    assert (await stack.post("site", [call])).new == 1
