"""The shipped journeys' steps as they stand: an account that nobody confirms, and what a delivery is followed by."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.services.delivery import webhooks
from tests.support.rules import enrollments, event_journey, messages, send, with_journeys
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CONFIRM = "email_confirmation"


def until(path: str, by: dict[str, Any]) -> dict[str, Any]:
    """A wait until so long after what the path says."""
    return {"kind": "wait", "until": {"kind": "moment", "by": by, "side": "after", "path": path}}


async def told_where(home: Stack) -> None:
    """The shipped webhook, at this sandbox's port."""
    (name, spec), *_ = home.project.webhooks.items()
    here = spec.model_copy(update={"url": f"{home.sandbox.http_url}/hooks/{name}"})
    home.runtime.catalogue.project = home.project.model_copy(update={"webhooks": {name: here}})


@pytest.mark.parametrize("confirmed", [False, True])
async def test_an_account_that_is_not_confirmed_is_deleted(database_url: str, tmp_path: Path, confirmed: bool) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(keep=[CONFIRM])) as home:
        await home.person("anna", "email")
        await home.track("anna", "signed_up", email="anna@customer.example", confirm_url="https://shop.example/c")
        for after in (6 * HOUR, 24 * HOUR, 7 * DAY):
            await home.at(NOON + after)
            await home.run(CONFIRM)
        assert await messages(home) == [(CONFIRM, "sent"), (CONFIRM, "sent")]
        if confirmed:
            await home.track("anna", "email_confirmed", email="anna@customer.example")
        async with home.runtime.database.transaction() as connection:
            await home.runtime.catalogue.refresh(connection)
        await told_where(home)
        await webhooks.make_calls(home.runtime)
        await home.run(CONFIRM)
        assert [one["event"]["email"] for one in home.sandbox.hooks] == ([] if confirmed else ["anna@customer.example"])
        assert (await enrollments(home, CONFIRM))[0]["status"] == ("left" if confirmed else "done")


async def test_each_product_of_a_delivery_is_waited_for_and_written_about_together(
    database_url: str, tmp_path: Path
) -> None:
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
    async with stack(database_url, tmp_path, edit=with_journeys(refill)) as home:
        await home.person("anna", "email")
        for product, days in (("soap", 30), ("tea", 32), ("salt", 40)):
            await home.track("feed", "product_updated", product_id=product, refill_days=days)
        items = [{"product_id": product} for product in ("soap", "tea", "salt", "unheard_of")]
        await home.track("anna", "order_delivered", order_id="o1", delivered_at=NOON.isoformat(), products=items)
        for day in (0, 30, 32, 33, 34, 40, 43, 44):
            await home.at(NOON + day * DAY)
            await home.run("refill")
        rows = await home.rows(
            """SELECT n.key, m.sent_at, array(SELECT o.key FROM enrollment o WHERE o.id = ANY(m.together)) AS others
                 FROM message m JOIN enrollment n ON n.id = m.enrollment_id ORDER BY m.sent_at"""
        )
        assert [(row["key"], row["others"], row["sent_at"] - NOON) for row in rows] == [
            ("soap", ["tea"], 33 * DAY),
            ("salt", [], 43 * DAY),
        ]
        ended = {row["key"]: row["status"] for row in await enrollments(home, "refill")}
        assert ended == {"soap": "done", "tea": "done", "salt": "done", "unheard_of": "active"}, "unknown holds"


async def test_a_review_is_asked_for_two_weeks_after_the_delivery_itself(database_url: str, tmp_path: Path) -> None:
    review = event_journey(
        "review", "order_delivered", steps=[until("order.delivered_at", {"seconds": 14 * 86_400}), send("how_was_it")]
    )
    async with stack(database_url, tmp_path, edit=with_journeys(review)) as home:
        await home.person("anna", "email")
        delivered = NOON - 3 * DAY  # the courier's feed is late
        await home.track("anna", "order_delivered", order_id="o1", delivered_at=delivered.isoformat())
        await home.run("review")
        assert (await enrollments(home, "review"))[0]["due_at"] == delivered + 14 * DAY
