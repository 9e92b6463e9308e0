"""What holds for every journey: nothing about what was just bought, nothing to the control group, no unknown sender."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.experiment import in_control_group
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import CascadeOrder
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.journeys.project import Sender
from tests.support.delivering import worker
from tests.support.offers import by, message, offering, publish_offers, said, viewers
from tests.support.rules import send
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
MONTH = Duration(seconds=30 * 86_400)
NEVER_ABOUT = Policy(never_about=MONTH)
HELLO = message("offer", "Look at it again", {})


async def bought(stack: Stack, user: str, product: str, category: str = "", **order: Any) -> None:
    """An order at a till, of a product that the shop told of before."""
    if category:
        await stack.track("warehouse", "Product Updated", product_id=product, name=product, category=category)
    await stack.track(
        user,
        "Order Completed",
        source="store",
        **{"order_id": f"o-{product}", "place": "store", "store": "Lenina 5"} | order,
        products=[{"product_id": product, "price": 100, "quantity": 1}],
    )


async def reasons(stack: Stack) -> list[str | None]:
    """Why messages did not go, in the order of the decisions."""
    rows = await stack.rows("SELECT reason FROM decision WHERE reason IS NOT NULL AND journey = 'offers' ORDER BY id")
    return [row["reason"] for row in rows]


BASKETS = [
    ("pepperoni", "", {}, True),  # the very product
    ("diavola", "pizza", {}, True),  # the like of it
    ("cola", "drinks", {}, False),
    ("pepperoni", "", {"days_ago": 29}, True),
    ("pepperoni", "", {"days_ago": 31}, False),
]


@pytest.mark.parametrize(("product", "category", "when", "silent"), BASKETS)
async def test_nothing_about_what_was_bought_in_a_store(
    product: str, category: str, when: dict[str, int], silent: bool, stack: Stack
) -> None:
    await publish_offers(stack, offering(), HELLO, policy=NEVER_ABOUT)
    await stack.track("warehouse", "Product Updated", product_id="pepperoni", name="Pepperoni", category="pizza")
    await stack.person("kolya", "push")
    at = stack.now - timedelta(days=when.get("days_ago", 0), minutes=38)
    await bought(stack, "kolya", product, category, at=at)
    await viewers(stack, "kolya")
    await stack.run("offers")
    assert (said(stack) == []) is silent
    assert ("bought" in await reasons(stack)) is silent


async def test_a_purchase_while_the_message_waits_is_found_in_the_look(stack: Stack) -> None:
    await publish_offers(stack, offering(), HELLO, policy=NEVER_ABOUT)
    await viewers(stack, "kolya")
    assert [row["status"] for row in await stack.rows("SELECT status FROM message")] == ["queued"]
    await bought(stack, "kolya", "pepperoni")
    done = await worker(stack).deliver(Channel.PUSH, "offers")
    assert done.held == {"bought": 1}
    await stack.run("offers")
    assert said(stack) == []
    (note,) = await stack.rows("SELECT facts FROM decision WHERE reason = 'bought' AND kind = 'dropped'")
    assert (note["facts"]["product"], note["facts"]["place"]) == ("pepperoni", "store, Lenina 5")


async def test_the_order_that_the_entry_is_about_is_its_occasion(stack: Stack) -> None:
    """A review names its order: that one is its occasion, and another order of the like of it takes it away."""
    offers = offering(when="review_written")
    await publish_offers(stack, offers, HELLO, policy=NEVER_ABOUT)
    for user in ("kolya", "tolya"):
        await stack.person(user, "push")
        await bought(stack, user, "pepperoni", "pizza", order_id=f"first-{user}")
    await bought(stack, "tolya", "diavola", "pizza", order_id="second")
    for user in ("kolya", "tolya"):
        await stack.track(user, "Product Reviewed", order_id=f"first-{user}", product_id="pepperoni")
    await stack.run("offers")
    assert [to for _, to in stack.sent()] == ["push-kolya"]


async def test_a_group_of_analogues_goes_before_the_category(stack: Stack) -> None:
    await publish_offers(stack, offering(), HELLO, policy=NEVER_ABOUT)
    for product, similar in (("pepperoni", "with meat"), ("diavola", "with meat"), ("margherita", "plain")):
        product_fields = {"product_id": product, "name": product, "category": "pizza", "similar": similar}
        await stack.track("warehouse", "Product Updated", **product_fields)
    await stack.person("kolya", "push")
    await stack.person("tolya", "push")
    await bought(stack, "kolya", "margherita")
    await bought(stack, "tolya", "diavola")
    await viewers(stack, "kolya", "tolya")
    await stack.run("offers")
    assert [to for _, to in stack.sent()] == ["push-kolya"]


@pytest.mark.parametrize("purpose", ["requested", "transactional"])
async def test_what_was_asked_for_and_what_must_be_told(purpose: str, stack: Stack) -> None:
    await publish_offers(stack, offering(purpose=purpose), HELLO, policy=NEVER_ABOUT)
    await stack.person("kolya", "push")
    await bought(stack, "kolya", "pepperoni")
    await viewers(stack, "kolya")
    await stack.run("offers")
    assert len(said(stack)) == (purpose == "transactional")


async def test_the_control_group_hears_no_marketing(stack: Stack) -> None:
    half = Policy(control_group=Decimal("0.5"))
    users = [f"u{number}" for number in range(12)]
    await publish_offers(stack, offering(), HELLO, policy=half)
    await viewers(stack, *users)
    await stack.run("offers")
    rows = await stack.rows("SELECT customer_id, status, reason FROM enrollment ORDER BY customer_id")
    assert len(rows) == 12
    for row in rows:
        out = in_control_group(row["customer_id"], half.control_group)
        assert (row["status"], row["reason"]) == (("refused", "control_group") if out else ("active", None))
    assert 0 < len(said(stack)) < 12


async def test_who_is_inside_when_the_control_group_is_drawn_hears_no_more(stack: Stack) -> None:
    await publish_offers(stack, offering(), HELLO)
    await viewers(stack, "kolya")
    await publish_offers(stack, offering(), HELLO, policy=Policy(control_group=Decimal("0.999999999")))
    assert (await worker(stack).deliver(Channel.PUSH, "offers")).held == {"control_group": 1}
    await stack.run("offers")
    assert said(stack) == []
    assert set(await reasons(stack)) == {"control_group"}


async def test_an_unknown_franchise_says_nothing_until_it_is_known(stack: Stack) -> None:
    offers = offering(when="app_opened", sender="event.franchise_id", cascade=by("push"))
    seventeen = {"17": Sender(name="17", addresses={Channel.PUSH: "Lenina"})}
    stack.project = stack.project.model_copy(update={"senders": {**stack.project.senders, **seventeen}})
    await publish_offers(stack, offers, HELLO)
    for user, franchise in (("kolya", "17"), ("tolya", "18"), ("olya", "")):
        await stack.person(user, "push")
        await stack.track(user, "app_opened", franchise_id=franchise)
    await stack.run("offers")
    assert [to for _, to in stack.sent()] == ["push-kolya"]
    assert await reasons(stack) == ["unknown_sender", "unknown_sender"]

    eighteen = {"18": Sender(name="18", addresses={Channel.PUSH: "Mira"})}
    stack.project = stack.project.model_copy(update={"senders": {**stack.project.senders, **eighteen}})
    await publish_offers(stack, offers, HELLO)
    await stack.at(timedelta(hours=1))
    await stack.run("offers")
    assert [to for _, to in stack.sent()] == ["push-kolya", "push-tolya"]


async def test_people_hear_first_where_they_last_answered(stack: Stack) -> None:
    channel_steps = by("push", "sms")
    offers = offering(send("offer"), {"kind": "wait", "for": {"seconds": 60}}, send("again"), cascade=channel_steps)
    preferred = offers.model_copy(
        update={"cascade": offers.cascade.model_copy(update={"order": CascadeOrder.PREFERRED})}
    )
    await publish_offers(stack, preferred, HELLO, message("again", "Once more", {}))
    await viewers(stack, "kolya", channels=("push", "sms"))
    await stack.run("offers")
    await stack.at(timedelta(hours=1))
    await stack.run("offers")
    assert [channel for channel, _ in stack.sent()] == ["push", "sms"]
    await stack.rows("UPDATE message SET clicked_at = %(at)s WHERE channel = 'sms'", at=stack.now)
    await stack.rows("UPDATE enrollment SET due_at = %(at)s", at=stack.now)
    await stack.at(timedelta(hours=1))
    await stack.run("offers")
    assert [channel for channel, _ in stack.sent()] == ["push", "sms", "sms"]
