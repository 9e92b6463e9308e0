"""Cancelled, or broken, in the middle: what was not begun is queued at once, what was settled stays."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from kaskad.domain.channel import OutboundMessage
from kaskad.services.delivery import unknowns
from kaskad.services.delivery.provider_calls import CALLS_PER_LOOP_TURN
from tests.support.delivering import (
    WatchedDatabase,
    WatchedRenderer,
    everybody,
    lease_ran_out,
    pushing,
    queue,
    soon,
    statuses,
    watched,
    worker,
)
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
SIX = ("a", "b", "c", "d", "e", "f")


async def by_status(stack: Stack) -> Counter[str]:
    return Counter(status for _, status, _ in await statuses(stack))


async def cancelled(delivering: asyncio.Task[object]) -> None:
    delivering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await soon(delivering)


async def test_cancelled_in_the_middle_of_calls(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=pushing(concurrency=2))
    ids = await queue(stack, *SIX)
    calling = asyncio.Semaphore(0)

    async def hang_in_the_second_batch(_: OutboundMessage) -> None:
        if len(gate.calls) > 2:
            calling.release()
            await asyncio.get_running_loop().create_future()

    gate = watched(stack, before=hang_in_the_second_batch)
    delivering = asyncio.create_task(worker(stack, gate).deliver())
    await soon(calling.acquire())
    await soon(calling.acquire())
    await cancelled(delivering)
    assert await by_status(stack) == {"sent": 2, "sending": 2, "queued": 2}
    begun = set(gate.calls[2:])
    await lease_ran_out(stack)
    await unknowns.expire_leases(stack.runtime)
    unknown = {row["id"] for row in await stack.rows("SELECT id FROM message WHERE status = 'unknown'")}
    assert unknown == begun
    assert (await worker(stack).deliver()).outcomes == {"sent": 2}
    assert {record.key for record in stack.reached} == {str(id_) for id_ in ids if id_ not in begun}


async def test_cancelled_while_calls_begin_those_without_a_turn_go_back(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=pushing(concurrency=60))
    await queue(stack, *"abcdefghijkl")

    async def hang(_: OutboundMessage) -> None:
        delivering.cancel()
        await asyncio.get_running_loop().create_future()

    gate = watched(stack, before=hang)
    delivering = asyncio.create_task(worker(stack, gate).deliver())
    with pytest.raises(asyncio.CancelledError):
        await soon(delivering)
    assert await by_status(stack) == {"sending": CALLS_PER_LOOP_TURN, "queued": 12 - CALLS_PER_LOOP_TURN}


@pytest.mark.parametrize("point", ["before", "after"])
async def test_cancelled_while_rendering(point: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, *SIX)
    rendering = asyncio.Event()

    async def hang() -> None:
        rendering.set()
        await asyncio.get_running_loop().create_future()

    delivering = asyncio.create_task(worker(stack, message_renderer=WatchedRenderer(**{point: hang})).deliver())
    await soon(rendering.wait())
    await cancelled(delivering)
    assert await by_status(stack) == {"queued": 6}
    assert (await worker(stack).deliver()).outcomes == {"sent": 6}


async def test_cancelled_between_the_look_and_the_calls(open_stack: OpenStack) -> None:
    """Committed as `sending`, not called: nobody but the sandbox could tell, so it is unknown, not failed."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    looked = asyncio.Event()

    async def hang(transactions: int) -> None:
        if transactions == 3:  # the claim, the turn, the look
            looked.set()
            await asyncio.get_running_loop().create_future()

    database = WatchedDatabase(stack.runtime.database, after=hang)
    delivering = asyncio.create_task(worker(stack, database=database).deliver())
    await soon(looked.wait())
    await cancelled(delivering)
    assert await by_status(stack) == {"sending": 1}
    assert stack.sandbox.received == []


async def test_one_that_breaks_does_not_lose_the_outcomes_of_the_others(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=pushing(concurrency=3))
    await queue(stack, *SIX)

    async def break_the_first(message: OutboundMessage) -> None:
        if message.id == gate.calls[0]:
            raise ZeroDivisionError("a defect of the provider's adapter")

    gate = watched(stack, before=break_the_first)
    with pytest.raises(ZeroDivisionError):
        await worker(stack, gate).deliver()
    assert await by_status(stack) == {"sent": 2, "sending": 1, "queued": 3}
    assert (await worker(stack).deliver()).outcomes == {"sent": 3}
    assert len({record.key for record in stack.reached}) == len(stack.sandbox.received) == 5


async def test_one_that_cannot_be_rendered_by_a_defect_gives_all_claims_back(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, *SIX)

    async def defect() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await worker(stack, message_renderer=WatchedRenderer(before=defect)).deliver()
    assert await by_status(stack) == {"queued": 6}


async def test_another_worker_takes_over_what_was_given_back(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=pushing(concurrency=1))
    ids = await queue(stack, *SIX)
    calling = asyncio.Event()

    async def hang(_: OutboundMessage) -> None:
        calling.set()
        await asyncio.get_running_loop().create_future()

    first = asyncio.create_task(worker(stack, watched(stack, before=hang)).deliver(limit=4))
    await soon(calling.wait())
    other = worker(stack)
    assert (await other.deliver()).outcomes == {"sent": 2}
    await cancelled(first)
    assert (await other.deliver()).outcomes == {"sent": 3}
    assert await by_status(stack) == {"sent": 5, "sending": 1}
    assert len({record.key for record in stack.sandbox.received} & {str(id_) for id_ in ids}) == 5
