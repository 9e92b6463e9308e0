"""The cascade as customers see it: silence falls through, success ends it, also when it comes late."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from kaskad.domain.channel import Channel, Receipt, ReceiptKind
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, everybody, queue, statuses, worker
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
BOTH = ("push", "email")
PUSH, EMAIL = ("push", "push-kolya"), ("email", "kolya@customer.example")


async def apply_receipt(
    stack: Stack, message: UUID, kind: ReceiptKind, *, by_machine: bool = False, dead: bool = False
) -> int:
    receipt = Receipt(message, kind, stack.now, address_dead=dead, by_machine=by_machine)
    return (await receipts.apply_provider_receipts(stack.runtime, "sandbox_push", [receipt])).new


async def later(stack: Stack, hours: float) -> None:
    await stack.at(timedelta(hours=hours))
    await stack.tills()
    await stack.run(CART)


async def test_silence_falls_through_to_the_next_rung(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    await later(stack, 1.99)
    assert stack.sent() == [PUSH]
    await later(stack, 0.01)
    assert stack.sent() == [PUSH, EMAIL]


async def test_an_open_ends_it(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (push,) = await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    await later(stack, 1)
    assert await apply_receipt(stack, push, ReceiptKind.OPENED) == 1
    await stack.run(CART)
    (row,) = await stack.rows("SELECT step FROM enrollment")
    assert row["step"].startswith("wait:"), "it goes on at once, not when the silence would be over"
    await later(stack, 2)
    assert stack.sent() == [PUSH]


async def test_a_delivery_is_not_an_open(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (push,) = await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    await apply_receipt(stack, push, ReceiptKind.DELIVERED)
    await stack.run(CART)
    assert stack.sent() == [PUSH], "it wakes, and there is still silence"
    await later(stack, 2)
    assert stack.sent() == [PUSH, EMAIL]


async def test_an_open_by_a_machine_is_none(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (push,) = await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    assert await apply_receipt(stack, push, ReceiptKind.OPENED, by_machine=True) == 1
    await later(stack, 2)
    assert stack.sent() == [PUSH, EMAIL]
    assert await apply_receipt(stack, push, ReceiptKind.OPENED) == 1, (
        "the person who opens it later is heard all the same"
    )
    (row,) = await stack.rows("SELECT opened_at FROM message WHERE channel = 'push'")
    assert row["opened_at"] == stack.now


async def test_late_success_calls_back_the_rung_that_has_not_gone(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (push,) = await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    await stack.at(timedelta(hours=2))
    await stack.tills()
    await stack.decide(CART)
    assert await statuses(stack) == [("push", "sent", None), ("email", "queued", None)]
    await apply_receipt(stack, push, ReceiptKind.OPENED)
    await stack.decide(CART)
    assert await statuses(stack) == [("push", "sent", None), ("email", "dropped", "superseded")]
    assert (await worker(stack).deliver(Channel.EMAIL)).claimed == 0
    assert stack.sent() == [PUSH]


async def test_a_bounce_after_acceptance_falls_through_at_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (push,) = await queue(stack, "kolya", channels=BOTH)
    await stack.run(CART)
    await apply_receipt(stack, push, ReceiptKind.FAILED, dead=True)
    await stack.run(CART)
    assert stack.sent() == [PUSH, EMAIL]
    (row,) = await stack.rows("SELECT state FROM contact WHERE channel = 'push'")
    assert row == {"state": "dead"}


async def test_a_bounce_of_an_address_that_was_replaced_kills_only_that_one(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (push,) = await queue(stack, "kolya")
    await stack.run(CART)
    await stack.at(timedelta(minutes=1))
    await stack.identify("kolya", firstName="Kolya", context={"device": {"token": "push-new", "type": "ios"}})
    await apply_receipt(stack, push, ReceiptKind.FAILED, dead=True)
    assert await stack.rows("SELECT address, state FROM contact") == [{"address": "push-new", "state": "active"}]


async def test_a_rung_waits_for_no_longer_than_the_message_is_relevant(open_stack: OpenStack) -> None:
    """Thirty hours after the step began the e-mail, which waits for an open for a day, is not followed by a Viber."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya", channels=(*BOTH, "viber"))
    await stack.run(CART)
    await later(stack, 2)
    await later(stack, 22)
    assert stack.sent() == [PUSH, EMAIL]
    await later(stack, 6)  # the thirtieth hour
    assert stack.sent() == [PUSH, EMAIL]
    (row,) = await stack.rows("SELECT step, reason FROM enrollment")
    assert row["step"].startswith("wait:")
