"""Whose provider keeps a key is called again under it: whatever came the first time, one message goes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel, OutboundMessage, Receipt, ReceiptKind
from kaskad.domain.journeys.project import Project
from kaskad.sandbox.providers import Outcome
from kaskad.services.delivery import unknowns
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, lease_ran_out, queue, worker
from tests.support.outages.unknown_outcomes import LOSING, calls, lost, mute, push, settled
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


async def test_under_a_key_that_is_kept_it_is_called_again_and_goes_once(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=push("never_resend", keeps=3600))
    (id_,) = await queue(stack, "kolya")
    asking = worker(stack, mute(stack))
    assert (await asking.deliver()).outcomes == {"unknown": 1}
    assert (await unknowns.resolve_due(asking)).outcomes == {"queued": 1}
    assert (await asking.deliver()).claimed == 0, "not at once"
    await stack.at(timedelta(seconds=15))
    assert (await asking.deliver()).outcomes == {"sent": 1}
    assert await settled(stack) == [("sent", "key")]
    assert calls(stack) == {Outcome.LOST: 1, Outcome.DUPLICATE: 1}
    assert {record.key for record in stack.sandbox.received} == {str(id_)}


async def test_what_never_came_goes_under_its_key(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=push("never_resend", keeps=3600))
    await queue(stack, "kolya")
    await worker(stack, mute(stack, before=lost)).deliver()
    assert (await unknowns.resolve_due(worker(stack, mute(stack)))).outcomes == {"queued": 1}
    await stack.at(timedelta(seconds=15))
    assert (await stack.run(CART)).outcomes == {"sent": 1}
    assert calls(stack) == {Outcome.ACCEPTED: 1}


@pytest.mark.parametrize("keeps", [0, 130])  # a call may take its lease, 120 s, and the first pause is 15 s
async def test_a_key_that_is_not_kept_for_long_enough_is_not_used(keeps: int, open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=push("never_resend", keeps=keeps))
    await queue(stack, "kolya")
    asking = worker(stack, mute(stack))
    await asking.deliver()
    assert (await unknowns.resolve_due(asking)).outcomes == {"unknown": 1}
    assert calls(stack) == {Outcome.LOST: 1}


async def test_a_key_that_ran_out_on_the_way_is_not_used(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=push("never_resend", keeps=600))
    await queue(stack, "kolya")
    asking = worker(stack, mute(stack))
    await asking.deliver()
    await unknowns.resolve_due(asking)
    await stack.at(timedelta(seconds=481))
    assert not (await asking.deliver()).outcomes
    assert await settled(stack) == [("unknown", None)]
    assert calls(stack) == {Outcome.LOST: 1}


async def test_who_bought_meanwhile_gets_no_second_call_and_the_first_stays_unknown(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=push("never_resend", keeps=3600))
    await queue(stack, "kolya")
    asking = worker(stack, mute(stack, before=lost))
    await asking.deliver()
    await unknowns.resolve_due(asking)
    await stack.track("kolya", "Order Completed", order_id="o1", total=1500)
    await stack.at(timedelta(seconds=15))
    await stack.run(CART)
    assert not stack.sandbox.received
    assert await settled(stack) == [("unknown", None)], "it may have gone: never dropped"
    await stack.at(DAY)
    assert (await unknowns.resolve_due(asking)).outcomes == {"unknown": 1}
    assert await settled(stack) == [("unknown", "deadline")]


async def test_tries_under_one_key_are_bounded_and_further_and_further_apart(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=push("never_resend", keeps=86_400))
    await queue(stack, "kolya")
    dead = mute(stack, before=lost)
    asking = worker(stack, dead)
    tried = [timedelta()]
    for _ in range(30):
        before = len(dead.calls)
        await asking.deliver()
        await unknowns.resolve_due(asking)
        if len(dead.calls) > before:
            tried.append(tried[-1])
        await stack.at(timedelta(seconds=60))
        tried[-1] += timedelta(seconds=60)
    assert len(dead.calls) == 5
    assert await settled(stack) == [("unknown", None)]


async def test_a_receipt_stops_what_waits_to_be_tried_again(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=push("never_resend", keeps=3600))
    (id_,) = await queue(stack, "kolya")
    asking = worker(stack, mute(stack))
    await asking.deliver()
    await unknowns.resolve_due(asking)
    await receipts.apply_provider_receipts(stack.runtime, "sandbox_push", [Receipt(id_, ReceiptKind.SENT, stack.now)])
    await stack.at(timedelta(minutes=1))
    assert (await asking.deliver()).claimed == 0
    assert await settled(stack) == [("sent", "receipt")]
    assert calls(stack) == {Outcome.LOST: 1}


async def test_a_worker_that_dies_while_it_tries_again_leaves_an_unknown(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=LOSING, edit=push("never_resend", keeps=3600))

    async def die(_: OutboundMessage) -> None:
        raise ConnectionError("the worker is gone")

    await queue(stack, "kolya")
    asking = worker(stack, mute(stack))
    await asking.deliver()
    await unknowns.resolve_due(asking)
    await stack.at(timedelta(seconds=15))
    with pytest.raises(ConnectionError):
        await worker(stack, mute(stack, before=die)).deliver()
    await lease_ran_out(stack)
    assert (await unknowns.resolve_due(asking)).outcomes == {"queued": 1}
    await stack.at(timedelta(minutes=1))
    await asking.deliver()
    assert await settled(stack) == [("sent", "key")]
    assert calls(stack) == {Outcome.LOST: 1, Outcome.DUPLICATE: 1}


async def test_it_never_goes_by_another_provider(open_stack: OpenStack) -> None:
    """Only the provider that may have it takes both calls for one."""

    def edit(project: Project) -> Project:
        project = push("never_resend", keeps=3600)(project)
        spec = project.channels[Channel.PUSH].model_copy(update={"providers": ("second_push", "sandbox_push")})
        second = project.providers["sandbox_push"].model_copy(update={"name": "second_push"})
        return project.model_copy(
            update={
                "channels": {**project.channels, Channel.PUSH: spec},
                "providers": {**project.providers, "second_push": second},
            }
        )

    stack = await open_stack(behaviour=LOSING, edit=edit)
    await queue(stack, "kolya")
    await stack.rows("INSERT INTO stop (scope, name, by, at) VALUES ('provider', 'second_push', 'me', now())")
    asking = worker(stack, mute(stack))
    await asking.deliver()
    await stack.rows("DELETE FROM stop")
    await unknowns.resolve_due(asking)
    await stack.at(timedelta(seconds=15))
    await asking.deliver()
    (row,) = await stack.rows("SELECT provider, settled_by FROM message")
    assert row == {"provider": "sandbox_push", "settled_by": "key"}
