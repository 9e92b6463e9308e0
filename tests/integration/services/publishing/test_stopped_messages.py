"""The plan says how many of the last 30 days' messages another `never_about` would have stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.never_about import NarrowedNeverAbout, NeverAbout
from kaskad.domain.journeys.policy import Policy
from kaskad.services.publishing import publish
from kaskad.services.publishing.stopped_messages import StoppedMessages
from tests.support.offers import message, offering, publish_offers
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
HELLO = message("offer", "Look at it again", {})
MONTH = Policy(never_about=NeverAbout(same=Duration(days=30), similar=Duration(days=30)))
WEEK = Policy(never_about=NeverAbout(same=Duration(days=7)))
NOTHING = NarrowedNeverAbout(same="nothing", similar="nothing", again="nothing")


async def plan(stack: Stack, policy: Policy, **journey: Any) -> StoppedMessages | None:
    """What publishing this would do."""
    offers: Journey = stack.project.journeys["offers"].model_copy(update=journey)
    project = stack.project.model_copy(update={"policy": policy, "journeys": {"offers": offers}})
    compiled = {HELLO.name: HELLO}
    (found,) = (await publish.plan_publication(stack.runtime, project, compiled)).journeys
    return found.stopped


async def bought(stack: Stack, user: str, product: str, ago: timedelta) -> None:
    lines = [{"product_id": product, "quantity": 1, "category": "pizza"}]
    order = f"o-{user}-{product}"
    await stack.track(user, "Order Completed", source="store", at=stack.now - ago, order_id=order, products=lines)


async def told(stack: Stack, **journey: Any) -> None:
    """Anna has bought the product, Boris its like, Vera long ago; nobody asks, and each is written to."""
    await publish_offers(stack, offering(**journey), HELLO)
    for user, product, days in (("anna", "pepperoni", 3), ("boris", "diavola", 3), ("vera", "pepperoni", 20)):
        await stack.person(user, "push")
        await bought(stack, user, product, timedelta(days=days))


async def viewed(stack: Stack) -> None:
    await told(stack)
    for user in ("anna", "boris", "vera"):
        await stack.track(user, "Product Viewed", product_id="pepperoni", category="pizza")
    await stack.run("offers")
    assert len(stack.reached) == 3


RULES = [
    (MONTH, {}, StoppedMessages(3, 3)),
    (WEEK, {}, StoppedMessages(3, 1)),
    (MONTH, {"never_about": NOTHING}, StoppedMessages(3, 0)),
    (Policy(), {}, None),
]


@pytest.mark.parametrize(("policy", "journey", "stopped"), RULES)
async def test_a_new_rule_is_asked_of_what_was_sent(
    policy: Policy, journey: dict[str, Any], stopped: StoppedMessages | None, stack: Stack
) -> None:
    await viewed(stack)
    await bought(stack, "vera", "calzone", timedelta(days=-1))  # after the message: it would not have stopped it
    assert await plan(stack, policy, **journey) == stopped


async def test_what_was_sent_longer_ago_is_not_counted(stack: Stack) -> None:
    await viewed(stack)
    await stack.at(timedelta(days=31))
    assert await plan(stack, MONTH) is None


async def test_a_rule_that_stays_is_not_asked_again(stack: Stack) -> None:
    await viewed(stack)
    stack.project = stack.project.model_copy(update={"policy": MONTH})
    await publish.publish(stack.runtime, stack.project, {HELLO.name: HELLO})
    assert await plan(stack, MONTH) is None
    assert await plan(stack, MONTH, never_about=NOTHING) == StoppedMessages(3, 0)


async def test_several_messages_of_one_entry_are_each_counted(stack: Stack) -> None:
    await viewed(stack)
    (row,) = await stack.rows("""SELECT string_agg(column_name, ', ') AS names FROM information_schema.columns
                                   WHERE table_name = 'message' AND column_name <> 'id'""")
    await stack.rows(f"INSERT INTO message (id, {row['names']}) SELECT gen_random_uuid(), {row['names']} FROM message")
    assert await plan(stack, WEEK) == StoppedMessages(6, 2)


async def test_a_journey_of_orders_is_not_asked(stack: Stack) -> None:
    await told(stack, when="order_delivered")
    await stack.track("anna", "Order Delivered", source="store", order_id="other", product_id="pepperoni")
    await stack.run("offers")
    assert len(stack.reached) == 1
    assert await plan(stack, MONTH) is None


@pytest.mark.parametrize("changes", [False, True])
async def test_of_a_cart_that_has_changed_nobody_can_tell(changes: bool, stack: Stack) -> None:
    await told(stack, when="cart_updated")
    await stack.track("anna", "Cart Updated", cart_id="k1", products=[{"product_id": "pepperoni", "quantity": 1}])
    await stack.run("offers")
    assert len(stack.reached) == 1
    if changes:
        await stack.at(timedelta(hours=1))
        await stack.track("anna", "Product Added", cart_id="k1", product_id="cola", quantity=1)
    assert await plan(stack, MONTH) == (StoppedMessages(1, 0, 1) if changes else StoppedMessages(1, 1))
