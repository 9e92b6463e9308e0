"""Inside the look: first the lock, then a statement that sees all that was committed before it, then the commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.channel import OutboundMessage
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
from tests.support.stack import Stack, stack

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


async def buy(home: Stack) -> None:
    await home.track("kolya", "Order Completed", order_id="o1", total=900, place="site")


async def test_what_commits_just_before_the_lock_is_seen(database_url: str, tmp_path: Path) -> None:
    """Looked at before the lock, or in one snapshot with it, the purchase would be missed."""
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        database = BeforeTheLock(home.runtime.database, lambda: buy(home))
        done = await worker(home, database=database).deliver()
        assert (done.held, home.sent()) == ({"left": 1}, [])


async def test_a_purchase_waits_for_the_look_and_finds_the_message_begun(database_url: str, tmp_path: Path) -> None:
    """The look holds the customer from its lock to its commit: a purchase is before all of it, or after."""
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        order: list[str] = []
        buying: list[asyncio.Task[None]] = []

        async def purchase() -> None:
            await buy(home)
            order.append("bought")

        async def in_the_look() -> None:
            buying.append(asyncio.create_task(purchase()))
            await locked_out(home)
            order.append("looked")

        async def begun(_: OutboundMessage) -> None:
            await soon(buying[0])
            order.append("called")

        gate = watched(home, before=begun)
        done = await worker(home, gate, database=InTheLook(home.runtime.database, in_the_look)).deliver()
        assert (order, done.outcomes) == (["looked", "bought", "called"], {"sent": 1})
        (row,) = await home.rows(
            "SELECT sending_at <= received_at AS before FROM message, event WHERE name = 'order_completed'"
        )
        assert row["before"]
        await home.run(CART)
        assert home.sent() == [("push", "push-kolya")]


async def test_a_stop_returns_only_when_no_look_is_under_way(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        stops: list[asyncio.Task[None]] = []

        async def stop() -> None:
            stops.append(asyncio.create_task(emergency_stops.stop(home.runtime, "all", "", by="test")))
            await locked_out(home)
            assert not stops[0].done()

        looking = worker(home, database=InTheLook(home.runtime.database, stop))
        assert (await looking.deliver()).outcomes == {"sent": 1}
        await soon(stops[0])
        await home.person("olya", "push")
        await home.cart("olya")
        await home.at(home.now.replace(hour=12))
        await home.tills()
        await home.decide(CART)
        assert (await worker(home).deliver()).held == {"stopped": 1}
