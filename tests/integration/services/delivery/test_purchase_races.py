"""Bought against sending, at every point where the two can meet. Whoever holds the customer's row goes first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.storage.database import Connection
from tests.support.delivering import (
    CART,
    WatchedDatabase,
    WatchedRenderer,
    everybody,
    queue,
    soon,
    statuses,
    watched,
    worker,
)
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio


async def buy(home: Stack) -> None:
    await home.track("kolya", "Order Completed", order_id="o1", total=900, place="site")


async def not_a_word_more(home: Stack) -> None:
    assert home.sent() == []
    await home.run(CART)
    assert home.sent() == []
    (row,) = await home.rows("SELECT status, left_by FROM enrollment WHERE journey = 'abandoned_cart'")
    assert row == {"status": "left", "left_by": "order_completed"}


@asynccontextmanager
async def somebody_else_at(home: Stack) -> AsyncIterator[Connection]:
    """Another connection that holds everybody's row, as ingest and advance do while they write."""
    async with home.runtime.database.transaction() as connection:
        await connection.execute("SELECT id FROM customer ORDER BY id FOR NO KEY UPDATE")
        yield connection


async def test_bought_before_the_claim(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        await buy(home)
        assert (await worker(home).deliver()).held == {"left": 1}
        await not_a_word_more(home)


@pytest.mark.parametrize("point", ["before", "after"])
async def test_bought_between_the_claim_and_the_look(database_url: str, tmp_path: Path, point: str) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        done = await worker(home, message_renderer=WatchedRenderer(**{point: lambda: buy(home)})).deliver()
        assert done.held == {"left": 1}
        await not_a_word_more(home)


async def test_who_is_being_written_about_is_passed_over_and_comes_back_to_the_queue(
    database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        async with somebody_else_at(home):
            done = await soon(worker(home).deliver(), 2)  # it does not wait for the lock
            assert (done.outcomes, done.held, home.sent()) == ({}, {"busy": 1}, [])
        assert await statuses(home) == [("push", "queued", None)]
        assert (await worker(home).deliver()).outcomes == {"sent": 1}


async def test_a_purchase_that_commits_while_the_look_finds_the_row_taken_is_seen(
    database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        taken = somebody_else_at(home)
        await taken.__aenter__()

        async def committed(transactions: int) -> None:
            if transactions == 3:  # the claim, the turn, and a look that found nobody free
                await taken.__aexit__(None, None, None)
                await buy(home)

        database = WatchedDatabase(home.runtime.database, after=committed)
        done = await worker(home, database=database).deliver()
        assert done.held == {"left": 1}
        await not_a_word_more(home)


async def test_bought_during_the_call(database_url: str, tmp_path: Path) -> None:
    """What was begun counts as before: it goes, and nothing after it."""
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya", channels=("push", "email"))
        gate = watched(home, before=lambda _: buy(home))
        assert (await worker(home, gate).deliver()).outcomes == {"sent": 1}
        assert await _begun_before_the_exit(home)
        await home.at(home.now.replace(hour=13))  # the silence after the push is over
        await home.run(CART)
        assert home.sent() == [("push", "push-kolya")]


async def test_the_busy_do_not_hold_up_the_others(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya", "olya", "tolya")
        async with home.runtime.database.transaction() as connection:
            await connection.execute("SELECT FROM customer WHERE attributes->>'first_name' = 'Olya' FOR NO KEY UPDATE")
            done = await soon(worker(home).deliver(), 2)
        assert (done.outcomes, done.held) == ({"sent": 2}, {"busy": 1})
        assert (await worker(home).deliver(Channel.PUSH)).outcomes == {"sent": 1}


async def _begun_before_the_exit(home: Stack) -> bool:
    rows: list[dict[str, Any]] = await home.rows(
        """SELECT m.sending_at <= e.received_at AS before FROM message m, event e WHERE e.name = 'order_completed'"""
    )
    return [row["before"] for row in rows] == [True]
