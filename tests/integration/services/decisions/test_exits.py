"""Who leaves: an exit counts when it happened after the entry, however late it is heard of, and is never the entry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.services.decisions import runner
from tests.support.rules import HOUR, enrollments, event_journey, messages, send, statuses, wait, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
CART_ENTRANCE = {"once_per": "cart", "quiet_for": HOUR}
ANY_ORDER = event_journey("any_order", "cart_updated", enter=CART_ENTRANCE, leave=[{"when": "order_completed"}])
OWN_ORDER = event_journey(
    "own_order", "cart_updated", enter=CART_ENTRANCE, leave=[{"when": "order_completed", "same": "cart"}]
)
OWN_ORDER_OR_REMOVAL = event_journey(
    "own_order",
    "cart_updated",
    enter=CART_ENTRANCE,
    leave=[{"when": "order_completed", "same": "cart"}, {"when": "product_removed", "same": "cart"}],
)
TWO_SENDS = event_journey(
    "two_sends",
    "app_opened",
    leave=[{"when": "order_completed"}],
    steps=[send("how_was_it"), wait(3 * 86_400), send("you_looked_at")],
)
TILL = "store"


async def two_carts(stack: Stack) -> None:
    """One person with the carts k1 and k2, left at noon."""
    await stack.person("anna", "email")
    await stack.cart("anna", "k1")
    await stack.cart("anna", "k2", product="cola")


async def left_keys(stack: Stack, journey: str) -> dict[str, str]:
    """Cart → where its enrollment stands."""
    return {row["key"]: row["status"] for row in await enrollments(stack, journey)}


async def test_a_tills_order_that_comes_two_hours_late_still_stops(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(TWO_SENDS))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    assert (await stack.run("two_sends")).outcomes == {"sent": 1}
    await stack.at(timedelta(hours=2, minutes=5))
    await stack.track("anna", "order_completed", source=TILL, at=NOON + 5 * MINUTE, order_id="o1", place="store")
    assert (await runner.decide_batch(stack.runtime, "two_sends")).left == 1, "woken at once, not in three days"
    (row,) = await enrollments(stack, "two_sends")
    assert (row["left_at"], row["left_place"]) == (NOON + 5 * MINUTE, "store")
    await stack.at(timedelta(days=4))
    await stack.run("two_sends")
    assert len(stack.reached) == 1


async def test_an_order_before_the_entry_is_no_exit(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(ANY_ORDER))
    await two_carts(stack)
    await stack.track("anna", "order_completed", source=TILL, at=NOON - MINUTE, order_id="o1")
    await stack.at(61 * MINUTE)
    await stack.decide("any_order")
    assert await statuses(stack, "any_order") == ["active"] * 2


async def test_an_order_of_the_very_instant_of_the_entry_is_one(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(ANY_ORDER))
    await two_carts(stack)
    await stack.track("anna", "order_completed", source=TILL, at=NOON, order_id="o1")
    await stack.at(61 * MINUTE)
    await stack.decide("any_order")
    assert await statuses(stack, "any_order") == ["left"] * 2


async def test_the_entrys_own_event_is_no_exit(open_stack: OpenStack) -> None:
    again = event_journey("again", "order_completed", leave=[{"when": "order_completed"}], steps=[wait(3600)])
    stack = await open_stack(edit=with_journeys(again))
    await stack.track("anna", "order_completed", order_id="o1")
    await stack.decide("again")
    assert await statuses(stack, "again") == ["active"]
    await stack.at(MINUTE)
    await stack.track("anna", "order_completed", order_id="o2")
    await stack.decide("again")
    assert await statuses(stack, "again") == ["left"], "the next order is one"


async def test_another_sources_event_of_the_same_id_is_an_exit(open_stack: OpenStack) -> None:
    again = event_journey("again", "order_completed", leave=[{"when": "order_completed"}], steps=[wait(3600)])
    stack = await open_stack(edit=with_journeys(again))
    await stack.track("anna", "order_completed", order_id="o1", message_id="1")
    await stack.decide("again")
    await stack.at(MINUTE)
    await stack.track("anna", "order_completed", order_id="o2", message_id="1", source="store")
    await stack.decide("again")
    assert await statuses(stack, "again") == ["left"], "ids are a source's own"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({}, {"k1": "left", "k2": "left"}),  # the tills know no carts
        ({"cart_id": "k1"}, {"k1": "left", "k2": "active"}),
    ],
)
async def test_an_order_leaves_its_own_cart_or_all_where_it_names_none(
    named: dict[str, str], expected: dict[str, str], open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=with_journeys(OWN_ORDER))
    await two_carts(stack)
    await stack.at(20 * MINUTE)
    await stack.track("anna", "order_completed", order_id="o1", **named)
    await stack.at(41 * MINUTE)
    await stack.decide("own_order")
    assert await left_keys(stack, "own_order") == expected


async def test_the_shipped_cart_journey_leaves_with_any_order(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(keep=["abandoned_cart"]))
    await two_carts(stack)
    await stack.track("anna", "product_removed", cart_id="k2", product_id="cola")
    await stack.at(61 * MINUTE)
    await stack.decide("abandoned_cart")
    assert await left_keys(stack, "abandoned_cart") == {"k1": "active", "k2": "left"}, "emptied is the same cart's only"
    await stack.track("anna", "order_completed", order_id="o1", cart_id="k7")
    await stack.decide("abandoned_cart")
    assert await left_keys(stack, "abandoned_cart") == {"k1": "left", "k2": "left"}


async def test_what_others_did_is_no_exit_and_wakes_nobody(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(TWO_SENDS))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.run("two_sends")
    (before,) = await enrollments(stack, "two_sends")
    await stack.at(MINUTE)
    await stack.track("boris", "order_completed", order_id="o1")
    await stack.track("anna", "product_viewed", product_id="p")
    (after,) = await enrollments(stack, "two_sends")
    assert after["due_at"] == before["due_at"] > stack.now, "only what its version waits for wakes somebody"


async def test_the_exits_of_the_version_that_somebody_is_in_count(open_stack: OpenStack) -> None:
    """The mark of ingest is a wake-up by the pinned version; what ends it is asked of the ledger."""
    stack = await open_stack(edit=with_journeys(TWO_SENDS))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.run("two_sends")
    await stack.at(MINUTE)
    await stack.rows(
        "INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at) "
        "SELECT 'o1', customer_id, 'order_completed', 'store', %(at)s, %(at)s FROM enrollment",
        at=stack.now,
    )
    await stack.at(timedelta(days=4))
    await stack.run("two_sends")
    assert await statuses(stack, "two_sends") == ["left"], "nobody was woken, and yet it was seen"
    assert await messages(stack) == [("two_sends", "sent")]


async def test_an_order_of_an_empty_cart_name_names_none(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OWN_ORDER_OR_REMOVAL))
    await stack.cart("anna")
    await stack.at(MINUTE)
    await stack.track("anna", "order_completed", order_id="o1", cart_id="")
    await stack.at(61 * MINUTE)
    await stack.decide("own_order")
    assert await statuses(stack, "own_order") == ["left"]


async def test_what_raised_the_entry_is_no_exit(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OWN_ORDER_OR_REMOVAL))
    line = {"cart_id": "k", "price": 5}
    await stack.track("anna", "Product Added", product_id="a", quantity=2, at=NOON - 2 * timedelta(days=1), **line)
    await stack.track("anna", "Product Removed", product_id="a", quantity=1, **line)
    await stack.at(61 * MINUTE)
    await stack.decide("own_order")
    assert "left" not in await statuses(stack, "own_order")
