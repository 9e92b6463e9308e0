"""Sends of which nobody can tell: they wait like silence, and whoever can tell ends that."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from kaskad.domain.channel import Channel, OutboundMessage, Receipt, ReceiptKind, Refused, Unknown
from kaskad.sandbox.providers import Behaviour
from kaskad.services.delivery import unknowns
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, Watched, everybody, lease_ran_out, queue, statuses, watched, worker
from tests.support.outages.unknown_outcomes import LOSING
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
BOTH = ("push", "email")


async def test_an_unknown_is_not_sent_again_and_does_not_fall_through(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=everybody)
    await queue(stack, "kolya", channels=BOTH)
    assert (await stack.run(CART)).outcomes == {"unknown": 1}
    await stack.at(timedelta(hours=1, minutes=59))
    await stack.tills()
    assert (await stack.run(CART)).claimed == 0
    assert stack.sent() == [("push", "push-kolya")]


async def test_an_unknown_waits_as_long_as_silence_does(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=everybody)
    await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    await stack.at(timedelta(hours=2))
    await stack.tills()
    await stack.run(CART)
    assert stack.sent() == [("push", "push-kolya"), ("email", "kolya@customer.example")]


async def test_looking_it_up_tells_that_it_went(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=everybody)
    (id_,) = await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    assert (await unknowns.resolve_due(stack.runtime)).outcomes == {"sent": 1}
    (row,) = await stack.rows("SELECT status, reference, sent_at FROM message")
    assert row == {"status": "sent", "reference": f"push-{str(id_)[:13]}", "sent_at": stack.now}
    await stack.run(CART)
    assert len(stack.sandbox.received) == 1


async def test_looking_it_up_tells_that_it_never_came(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)

    async def lost_on_the_way(_: OutboundMessage) -> Unknown:
        return Unknown("the line went dead")

    (id_,) = await queue(stack, "kolya")
    await worker(stack, watched(stack, before=lost_on_the_way)).deliver()
    assert (await unknowns.resolve_due(stack.runtime)).outcomes == {"queued": 1}
    await stack.at(timedelta(seconds=30))
    assert (await stack.run(CART)).outcomes == {"sent": 1}
    assert [record.key for record in stack.sandbox.received] == [str(id_)], "under the same key"


async def test_looking_it_up_tells_that_it_was_refused(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)

    class Telling(Watched):
        async def get_delivery_status(self, message: UUID) -> Refused:
            return Refused("no such device", address_dead=True)

    async def no_answer(_: OutboundMessage) -> Unknown:
        return Unknown("?")

    await queue(stack, "kolya", channels=BOTH)
    asking = worker(stack, Telling(stack.runtime.providers["sandbox_push"], before=no_answer))
    await asking.deliver()
    assert (await unknowns.resolve_due(asking)).outcomes == {"failed": 1}
    assert await statuses(stack) == [("push", "failed", "provider_refused")]
    await stack.run(CART)
    assert stack.sent() == [("email", "kolya@customer.example")], "a failure falls through at once"


async def test_what_nobody_can_tell_stays_unknown(open_stack: OpenStack) -> None:
    """SMTP has no way to ask."""
    stack = await open_stack(behaviour=LOSING, edit=everybody)
    await queue(stack, "kolya", channels=("email",))
    await stack.run(CART)
    assert (await unknowns.resolve_due(stack.runtime)).outcomes == {"unknown": 1}
    assert await statuses(stack) == [("email", "unknown", None)]


@pytest.mark.parametrize("kind", [ReceiptKind.SENT, ReceiptKind.DELIVERED, ReceiptKind.OPENED])
async def test_a_receipt_heals_an_unknown(kind: ReceiptKind, open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=everybody)
    (id_,) = await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    began = stack.now
    await stack.at(timedelta(minutes=5))
    assert (
        await receipts.apply_provider_receipts(stack.runtime, "sandbox_push", [Receipt(id_, kind, stack.now)])
    ).new == 1
    (row,) = await stack.rows("SELECT status, sent_at FROM message")
    assert row == {"status": "sent", "sent_at": began}


async def test_a_receipt_ends_an_unknown_as_failed(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=everybody)
    (id_,) = await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    gone = Receipt(id_, ReceiptKind.FAILED, stack.now, address_dead=True)
    await receipts.apply_provider_receipts(stack.runtime, "sandbox_push", [gone])
    stack.sandbox.behaviour = Behaviour()
    await stack.run(CART)
    assert await statuses(stack) == [("email", "sent", None), ("push", "failed", "provider_refused")]
    assert await _state(stack, Channel.PUSH) == "dead"


async def test_what_was_being_sent_when_the_worker_died_is_unknown(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    seen: list[int] = []

    async def die(_: OutboundMessage) -> None:
        await lease_ran_out(stack)
        seen.append(await unknowns.expire_leases(stack.runtime))
        raise ConnectionError("the worker is gone")

    await queue(stack, "kolya")
    with pytest.raises(ConnectionError):
        await worker(stack, watched(stack, before=die)).deliver()
    assert seen == [1]
    assert await statuses(stack) == [("push", "unknown", None)]
    assert (await worker(stack).deliver()).claimed == 0


async def _state(stack: Stack, channel: Channel) -> str:
    (row,) = await stack.rows("SELECT state FROM contact WHERE channel = %(channel)s", channel=channel.value)
    return str(row["state"])
