"""Two workers on one queue, leases that run out, and the fence that keeps late workers from settling."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel, OutboundMessage, Refused
from kaskad.services.delivery import unknowns
from kaskad.services.delivery.deliver import DeliveryBatchResult
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages
from kaskad.storage.delivery.messages import ClaimedMessage
from tests.support.delivering import (
    CART,
    WatchedRenderer,
    everybody,
    lease_ran_out,
    queue,
    soon,
    statuses,
    until,
    watched,
    worker,
)
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
CROWD = [f"n{number}" for number in range(60)]
LEASE = timedelta(seconds=120)


class Meeting:
    """A point that nobody passes before `size` have come."""

    def __init__(self, size: int) -> None:
        self._missing, self._all_here = size, asyncio.Event()

    async def __call__(self, *_: object) -> None:
        self._missing -= 1
        if self._missing <= 0:
            self._all_here.set()
        await soon(self._all_here.wait())


async def test_two_workers_call_each_message_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    ids = await queue(stack, *CROWD)
    met = Meeting(2)  # both hold claims before either sends
    gates = [watched(stack), watched(stack)]
    workers = [worker(stack, gate, message_renderer=WatchedRenderer(before=met)) for gate in gates]
    done = await asyncio.gather(*(delivery_worker.deliver(limit=30) for delivery_worker in workers))
    done += await asyncio.gather(*(delivery_worker.deliver() for delivery_worker in workers))
    calls = [id_ for gate in gates for id_ in gate.calls]
    assert sorted(calls) == ids
    assert all(gate.calls for gate in gates)
    assert sum((delivered.outcomes for delivered in done), Counter()) == {"sent": 60}
    assert Counter(record.outcome for record in stack.sandbox.received) == {"accepted": 60}


async def test_a_claim_of_the_dead_goes_back_to_the_queue(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    died = asyncio.Event()
    dead = worker(stack, lease=0, message_renderer=WatchedRenderer(before=died.wait))
    holding = asyncio.create_task(dead.deliver())
    await _until(stack, "claimed")
    assert (await worker(stack).deliver()).claimed == 0, "somebody holds it"
    assert await unknowns.expire_leases(stack.runtime) == 1
    assert await statuses(stack) == [("push", "queued", None)]
    assert (await worker(stack).deliver()).outcomes == {"sent": 1}
    died.set()
    assert (await soon(holding)).outcomes == {}, "its claim is lost: the look finds nothing"
    assert len(stack.sandbox.received) == 1


async def test_a_living_lease_is_not_swept(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)

    async def sweep(*_: object) -> None:
        assert await unknowns.expire_leases(stack.runtime) == 0

    await queue(stack, "kolya")
    swept = worker(stack, watched(stack, before=sweep), message_renderer=WatchedRenderer(before=sweep))
    assert (await swept.deliver()).outcomes == {"sent": 1}


Turn = tuple[asyncio.Task[DeliveryBatchResult], asyncio.Event]


async def _two_turns(stack: Stack) -> tuple[Turn, Turn]:
    """Two deliveries of one message: the first has lost its lease to the second; each renders once its event is set."""
    await queue(stack, "kolya")
    late, later = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(worker(stack, lease=0, message_renderer=WatchedRenderer(before=late.wait)).deliver())
    await _until(stack, "claimed")
    await unknowns.expire_leases(stack.runtime)
    second = asyncio.create_task(worker(stack, message_renderer=WatchedRenderer(before=later.wait)).deliver())
    await _until(stack, "claimed", fence=2)
    return (first, late), (second, later)


async def test_who_lost_the_fence_can_not_look(open_stack: OpenStack) -> None:
    """Two hold it by turns; only the later claim may send, while the earlier one is at its rendering."""
    stack = await open_stack(edit=everybody)
    (first, late), (second, later) = await _two_turns(stack)
    late.set()
    assert (await soon(first)).outcomes == {}
    later.set()
    assert (await soon(second)).outcomes == {"sent": 1}


async def test_who_lost_the_fence_can_not_give_back_what_another_holds(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (first, _), (second, later) = await _two_turns(stack)
    first.cancel()
    await asyncio.wait([first])
    assert await statuses(stack) == [("push", "claimed", None)]
    later.set()
    assert (await soon(second)).outcomes == {"sent": 1}


async def test_who_lost_the_fence_can_not_settle(open_stack: OpenStack) -> None:
    """Its lease ran out during the call, and another sends what the provider said it never got; then it answers."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", channels=("push", "email"))
    calling, answered = asyncio.Event(), asyncio.Event()

    async def refuse_late(_: OutboundMessage) -> Refused:
        calling.set()
        await soon(answered.wait())
        return Refused("an answer of long ago", address_dead=True)

    async def let_the_first_settle(_: OutboundMessage) -> None:
        answered.set()
        await soon(first)
        assert await statuses(stack) == [("push", "sending", None)]

    first = asyncio.create_task(worker(stack, watched(stack, before=refuse_late)).deliver())
    await soon(calling.wait())
    await lease_ran_out(stack)
    assert (await unknowns.resolve_due(stack.runtime)).outcomes == {"queued": 1}
    await stack.at(timedelta(seconds=30))
    assert (await worker(stack, watched(stack, before=let_the_first_settle)).deliver()).outcomes == {"sent": 1}
    assert await statuses(stack) == [("push", "sent", None)]
    assert {row["state"] for row in await stack.rows("SELECT state FROM contact")} == {"active"}


