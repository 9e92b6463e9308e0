"""Receipts: told twice counts once, told of nothing counts nothing, told wrongly is set right."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from kaskad.domain.channel import Receipt, ReceiptKind
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, everybody, locked_out, queue, soon
from tests.support.rules import enrollments
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
OPENED, DELIVERED, UNSUBSCRIBED = ReceiptKind.OPENED, ReceiptKind.DELIVERED, ReceiptKind.UNSUBSCRIBED


async def sent(stack: Stack, *users: str, channels: tuple[str, ...] = ("push",)) -> list[UUID]:
    ids = await queue(stack, *users, channels=channels)
    await stack.run(CART)
    await stack.at(timedelta(minutes=10))
    return ids


async def take(stack: Stack, *reported: Receipt, channel: str = "push") -> int:
    return (await receipts.apply_provider_receipts(stack.runtime, f"sandbox_{channel}", reported)).new


async def events(stack: Stack, name: str) -> list[dict[str, object]]:
    return await stack.rows("SELECT * FROM event WHERE name = %(name)s", name=name)


async def test_the_same_receipt_counts_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await sent(stack, "kolya")
    opened = Receipt(id_, OPENED, stack.now)
    assert await take(stack, opened) == 1
    assert await take(stack, opened) == 0
    assert await take(stack, Receipt(id_, OPENED, stack.now - timedelta(minutes=1))) == 0
    (event,) = await events(stack, "message_opened")
    assert (event["source"], event["occurred_at"]) == ("sandbox_push", stack.now)


async def test_the_same_receipt_over_two_connections_counts_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    ids = await sent(stack, *(f"n{number}" for number in range(20)))
    reported = [Receipt(id_, UNSUBSCRIBED, stack.now) for id_ in ids]
    counts = await soon(
        asyncio.gather(take(stack, *reported), take(stack, *reversed(reported)), take(stack, *reported))
    )
    assert sorted(counts) == [0, 0, 20]
    assert len(await stack.rows("SELECT id FROM consent WHERE NOT granted")) == 20


async def test_receipts_of_messages_that_nobody_sent_are_passed_over(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await sent(stack, "kolya")
    assert await take(stack, Receipt(uuid4(), OPENED, stack.now), Receipt(id_, DELIVERED, stack.now)) == 1
    assert await take(stack, Receipt(uuid4(), UNSUBSCRIBED, stack.now)) == 0
    assert await events(stack, "message_unsubscribed") == []


async def test_nothing_is_opened_in_the_future(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await sent(stack, "kolya")
    ahead = stack.now + timedelta(hours=3)
    clicked = Receipt(id_, ReceiptKind.CLICKED, stack.now - timedelta(minutes=2))
    await take(stack, Receipt(id_, OPENED, ahead), clicked)
    (row,) = await stack.rows("SELECT opened_at, clicked_at FROM message")
    assert row == {"opened_at": stack.now, "clicked_at": stack.now - timedelta(minutes=2)}
    (event,) = await events(stack, "message_opened")
    assert (event["occurred_at"], event["received_at"]) == (stack.now, stack.now)


async def test_a_receipt_waits_for_whoever_decides_about_the_customer(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await sent(stack, "kolya")
    async with stack.runtime.database.transaction() as connection:
        await connection.execute("SELECT id FROM customer FOR NO KEY UPDATE")
        taking = asyncio.create_task(take(stack, Receipt(id_, OPENED, stack.now)))
        await locked_out(stack)
        assert (await stack.rows("SELECT opened_at FROM message"))[0]["opened_at"] is None
    assert await soon(taking) == 1


async def test_unsubscribing_is_idempotent_and_ends_that_topic_in_every_channel(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await sent(stack, "kolya", channels=("push", "email"))
    assert await receipts.unsubscribe(stack.runtime, id_)
    assert await receipts.unsubscribe(stack.runtime, id_), "twice is the same as once"
    assert not await receipts.unsubscribe(stack.runtime, uuid4())
    (consent,) = await stack.rows("SELECT purpose, channel, topic FROM consent WHERE NOT granted")
    assert consent == {"purpose": "marketing", "channel": None, "topic": "carts"}
    await stack.at(timedelta(hours=2))
    await stack.tills()
    await stack.run(CART)
    assert stack.sent() == [("push", "push-kolya")], "the e-mail is about the cart too"


async def test_a_complaint_ends_all_marketing_in_its_channel(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await sent(stack, "kolya", channels=("email", "viber"))
    await take(stack, Receipt(id_, ReceiptKind.COMPLAINED, stack.now), channel="email")
    (consent,) = await stack.rows("SELECT purpose, channel, topic FROM consent WHERE NOT granted")
    assert consent == {"purpose": "marketing", "channel": "email", "topic": None}


async def test_who_unsubscribed_and_came_back_is_written_to_again(open_stack: OpenStack) -> None:
    """Not what was refused: that step is over. The next one."""
    stack = await open_stack(edit=everybody)
    (id_,) = await sent(stack, "kolya", channels=("push", "email"))
    await receipts.unsubscribe(stack.runtime, id_)
    await stack.at(timedelta(minutes=1))
    await stack.track("kolya", "consent_given", purpose="marketing", topic="carts")
    for _ in range(3):
        await stack.at(timedelta(days=1))
        await stack.tills()
        await stack.run(CART)
    rows = await stack.rows("SELECT message, channel FROM message WHERE status = 'sent' ORDER BY sent_at, channel")
    assert [tuple(row.values()) for row in rows][:2] == [("cart_reminder", "push"), ("cart_last_reminder", "push")]


async def test_a_receipt_makes_who_waits_for_it_due(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await queue(stack, "kolya")
    await stack.run(CART)
    await stack.at(timedelta(minutes=5))
    assert (await enrollments(stack, CART))[0]["due_at"] > stack.now, "it waits for the push to be opened"
    await receipts.apply_provider_receipts(stack.runtime, "sandbox_push", [Receipt(id_, ReceiptKind.OPENED, stack.now)])
    assert (await enrollments(stack, CART))[0]["due_at"] == stack.now
