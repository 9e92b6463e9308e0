"""Bought against sending, at every point where the two can meet. Whoever holds the customer's row goes first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio


async def buy(stack: Stack) -> None:
    await stack.track("kolya", "Order Completed", order_id="o1", total=900, place="site")


async def not_a_word_more(stack: Stack) -> None:
    assert stack.sent() == []
    await stack.run(CART)
    assert stack.sent() == []
    (row,) = await stack.rows("SELECT status, left_by FROM enrollment WHERE journey = 'abandoned_cart'")
    assert row == {"status": "left", "left_by": "order_completed"}


@asynccontextmanager
async def somebody_else_at(stack: Stack) -> AsyncIterator[Connection]:
    """Another connection that holds everybody's row, as ingest and advance do while they write."""
    async with stack.runtime.database.transaction() as connection:
        await connection.execute("SELECT id FROM customer ORDER BY id FOR NO KEY UPDATE")
        yield connection


async def test_bought_before_the_claim(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    await buy(stack)
    assert (await worker(stack).deliver()).held == {"left": 1}
    await not_a_word_more(stack)


@pytest.mark.parametrize("point", ["before", "after"])
async def test_bought_between_the_claim_and_the_look(point: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    done = await worker(stack, message_renderer=WatchedRenderer(**{point: lambda: buy(stack)})).deliver()
    assert done.held == {"left": 1}
    await not_a_word_more(stack)


async def test_who_is_being_written_about_is_passed_over_and_comes_back_to_the_queue(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    async with somebody_else_at(stack):
        done = await soon(worker(stack).deliver(), 2)  # it does not wait for the lock
        assert (done.outcomes, done.held, stack.sent()) == ({}, {"busy": 1}, [])
    assert await statuses(stack) == [("push", "queued", None)]
    assert (await worker(stack).deliver()).outcomes == {"sent": 1}


async def test_a_purchase_that_commits_while_the_look_finds_the_row_taken_is_seen(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    taken = somebody_else_at(stack)
    await taken.__aenter__()

    async def committed(transactions: int) -> None:
        if transactions == 3:  # the claim, the turn, and a look that found nobody free
            await taken.__aexit__(None, None, None)
            await buy(stack)

    database = WatchedDatabase(stack.runtime.database, after=committed)
    done = await worker(stack, database=database).deliver()
    assert done.held == {"left": 1}
    await not_a_word_more(stack)


async def test_bought_during_the_call(open_stack: OpenStack) -> None:
    """What was begun counts as before: it goes, and nothing after it."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", channels=("push", "email"))
    gate = watched(stack, before=lambda _: buy(stack))
    assert (await worker(stack, gate).deliver()).outcomes == {"sent": 1}
    assert await _begun_before_the_exit(stack)
    await stack.at(stack.now.replace(hour=13))  # the silence after the push is over
    await stack.run(CART)
    assert stack.sent() == [("push", "push-kolya")]


async def test_the_busy_do_not_hold_up_the_others(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", "olya", "tolya")
    async with stack.runtime.database.transaction() as connection:
        await connection.execute("SELECT FROM customer WHERE attributes->>'first_name' = 'Olya' FOR NO KEY UPDATE")
        done = await soon(worker(stack).deliver(), 2)
    assert (done.outcomes, done.held) == ({"sent": 2}, {"busy": 1})
    assert (await worker(stack).deliver(Channel.PUSH)).outcomes == {"sent": 1}


async def _begun_before_the_exit(stack: Stack) -> bool:
    rows: list[dict[str, Any]] = await stack.rows(
        """SELECT m.sending_at <= e.received_at AS before FROM message m, event e WHERE e.name = 'order_completed'"""
    )
    return [row["before"] for row in rows] == [True]
