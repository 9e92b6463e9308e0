"""Two entries of people who turn out to be one: `again_after` holds for the person, whatever was queued before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.delivering import CART, everybody
from tests.support.merging import join
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio


async def two_reminders(stack: Stack, *, apart: timedelta) -> None:
    """Two customers left a cart each, and a reminder about each is queued."""
    await stack.tills()
    for user in ("device", "card"):
        await stack.person(user, "push")
    await stack.cart("device", "c1")
    await stack.at(apart)
    await stack.cart("card", "c2")
    await stack.at(timedelta(minutes=61))
    await stack.tills()
    await stack.decide(CART)


async def queued(stack: Stack) -> int:
    (row,) = await stack.rows("SELECT count(*) AS n FROM message WHERE status IN ('queued', 'sent')")
    count: int = row["n"]
    return count


@pytest.mark.parametrize("merged", ["device", "card"])
@pytest.mark.parametrize("apart", [timedelta(0), timedelta(minutes=7)])
async def test_one_person_gets_one_reminder(merged: str, apart: timedelta, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await two_reminders(stack, apart=apart)
    assert await queued(stack) == 2
    await join(stack, merged, "card" if merged == "device" else "device")
    await stack.run(CART)
    assert len(stack.sent()) == 1
    entries = await stack.rows("SELECT key, status, reason FROM enrollment ORDER BY key")
    assert [(entry["key"], entry["reason"]) for entry in entries if entry["status"] == "left"] == [
        ("c2", "again_too_soon")
    ], "the earlier one sends"


async def test_what_was_held_before_counts_no_more_than_what_the_merge_handed_back(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await two_reminders(stack, apart=timedelta(0))
    await stack.rows("UPDATE message SET status = 'held', reason = 'quiet_hours' RETURNING id")
    await stack.rows("UPDATE enrollment SET due_at = now() RETURNING id")
    await join(stack, "device", "card")
    await stack.run(CART)
    assert len(stack.sent()) == 1


async def test_what_was_sent_before_the_merge_still_counts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await two_reminders(stack, apart=timedelta(minutes=7))
    await stack.rows(
        """UPDATE message m SET status = 'held', reason = 'stopped' FROM enrollment n
            WHERE n.id = m.enrollment_id AND n.key = 'c1' RETURNING m.id"""
    )
    await stack.run(CART)
    before = len(stack.sent())
    await join(stack, "device", "card")
    await stack.at(timedelta(minutes=5))
    await stack.tills()
    await stack.run(CART)
    assert len(stack.sent()) == before
