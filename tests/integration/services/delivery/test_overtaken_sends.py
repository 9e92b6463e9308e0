"""What happens while a message is being called, or just before: receipts before the answer, purchases, late success."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel, OutboundMessage, Receipt, ReceiptKind
from kaskad.services.delivery import unknowns
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, WatchedRenderer, everybody, lease_ran_out, queue, statuses, watched, worker
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
BOTH = ("push", "email")


async def apply_receipt(stack: Stack, message: OutboundMessage, kind: ReceiptKind) -> None:
    await receipts.apply_provider_receipts(stack.runtime, "sandbox_push", [Receipt(message.id, kind, stack.now)])


async def test_a_bounce_that_overtakes_the_answer_counts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", channels=BOTH)
    await worker(
        stack, watched(stack, after=lambda message: apply_receipt(stack, message, ReceiptKind.FAILED))
    ).deliver()
    assert await statuses(stack) == [("push", "failed", "provider_refused")]
    await stack.run(CART)
    assert [channel for channel, _ in stack.sent()] == ["push", "email"]


@pytest.mark.parametrize("kind", [ReceiptKind.SENT, ReceiptKind.DELIVERED, ReceiptKind.OPENED])
async def test_a_receipt_that_came_before_the_worker_died_settles_it(kind: ReceiptKind, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)

    async def die(message: OutboundMessage) -> None:
        await apply_receipt(stack, message, kind)
        raise ConnectionError

    await queue(stack, "kolya", channels=BOTH)
    with pytest.raises(ConnectionError):
        await worker(stack, watched(stack, after=die)).deliver()
    await lease_ran_out(stack)
    await unknowns.expire_leases(stack.runtime)
    assert await statuses(stack) == [("push", "sent", None)]


async def test_an_answer_after_the_receipt_changes_nothing(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", channels=BOTH)
    gate = watched(stack, after=lambda message: apply_receipt(stack, message, ReceiptKind.OPENED))
    await worker(stack, gate).deliver()
    await stack.run(CART)
    assert await statuses(stack) == [("push", "sent", None)]
    (row,) = await stack.rows("SELECT step FROM enrollment")
    assert row["step"].startswith("wait:"), "opened: the step is over"


async def test_a_purchase_during_the_call_is_heard_at_once(open_stack: OpenStack) -> None:
    """Settling must not put off what the purchase has woken until the silence would be over."""
    stack = await open_stack(edit=everybody)

    async def buy(_: OutboundMessage) -> None:
        await stack.track("kolya", "Order Completed", order_id="o1", total=900, place="site")

    await queue(stack, "kolya", channels=BOTH)
    await worker(stack, watched(stack, before=buy)).deliver()
    assert (await stack.decide(CART)).left == 1


async def test_an_open_between_claim_and_look_calls_the_next_rung_back(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (push,) = await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    await stack.at(timedelta(hours=2))
    await stack.tills()
    await stack.decide(CART)
    opened = Receipt(push, ReceiptKind.OPENED, stack.now)
    message_renderer = WatchedRenderer(
        after=lambda: receipts.apply_provider_receipts(stack.runtime, "sandbox_push", [opened])
    )
    assert (await worker(stack, message_renderer=message_renderer).deliver(Channel.EMAIL)).held == {"superseded": 1}
    assert [channel for channel, _ in stack.sent()] == ["push"]
