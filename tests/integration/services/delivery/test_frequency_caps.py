"""Caps count whatever reached the customer or still may, in every journey; not what has definitely failed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.journeys.policy import Cap
from kaskad.domain.journeys.project import Project
from tests.support.delivering import CART, everybody, queue
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio
LIVE = "UPDATE message SET status = %(status)s::message_status, lease_until = clock_timestamp() + interval '1 hour'"


def one_a_day(project: Project) -> Project:
    policy = project.policy.model_copy(update={"caps": (Cap(at_most=1, per="day"),)})
    return everybody(project).model_copy(update={"policy": policy})


async def ask_how_it_was(home: Stack) -> tuple[int, int]:
    """Another journey wants to write to the same customer today: (sent, held by the cap)."""
    await home.track("kolya", "Order Completed", order_id="o1", cart_id="other", total=900, place="site")
    await home.at(timedelta(hours=1))
    await home.tills()
    decided = await home.decide("thank_you")
    done = await home.deliver("thank_you")
    return done.outcomes["sent"], decided.held.get("cap", 0)


@pytest.mark.parametrize("status", ["queued", "claimed", "sending", "sent", "unknown"])
async def test_what_may_have_reached_the_customer_counts(database_url: str, tmp_path: Path, status: str) -> None:
    async with stack(database_url, tmp_path, edit=one_a_day) as home:
        await queue(home, "kolya")
        await home.rows(LIVE, status=status)
        assert await ask_how_it_was(home) == (0, 1)


@pytest.mark.parametrize("status", ["failed", "dropped", "held"])
async def test_what_did_not_does_not(database_url: str, tmp_path: Path, status: str) -> None:
    async with stack(database_url, tmp_path, edit=one_a_day) as home:
        await queue(home, "kolya")
        await home.rows(LIVE, status=status)
        assert await ask_how_it_was(home) == (1, 0)


async def test_a_fallthrough_is_a_touch_of_its_own(database_url: str, tmp_path: Path) -> None:
    """Each attempt that did not fail is one: with one a day, silence after the push is the end of the day."""
    async with stack(database_url, tmp_path, edit=one_a_day) as home:
        await queue(home, "kolya", channels=("push", "email"))
        await home.run(CART)
        await home.at(timedelta(hours=2))
        await home.tills()
        await home.run(CART)
        assert home.sent() == [("push", "push-kolya")]
        (row,) = await home.rows("SELECT due_at FROM enrollment")
        assert row["due_at"].isoformat() == "2027-03-02T21:00:00+00:00", "midnight in Moscow"


async def test_a_message_in_test_mode_is_no_touch(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=one_a_day) as home:
        await queue(home, "kolya")
        await home.rows("UPDATE message SET mode = 'test'")
        assert await ask_how_it_was(home) == (1, 0)
