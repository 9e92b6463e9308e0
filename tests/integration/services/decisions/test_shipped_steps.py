"""The shipped journeys' steps as they stand: an account that nobody confirms, and what a delivery is followed by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.services.delivery import webhooks
from tests.support.rules import enrollments, event_journey, messages, send, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CONFIRM = "email_confirmation"


def until(path: str, by: dict[str, Any]) -> dict[str, Any]:
    """A wait until so long after what the path says."""
    return {"kind": "wait", "until": {"kind": "moment", "by": by, "side": "after", "path": path}}


async def told_where(stack: Stack) -> None:
    """The shipped webhook, at this sandbox's port."""
    (name, spec), *_ = stack.project.webhooks.items()
    here = spec.model_copy(update={"url": f"{stack.sandbox.http_url}/hooks/{name}"})
    stack.runtime.catalogue.project = stack.project.model_copy(update={"webhooks": {name: here}})


@pytest.mark.parametrize("confirmed", [False, True])
async def test_an_account_that_is_not_confirmed_is_deleted(confirmed: bool, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(keep=[CONFIRM]))
    await stack.person("anna", "email")
    await stack.track("anna", "signed_up", email="anna@customer.example", confirm_url="https://shop.example/c")
    for after in (6 * HOUR, 24 * HOUR, 7 * DAY):
        await stack.at(NOON + after)
        await stack.run(CONFIRM)
    assert await messages(stack) == [(CONFIRM, "sent"), (CONFIRM, "sent")]
    if confirmed:
        await stack.track("anna", "email_confirmed", email="anna@customer.example")
    async with stack.runtime.database.transaction() as connection:
        await stack.runtime.catalogue.refresh(connection)
    await told_where(stack)
    await webhooks.make_calls(stack.runtime)
    await stack.run(CONFIRM)
    assert [hook["event"]["email"] for hook in stack.sandbox.hooks] == ([] if confirmed else ["anna@customer.example"])
    assert (await enrollments(stack, CONFIRM))[0]["status"] == ("left" if confirmed else "done")


async def test_each_product_of_a_delivery_is_waited_for_and_written_about_together(open_stack: OpenStack) -> None:
    """Soap lasts thirty days, tea thirty-two: one message, when the window that soap opens is over."""
    refill = event_journey(
        "refill",
        "order_delivered",
        enter={"for_each": "order.items", "once_per": "product"},
        steps=[
            until("order.delivered_at", {"path": "product.refill_days"}),
            send("how_was_it", together={"seconds": 3 * 86_400}),
        ],
    )
    stack = await open_stack(edit=with_journeys(refill))
    await stack.person("anna", "email")
    for product, days in (("soap", 30), ("tea", 32), ("salt", 40)):
        await stack.track("feed", "product_updated", product_id=product, refill_days=days)
    items = [{"product_id": product} for product in ("soap", "tea", "salt", "unheard_of")]
    await stack.track("anna", "order_delivered", order_id="o1", delivered_at=NOON.isoformat(), products=items)
    for day in (0, 30, 32, 33, 34, 40, 43, 44):
        await stack.at(NOON + day * DAY)
        await stack.run("refill")
    rows = await stack.rows(
        """SELECT n.key, m.sent_at, array(SELECT o.key FROM enrollment o WHERE o.id = ANY(m.together)) AS others
                 FROM message m JOIN enrollment n ON n.id = m.enrollment_id ORDER BY m.sent_at"""
    )
    assert [(row["key"], row["others"], row["sent_at"] - NOON) for row in rows] == [
        ("soap", ["tea"], 33 * DAY),
        ("salt", [], 43 * DAY),
    ]
    ended = {row["key"]: row["status"] for row in await enrollments(stack, "refill")}
    assert ended == {"soap": "done", "tea": "done", "salt": "done", "unheard_of": "active"}, "unknown holds"


async def test_a_review_is_asked_for_two_weeks_after_the_delivery_itself(open_stack: OpenStack) -> None:
    review = event_journey(
        "review", "order_delivered", steps=[until("order.delivered_at", {"seconds": 14 * 86_400}), send("how_was_it")]
    )
    stack = await open_stack(edit=with_journeys(review))
    await stack.person("anna", "email")
    delivered = NOON - 3 * DAY  # the courier's feed is late
    await stack.track("anna", "order_delivered", order_id="o1", delivered_at=delivered.isoformat())
    await stack.run("review")
    assert (await enrollments(stack, "review"))[0]["due_at"] == delivered + 14 * DAY
