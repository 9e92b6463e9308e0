"""Entrances that look for people while customers turn out to be one: nobody is left out, and nothing fails."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.services.decisions import entrance_scanner, fanout
from kaskad.services.identities.merging import merge_customers
from kaskad.storage import clock, enrollments
from tests.support.delivering import locked_out, soon
from tests.support.merging import pair
from tests.support.rules import Edit, customer_of, journey, with_journeys
from tests.support.stack import OpenStack, Stack
from tests.support.written import written

pytestmark = pytest.mark.anyio
WHO = ({"kind": "subscribed"}, {"kind": "viewed", "within": {"seconds": 30 * 86_400}})
BACK: Edit = with_journeys(
    journey(
        "back_in_stock",
        {"kind": "product", "product": "back_in_stock", "who": WHO, "again_after": "always"},
        purpose="requested",
    )
)


async def behind_a_merge(stack: Stack, work: Coroutine[Any, Any, Any]) -> Any:
    """What the work brings that finds the visitor before a merge, and gets the lock after it."""
    two = await pair(stack, "visitor", "a")
    async with stack.runtime.database.transaction() as connection:
        await stack.runtime.catalogue.refresh(connection)
        await enrollments.lock_customers(connection, [two.standing, two.joined])
        await merge_customers(connection, [two], await clock.read_now(connection), project=stack.project)
        working = asyncio.create_task(work)
        await locked_out(stack)
    return await soon(working)


async def back_again(stack: Stack, event: str, *users: str) -> None:
    """A product that some wait for is back."""
    for user in ("a", "b", "visitor"):
        await stack.person(user, "push")
    await stack.stock("pepperoni", 0)
    for user in users:
        await stack.track(user, event, product_id="pepperoni")
    await stack.at(timedelta(minutes=10))
    await stack.stock("pepperoni", 50)


async def expand(stack: Stack, chunk: int = 1) -> int:
    """Expands until nothing is due; how many people that took."""
    people = 0
    for _ in range(30):
        taken = await fanout.expand_next(stack.runtime, chunk=chunk)
        if taken is None:
            return people
        people += taken
    raise AssertionError("a fan-out without an end")


async def entered(stack: Stack, name: str = "back_in_stock") -> list[int]:
    rows = await stack.rows(
        "SELECT customer_id FROM enrollment WHERE journey = %(name)s ORDER BY customer_id", name=name
    )
    return [row["customer_id"] for row in rows]


async def test_a_fan_out_that_meets_a_merge_goes_on(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=BACK)
    await back_again(stack, "product_subscribed", "b", "visitor")
    await behind_a_merge(stack, expand(stack, 1_000))
    assert await entered(stack) == sorted([await customer_of(stack, user) for user in ("a", "b")])


async def test_a_scan_that_meets_a_merge_goes_on(tmp_path: Path, open_stack: OpenStack) -> None:
    segments, club = "gold: [{customer.loyalty_level: gold}]", "{segment: gold, again_after: always}"
    stack = await open_stack(edit=written(tmp_path, segments=segments, club=club))
    for user in ("a", "b", "visitor"):
        await stack.identify(user, loyalty_level="gold")
    await behind_a_merge(stack, entrance_scanner.scan_next(stack.runtime, puts_off=False))
    assert await entered(stack, "club") == sorted([await customer_of(stack, user) for user in ("a", "b")])
