"""Merges for tests: two customers of a stack become one, as an event that names both makes them."""

from __future__ import annotations

from uuid import uuid4

from kaskad.services.identities.merging import merge_customers
from kaskad.storage import clock, enrollments
from kaskad.storage.people.merges import Join
from tests.support.rules import customer_of
from tests.support.stack import Stack


async def join(stack: Stack, merged: str, standing: str) -> None:
    """Makes the customers with these user ids one."""
    pair = Join(await customer_of(stack, standing), await customer_of(stack, merged), "site", str(uuid4()))
    async with stack.runtime.database.transaction() as connection:
        await stack.runtime.catalogue.refresh(connection)
        await enrollments.lock_customers(connection, [pair.standing, pair.merged])
        now = await clock.read_now(connection)
        await merge_customers(connection, [pair], now, currency=stack.project.shop.currency)
