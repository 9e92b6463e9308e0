"""Those who go over to another version while one message is for several entries of a customer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.journeys.journey import Journey
from tests.support.rules import enrollments, event_journey, published_anew, send, wait, with_journeys
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
WEEK = wait(7 * 86_400) | {"name": "week"}
MOVED = {"send:how_was_it": "send:you_looked_at"}
TOGETHER = {"seconds": 86_400}
PATIENT = {"channels": [{"channel": "email", "success": "opened", "fallback_after": {"seconds": 86_400}}]}


def refill(*steps: dict[str, Any], **said: Any) -> Journey:
    """A journey that each product lets people into; those inside follow."""
    enter = {"once_per": "product"}
    return event_journey("refill", "order_delivered", steps=list(steps), enter=enter, edits="follow", **said)


def together(message: str) -> dict[str, Any]:
    """One message about all products that came within a day; it waits a day for being opened."""
    return send(message, together=TOGETHER, cascade=PATIENT)


@pytest.mark.parametrize("past", [False, True])
async def test_whoever_was_written_to_with_another_is_not_written_to_again_after_an_edit(
    past: bool, open_stack: OpenStack
) -> None:
    """Neither while they stand at the step that is gone, nor where they are past it."""
    old = refill(together("how_was_it"), WEEK)
    new = refill(*([WEEK] if past else []), together("you_looked_at"), moved=MOVED)
    stack = await open_stack(edit=with_journeys(old))
    await stack.person("anna", "email")
    for product in ("soap", "tea"):
        await stack.track("warehouse", "product_updated", product_id=product, title=product.title(), price=100)
        await stack.track("anna", "order_delivered", product_id=product, order_id=product)
    await stack.run("refill")
    for _ in range(3 if past else 1):
        await stack.at(DAY)
        await stack.run("refill")
    assert len(stack.reached) == 1
    await published_anew(stack, new)
    for _ in range(12):
        await stack.run("refill")
        await stack.at(DAY)
    assert len(stack.reached) == 1
    assert [row["status"] for row in await enrollments(stack, "refill")] == ["done", "done"]