async def test_a_late_answer_turns_an_unknown_into_what_it_was(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")

    async def outlive_the_lease(_: OutboundMessage) -> None:
        await lease_ran_out(stack)
        assert await unknowns.expire_leases(stack.runtime) == 1
        assert await statuses(stack) == [("push", "unknown", None)]

    assert (await worker(stack, watched(stack, after=outlive_the_lease)).deliver()).outcomes == {"sent": 1}
    assert await statuses(stack) == [("push", "sent", None)]


async def test_with_too_little_of_the_lease_left_nothing_is_sent(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    gate = watched(stack)
    done = await worker(stack, gate, lease=1e-6).deliver()
    assert (gate.calls, stack.sandbox.received, done.outcomes) == ([], [], {"queued": 1})
    (row,) = await stack.rows("SELECT status, not_before FROM message")
    assert row == {"status": "queued", "not_before": stack.now + timedelta(seconds=30)}


async def test_a_settled_message_is_never_swept(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", "olya")
    await worker(stack).deliver(limit=1)
    assert await stack.rows("SELECT lease_until FROM message WHERE lease_until IS NOT NULL") == []
    assert await unknowns.expire_leases(stack.runtime) == 0


async def _until(stack: Stack, status: str, fence: int = 1) -> None:
    sql = "SELECT id FROM message WHERE status::text = %(status)s AND fence = %(fence)s"
    await until(stack, sql, status=status, fence=fence)


async def test_two_workers_claim_different_messages(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    ids = await queue(stack, "kolya", "olya")

    async def claimed(connection: Connection, limit: int) -> list[ClaimedMessage]:
        return await asyncio.wait_for(
            messages.claim_messages(connection, CART, Channel.PUSH, now=stack.now, lease=LEASE, limit=limit), 1.5
        )

    async with stack.runtime.database.transaction() as first, stack.runtime.database.transaction() as other:
        assert sorted(held.id for held in [*await claimed(first, 1), *await claimed(other, 10)]) == ids


async def test_leases_go_by_the_machines_clock(open_stack: OpenStack) -> None:
    """The engine's clock may stand, or run through a year in a minute: the dead are dead all the same."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    left: list[timedelta] = []

    async def read() -> None:
        left.extend(
            row["rest"] for row in await stack.rows("SELECT lease_until - clock_timestamp() AS rest FROM message")
        )

    assert (await worker(stack, message_renderer=WatchedRenderer(before=read)).deliver()).outcomes == {"sent": 1}
    assert timedelta(0) < left[0] <= stack.runtime.lease
