"""Receipts that one webhook tells twice, and those of messages that only the journey's owner got."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel, Receipt, ReceiptKind
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.ingestion import receipts
from kaskad.services.ingestion.receipts import ReceiptResult
from tests.support.delivering import CART, everybody, queue, worker
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio


async def test_the_same_receipt_twice_in_one_webhook_counts_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await queue(stack, "kolya")
    await stack.run(CART)
    complained = Receipt(id_, ReceiptKind.COMPLAINED, stack.now)
    assert await receipts.apply_provider_receipts(
        stack.runtime, "sandbox_push", [complained, complained]
    ) == ReceiptResult(new=1)
    assert len(await stack.rows("SELECT id FROM consent WHERE NOT granted")) == 1


async def test_of_two_times_the_earlier_is_kept_everywhere(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await queue(stack, "kolya")
    await stack.run(CART)
    first, second = stack.now + timedelta(minutes=5), stack.now + timedelta(minutes=9)
    await stack.at(timedelta(minutes=10))
    reported = [Receipt(id_, ReceiptKind.DELIVERED, at) for at in (second, first)]
    await receipts.apply_provider_receipts(stack.runtime, "sandbox_push", reported)
    (row,) = await stack.rows("SELECT delivered_at FROM message")
    (event,) = await stack.rows("SELECT occurred_at FROM event WHERE name = 'message_delivered'")
    assert (row["delivered_at"], event["occurred_at"]) == (first, first)


async def test_the_owner_of_a_journey_unsubscribes_nobody_by_a_test(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("kolya", "email")
    await stack.cart("kolya")
    await stack.tills()
    await manual_enrollment.enroll(stack.runtime, CART, "kolya", mode=Mode.TEST)
    assert (await worker(stack).deliver(Channel.EMAIL)).outcomes == {"sent": 1}
    (message,) = await stack.rows("SELECT id FROM message")
    await receipts.unsubscribe(stack.runtime, message["id"])
    assert await stack.rows("SELECT id FROM consent WHERE NOT granted") == []
