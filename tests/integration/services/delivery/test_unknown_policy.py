"""Every unknown ends classified: by receipt, answer, look-up, or its channel's policy at the deadline."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel, OutboundMessage, Receipt, ReceiptKind
from kaskad.sandbox.providers import Behaviour, Outcome
from kaskad.services.delivery import unknowns
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, everybody, lease_ran_out, leave_carts, queue, statuses, worker
from tests.support.outages.unknown_outcomes import LOSING, calls, lost, mute, push, settled
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio


async def test_who_cannot_tell_is_not_asked_at_every_sweep(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=everybody)
    await queue(stack, "kolya", channels=("email",))
    await stack.run(CART)
    assert (await unknowns.resolve_due(stack.runtime)).outcomes == {"unknown": 1}
    assert not (await unknowns.resolve_due(stack.runtime)).outcomes
    asked = 0
    for _ in range(24 * 60):
        await stack.at(timedelta(minutes=1))
        asked += sum((await unknowns.resolve_due(stack.runtime)).outcomes.values())
        if (await settled(stack))[0][1]:
            break
    assert asked < 40, "the longer nobody can tell, the more rarely"
    assert await settled(stack) == [("unknown", "deadline")]


async def test_at_the_deadline_policy_never_resend_closes_it_and_the_cascade_goes_on(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=push("never_resend", deadline=3600))
    await queue(stack, "kolya", channels=("push", "email"))
    asking = worker(stack, mute(stack))
    await asking.deliver()
    await stack.at(timedelta(minutes=59))
    await unknowns.resolve_due(asking)
    assert await settled(stack) == [("unknown", None)]
    await stack.at(timedelta(minutes=1))
    assert (await unknowns.resolve_due(asking)).outcomes == {"unknown": 1}
    assert await settled(stack) == [("unknown", "deadline")]
    assert not (await unknowns.resolve_due(asking)).outcomes, "it is asked about no more"
    (row,) = await stack.rows("SELECT due_at FROM enrollment")
    assert row["due_at"] <= stack.now
    assert calls(stack) == {Outcome.LOST: 1}


async def test_at_the_deadline_policy_resend_sends_once_more(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=push("resend", deadline=3600))
    (id_,) = await queue(stack, "kolya")
    asking = worker(stack, mute(stack))
    await asking.deliver()
    stack.sandbox.behaviour = Behaviour()
    await stack.at(timedelta(hours=1))
    await stack.tills()
    assert (await unknowns.resolve_due(asking)).outcomes == {"held": 1}
    await stack.decide(CART)
    assert (await asking.deliver()).outcomes == {"sent": 1}
    assert await settled(stack) == [("sent", "deadline")]
    assert [record.key for record in stack.sandbox.received] == [str(id_)] * 2


async def test_what_is_sent_again_and_again_ends_as_unknown(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=push("resend", deadline=600))
    await queue(stack, "kolya")
    dead = mute(stack, before=lost)
    asking = worker(stack, dead)
    for _ in range(9):
        await stack.decide(CART)
        await asking.deliver()
        await stack.at(timedelta(minutes=10))
        await stack.tills()
        await unknowns.resolve_due(asking)
    assert len(dead.calls) == 5
    assert await settled(stack) == [("unknown", "deadline")]


async def test_what_the_cascade_has_passed_by_is_not_sent_again(open_stack: OpenStack) -> None:
    """The push was silent for two hours, so an e-mail went: the push's deadline finds it unwanted."""
    stack = await open_stack(behaviour=LOSING, edit=push("resend", deadline=10_800))
    await queue(stack, "kolya", channels=("push", "email"))
    asking = worker(stack, mute(stack))
    await asking.deliver()
    await stack.at(timedelta(hours=2))
    await stack.tills()
    stack.sandbox.behaviour = Behaviour()
    await stack.run(CART)
    await stack.at(timedelta(hours=1))
    await unknowns.resolve_due(asking)
    assert await settled(stack) == [("unknown", "deadline"), ("sent", None)]
    assert [record.channel for record in stack.sandbox.received] == [Channel.PUSH, Channel.EMAIL]


async def test_a_late_receipt_turns_a_classified_unknown_into_sent(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=push("never_resend", deadline=3600))
    (id_,) = await queue(stack, "kolya")
    asking = worker(stack, mute(stack))
    await asking.deliver()
    await stack.at(timedelta(hours=1))
    await unknowns.resolve_due(asking)
    await receipts.apply_provider_receipts(
        stack.runtime, "sandbox_push", [Receipt(id_, ReceiptKind.DELIVERED, stack.now)]
    )
    assert await settled(stack) == [("sent", "receipt")]


async def test_a_late_answer_settles_it(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=push("never_resend"))

    async def slow(_: OutboundMessage) -> None:
        await lease_ran_out(stack)
        await unknowns.expire_leases(stack.runtime)
        assert await statuses(stack) == [("push", "unknown", None)]

    await queue(stack, "kolya")
    await worker(stack, mute(stack, before=slow)).deliver()
    assert await settled(stack) == [("sent", "answer")]


async def test_a_provider_without_its_secret_uses_up_no_attempts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    bare = worker(stack)
    bare.providers = {}
    for _ in range(7):
        assert (await bare.deliver()).outcomes == {"queued": 1}
        await stack.at(timedelta(seconds=30))
    assert (await worker(stack).deliver()).outcomes == {"sent": 1}
    (row,) = await stack.rows("SELECT attempt FROM message")
    assert row["attempt"] == 1


async def test_hundreds_are_settled_by_whoever_comes_first(open_stack: OpenStack) -> None:
    users = [f"n{number}" for number in range(230)]
    stack = await open_stack(edit=everybody)
    await leave_carts(stack, *users)
    await stack.decide(CART)
    await stack.rows(
        """UPDATE message SET status = 'unknown', provider = 'sandbox_push', attempt = 1, sending_at = %(now)s,
                                  unknown_since = %(now)s, ask_at = %(now)s""",
        now=stack.now,
    )
    await asyncio.gather(*(unknowns.resolve_due(stack.runtime) for _ in range(3)))
    assert Counter(await settled(stack)) == {("queued", "look_up"): 230}
