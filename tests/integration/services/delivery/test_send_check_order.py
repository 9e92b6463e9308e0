"""Inside the look: first the lock, then a statement that sees all that was committed before it, then the commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kaskad.domain.channel import Channel, OutboundMessage
from kaskad.services.operations import emergency_stops
from kaskad.storage.database import Connection, Database
from kaskad.storage.queries import query
from tests.support.delivering import (
    CART,
    Hook,
    WatchedDatabase,
    everybody,
    locked_out,
    nothing,
    queue,
    soon,
    watched,
    worker,
)
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio


class InTheLook(WatchedDatabase):
    """A door in the third transaction (claim, turn, look): all is judged and written, and nothing committed."""

    def __init__(self, database: Database, within: Hook) -> None:
        super().__init__(database, nothing)
        self._within = within

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as connection:
            yield connection
            if self._count == 2:
                await self._within()


class BeforeTheLock(InTheLook):
    """A door just before the look takes its locks."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self._database.transaction() as connection:
            yield _Statements(connection, query("lock_for_send_check"), self._within)


class _Statements:
    def __init__(self, connection: Connection, awaited: str, before: Hook) -> None:
        self._connection, self._awaited, self._before = connection, awaited, before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def execute(self, sql: Any, params: Any = None) -> Any:
        if sql == self._awaited:
            await self._before()
        return await self._connection.execute(sql, params)


async def buy(stack: Stack) -> None:
    await stack.track("kolya", "Order Completed", order_id="o1", total=900, place="site")


async def test_what_commits_just_before_the_lock_is_seen(open_stack: OpenStack) -> None:
    """Looked at before the lock, or in one snapshot with it, the purchase would be missed."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    database = BeforeTheLock(stack.runtime.database, lambda: buy(stack))
    done = await worker(stack, database=database).deliver()
    assert (done.held, stack.sent()) == ({"left": 1}, [])


async def test_the_address_is_read_once_its_customer_is_locked(open_stack: OpenStack) -> None:
    """Read before, it would be the one that the customer has just replaced."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", channels=("email",))
    moved = BeforeTheLock(stack.runtime.database, lambda: stack.identify("kolya", email="new@customer.example"))
    await worker(stack, database=moved).deliver(Channel.EMAIL)
    assert stack.sent() == [("email", "new@customer.example")]


async def test_a_purchase_waits_for_the_look_and_finds_the_message_begun(open_stack: OpenStack) -> None:
    """The look holds the customer from its lock to its commit: a purchase is before all of it, or after."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    order: list[str] = []
    buying: list[asyncio.Task[None]] = []

    async def purchase() -> None:
        await buy(stack)
        order.append("bought")

    async def in_the_look() -> None:
        buying.append(asyncio.create_task(purchase()))
        await locked_out(stack)
        order.append("looked")

    async def begun(_: OutboundMessage) -> None:
        await soon(buying[0])
        order.append("called")

    gate = watched(stack, before=begun)
    done = await worker(stack, gate, database=InTheLook(stack.runtime.database, in_the_look)).deliver()
    assert (order, done.outcomes) == (["looked", "bought", "called"], {"sent": 1})
    (row,) = await stack.rows(
        "SELECT sending_at <= received_at AS before FROM message, event WHERE name = 'order_completed'"
    )
    assert row["before"]
    await stack.run(CART)
    assert stack.sent() == [("push", "push-kolya")]


async def test_a_stop_returns_only_when_no_look_is_under_way(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    stops: list[asyncio.Task[None]] = []

    async def stop() -> None:
        stops.append(asyncio.create_task(emergency_stops.stop(stack.runtime, "all", "", by="test")))
        await locked_out(stack)
        assert not stops[0].done()

    looking = worker(stack, database=InTheLook(stack.runtime.database, stop))
    assert (await looking.deliver()).outcomes == {"sent": 1}
    await soon(stops[0])
    await stack.person("olya", "push")
    await stack.cart("olya")
    await stack.at(stack.now.replace(hour=12))
    await stack.tills()
    await stack.decide(CART)
    assert (await worker(stack).deliver()).held == {"stopped": 1}
