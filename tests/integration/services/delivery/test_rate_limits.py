"""A provider's rate holds for all workers together; a slow provider slows itself alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from kaskad.domain.channel import Channel
from kaskad.sandbox.providers import Behaviour, Rates
from tests.support.delivering import CART, everybody, leave_carts, pushing, queue, worker
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio
SECOND = timedelta(seconds=1)


def most_within(span: timedelta, times: list[datetime]) -> int:
    """The most calls within any such span."""
    return max(sum(first <= time < first + span for time in times) for first in times)


@asynccontextmanager
async def stalls() -> AsyncIterator[list[float]]:
    """How many seconds late this event loop woke up, each time: what a busy machine kept from it."""
    late = [0.0]

    async def tick() -> None:
        while True:
            due = time.monotonic() + 0.01
            await asyncio.sleep(0.01)
            late.append(time.monotonic() - due)

    ticking = asyncio.create_task(tick())
    try:
        yield late
    finally:
        ticking.cancel()


async def test_four_workers_keep_to_the_rate_of_one(open_stack: OpenStack) -> None:
    rate, people = 50, 200
    stack = await open_stack(edit=pushing(rate=rate))
    await queue(stack, *(f"n{number}" for number in range(people)))

    async def work(limit: int) -> None:
        only_worker = worker(stack)
        while (await only_worker.deliver(limit=limit)).claimed:
            pass

    began = time.monotonic()
    async with stalls() as late:
        await asyncio.gather(*(work(people // 4) for _ in range(4)))
    took = time.monotonic() - began
    times = [record.machine_at for record in stack.sandbox.received]
    assert len(times) == people
    assert took >= 0.9 * people / rate - 0.1
    # Whoever wakes late uses then the slots that it reserved. Each at a rate of its own, all would be here.
    assert most_within(2 * SECOND, times) <= min(1.3 * (2 + max(late)) * rate, 0.95 * people)


async def test_what_cannot_go_in_time_goes_back_to_the_queue(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    await stack.rows(
        "INSERT INTO carrier (name, next_free) VALUES ('sandbox_push', clock_timestamp() + interval '1 hour')"
    )
    done = await worker(stack, lease=1).deliver()
    assert (done.outcomes, stack.sandbox.received) == ({}, [])
    (row,) = await stack.rows("SELECT status, attempt FROM message")
    assert row == {"status": "queued", "attempt": 0}


async def test_a_slow_provider_slows_itself_alone(open_stack: OpenStack) -> None:
    behaviour = Behaviour(channels={Channel.PUSH: Rates(delay_s=1)})
    stack = await open_stack(behaviour=behaviour, edit=pushing(concurrency=10))
    await leave_carts(stack, *(f"push{number}" for number in range(20)))
    await stack.decide(CART)
    await leave_carts(stack, *(f"mail{number}" for number in range(20)), channels=("email",))
    await stack.decide(CART)
    only_worker = worker(stack)
    pushes = asyncio.create_task(only_worker.deliver(Channel.PUSH))
    assert (await only_worker.deliver(Channel.EMAIL)).outcomes == {"sent": 20}
    assert not pushes.done()
    assert (await pushes).outcomes == {"sent": 20}
