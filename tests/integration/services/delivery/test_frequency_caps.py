"""Caps count whatever reached the customer or still may, in every journey; not what has definitely failed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.journeys.policy import Cap
from kaskad.domain.journeys.project import Project
from tests.support.delivering import CART, everybody, queue
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
LIVE = "UPDATE message SET status = %(status)s::message_status, lease_until = clock_timestamp() + interval '1 hour'"


def one_a_day(project: Project) -> Project:
    policy = project.policy.model_copy(update={"caps": (Cap(at_most=1, per="day"),)})
    return everybody(project).model_copy(update={"policy": policy})


async def ask_how_it_was(stack: Stack) -> tuple[int, int]:
    """Another journey wants to write to the same customer today: (sent, held by the cap)."""
    await stack.track("kolya", "Order Completed", order_id="o1", cart_id="other", total=900, place="site")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    decided = await stack.decide("thank_you")
    done = await stack.deliver("thank_you")
    return done.outcomes["sent"], decided.held.get("cap", 0)


@pytest.mark.parametrize("status", ["queued", "claimed", "sending", "sent", "unknown"])
async def test_what_may_have_reached_the_customer_counts(status: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=one_a_day)
    await queue(stack, "kolya")
    await stack.rows(LIVE, status=status)
    assert await ask_how_it_was(stack) == (0, 1)


@pytest.mark.parametrize("status", ["failed", "dropped", "held"])
async def test_what_did_not_does_not(status: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=one_a_day)
    await queue(stack, "kolya")
    await stack.rows(LIVE, status=status)
    assert await ask_how_it_was(stack) == (1, 0)


async def test_a_fallthrough_is_a_touch_of_its_own(open_stack: OpenStack) -> None:
    """Each attempt that did not fail is one: with one a day, silence after the push is the end of the day."""
    stack = await open_stack(edit=one_a_day)
    await queue(stack, "kolya", channels=("push", "email"))
    await stack.run(CART)
    await stack.at(timedelta(hours=2))
    await stack.tills()
    await stack.run(CART)
    assert stack.sent() == [("push", "push-kolya")]
    (row,) = await stack.rows("SELECT due_at FROM enrollment")
    assert row["due_at"].isoformat() == "2027-03-02T21:00:00+00:00", "midnight in Moscow"


async def test_a_message_in_test_mode_is_no_touch(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=one_a_day)
    await queue(stack, "kolya")
    await stack.rows("UPDATE message SET mode = 'test'")
    assert await ask_how_it_was(stack) == (1, 0)
