"""Merges for tests: two customers of a stack become one, as an event that names both makes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from kaskad.domain.identities.people import Join
from kaskad.services.identities.merging import merge_customers
from kaskad.storage import clock, enrollments
from tests.support.delivering import CART
from tests.support.rules import customer_of
from tests.support.stack import Stack


async def pair(stack: Stack, merged: str, standing: str) -> Join:
    """The customers with these user ids, of whom the first goes into the second."""
    return Join(
        standing=await customer_of(stack, standing),
        joined=await customer_of(stack, merged),
        by=("user_id", standing),
        identity=("user_id", merged),
        source="site",
        message_id=str(uuid4()),
        at=stack.now,
    )


async def join(stack: Stack, merged: str, standing: str) -> None:
    """Makes the customers with these user ids one."""
    two = await pair(stack, merged, standing)
    async with stack.runtime.database.transaction() as connection:
        await stack.runtime.catalogue.refresh(connection)
        await enrollments.lock_customers(connection, [two.standing, two.joined])
        now = await clock.read_now(connection)
        await merge_customers(connection, [two], now, project=stack.project)


async def entries(stack: Stack, journey: str = CART) -> list[dict[str, Any]]:
    """The entries into the journey, in the order in which they came."""
    return await stack.rows(
        "SELECT status, reason, left_by FROM enrollment WHERE journey = %(journey)s ORDER BY id", journey=journey
    )


async def cart_left(stack: Stack, user: str) -> None:
    """A cart of somebody who can be reached, left long enough."""
    await stack.tills()
    await stack.person(user, "push")
    await stack.cart(user)
    await stack.at(timedelta(minutes=61))
    await stack.tills()
