"""Settling in bad weather: long locks, cancelling, slow commits, dead workers. What was answered is never forgotten."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel, OutboundMessage
from kaskad.domain.journeys.project import Project
from kaskad.services.delivery import unknowns
from kaskad.services.operations import pausing
from tests.support.delivering import (
    CART,
    WatchedDatabase,
    WatchedRenderer,
    everybody,
    lease_ran_out,
    locked_out,
    pushing,
    queue,
    soon,
    statuses,
    watched,
    worker,
)
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio
WAITING = """
SELECT DISTINCT xact_start FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"""
SLOW_COMMIT = [
    """CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN IF NEW.status = 'sending' THEN PERFORM pg_sleep(0.6); END IF; RETURN NULL; END $$""",
    """CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON message DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION slow()""",
]


async def test_a_customer_who_is_locked_for_long_costs_no_outcome(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", "olya")
    async with stack.runtime.database.transaction() as connection:

        async def take_one(_: OutboundMessage) -> None:
            await connection.execute("SELECT id FROM customer ORDER BY id LIMIT 1 FOR NO KEY UPDATE")

        delivering = asyncio.create_task(worker(stack, watched(stack, before=take_one)).deliver())
        await locked_out(stack)
        (first,) = await stack.rows(WAITING)
        async with asyncio.timeout(10):
            while await stack.rows(WAITING) in ([], [first]):  # noqa: ASYNC110 - until its lock_timeout is over
                await asyncio.sleep(0.02)
    assert (await soon(delivering)).outcomes == {"sent": 2}
    assert await statuses(stack) == [("push", "sent", None)] * 2


async def test_what_was_answered_before_the_cancelling_is_settled(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", "olya")
    answered, calling = asyncio.Event(), asyncio.Event()

    async def hang_the_first(_: OutboundMessage) -> None:
        if len(gate.calls) == 1:
            calling.set()
            await asyncio.get_running_loop().create_future()

    async def answer(_: OutboundMessage) -> None:
        answered.set()

    gate = watched(stack, before=hang_the_first, after=answer)
    delivering = asyncio.create_task(worker(stack, gate).deliver())
    await soon(asyncio.gather(calling.wait(), answered.wait()))
    delivering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await soon(delivering)
    assert {status for _, status, _ in await statuses(stack)} == {"sending", "sent"}


async def test_a_slow_commit_uses_the_lease_up(open_stack: OpenStack) -> None:
    """The lease counts from when it was written, not from when the commit came back."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    for statement in SLOW_COMMIT:
        await stack.rows(statement)
    gate = watched(stack)
    assert (await worker(stack, gate, lease=0.5).deliver()).outcomes == {"queued": 1}
    assert gate.calls == []


async def test_an_unknown_of_a_dead_worker_waits_like_silence(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)

    async def die(_: OutboundMessage) -> None:
        raise ConnectionError

    await queue(stack, "kolya", channels=("push", "email"))
    with pytest.raises(ConnectionError):
        await worker(stack, watched(stack, before=die)).deliver()
    await lease_ran_out(stack)
    await unknowns.expire_leases(stack.runtime)
    await stack.run(CART)
    assert stack.sent() == [], "it does not fall through"
    await stack.at(timedelta(hours=2))
    await stack.tills()
    await stack.run(CART)
    assert [channel for channel, _ in stack.sent()] == ["email"], "and not a day later"


def only_a_call(project: Project) -> Project:
    project = everybody(project)
    cart = project.journeys[CART].model_copy(update={"steps": project.journeys[CART].steps[-1:]})
    return project.model_copy(update={"journeys": {**project.journeys, CART: cart}})


async def test_a_call_of_a_dead_worker_is_not_lost(open_stack: OpenStack) -> None:
    """Nothing had left the stack: its task is opened by the next."""
    stack = await open_stack(edit=only_a_call)

    async def die(transactions: int) -> None:
        if transactions == 2:
            raise ConnectionError

    await queue(stack, "kolya", channels=("call",))
    with pytest.raises(ConnectionError):
        await worker(stack, database=WatchedDatabase(stack.runtime.database, die)).deliver(Channel.CALL)
    await lease_ran_out(stack)
    await unknowns.expire_leases(stack.runtime)
    await stack.run(CART)
    assert len(await stack.rows("SELECT id FROM call_task")) == 1


async def test_rendering_gives_the_loop_back_after_each_message(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=pushing(concurrency=8))
    await queue(stack, *(f"n{number}" for number in range(30)))
    turn, seen = 0, list[int]()

    async def tick() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    async def rendered() -> None:
        seen.append(turn)

    ticking = asyncio.create_task(tick())
    await worker(stack, message_renderer=WatchedRenderer(after=rendered)).deliver()
    ticking.cancel()
    assert len(set(seen)) == 30


async def test_a_pause_between_claim_and_look_holds_until_it_goes_on(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    message_renderer = WatchedRenderer(after=lambda: pausing.set_paused(stack.runtime, CART, True))
    assert (await worker(stack, message_renderer=message_renderer).deliver()).held == {"paused": 1}
    assert (await soon(stack.run(CART))).claimed == 0, "paused, it comes to rest"
    await pausing.set_paused(stack.runtime, CART, False)
    assert (await stack.run(CART)).outcomes == {"sent": 1}
