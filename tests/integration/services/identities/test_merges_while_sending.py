"""A merge in each window of a send: what has not begun is decided again, what has begun is the person's, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kaskad.domain.channel import Channel, OutboundMessage, Receipt, ReceiptKind, Unknown
from kaskad.services.delivery import unknowns
from kaskad.services.identities.merging import merge_customers
from kaskad.services.ingestion import receipts
from kaskad.storage import enrollments
from tests.support.delivering import (
    CART,
    WatchedDatabase,
    WatchedRenderer,
    everybody,
    locked_out,
    queue,
    soon,
    statuses,
    watched,
    worker,
)
from tests.support.merging import join, pair
from tests.support.rules import customer_of
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio


async def bought_and_joined(stack: Stack) -> None:
    """The card bought, and turns out to be the device's owner."""
    await stack.track("card", "Order Completed", source="store", order_id="o1", total=900)
    await join(stack, "device", "card")


async def nothing_was_sent(stack: Stack) -> None:
    await stack.run(CART)
    assert stack.sent() == []
    assert await stack.rows("SELECT status::text, left_by FROM enrollment WHERE journey = 'abandoned_cart'") == [
        {"status": "left", "left_by": "order_completed"}
    ]


async def whose(stack: Stack, table: str) -> list[str]:
    """The user ids under which the rows of the table stand."""
    rows = await stack.rows(
        f"SELECT DISTINCT min(i.value) AS who FROM {table} t JOIN identity i USING (customer_id) GROUP BY i.customer_id"
    )
    return [row["who"] for row in rows]


async def test_what_is_queued_is_not_sent(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "device")
    await bought_and_joined(stack)
    assert (await worker(stack).deliver()).claimed == 0
    await nothing_was_sent(stack)


@pytest.mark.parametrize("point", ["before", "after"])
async def test_what_is_claimed_is_not_sent(point: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "device")
    renderer = WatchedRenderer(**{point: lambda: bought_and_joined(stack)})
    assert (await worker(stack, message_renderer=renderer).deliver()).outcomes == {}
    await nothing_was_sent(stack)


async def test_who_is_busy_at_the_check_and_merged_then_is_not_written_to(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "device")
    busy = stack.runtime.database.transaction()
    connection = await busy.__aenter__()
    await connection.execute("SELECT id FROM customer ORDER BY id FOR NO KEY UPDATE")

    async def committed(transactions: int) -> None:
        if transactions == 3:  # the claim, the turn, and a look that found nobody free
            await busy.__aexit__(None, None, None)
            await bought_and_joined(stack)

    database = WatchedDatabase(stack.runtime.database, after=committed)
    assert (await worker(stack, database=database).deliver()).outcomes == {}
    await nothing_was_sent(stack)


async def test_what_is_being_sent_counts_for_the_person(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "device", channels=("push", "email"))
    gate = watched(stack, before=lambda _: bought_and_joined(stack))
    assert (await worker(stack, gate).deliver()).outcomes == {"sent": 1}
    assert await statuses(stack) == [("push", "sent", None)]
    await stack.at(stack.now.replace(hour=13))
    await stack.run(CART)
    assert stack.sent() == [("push", "push-device")]
    assert await whose(stack, "message") == ["card"]


async def test_its_outcome_wakes_the_entry_where_it_is_now(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.track("card", "app_opened", source="store")
    await queue(stack, "device", channels=("push", "email"))
    gate = watched(stack, before=lambda _: join(stack, "device", "card"))
    assert (await worker(stack, gate).deliver()).outcomes == {"sent": 1}
    await stack.decide(CART)
    (entry,) = await stack.rows("SELECT due_at > %(now)s AS waits FROM enrollment", now=stack.now)
    assert entry["waits"]  # for an answer to the push
    await stack.at(timedelta(hours=2))
    await stack.tills()
    await stack.run(CART)
    assert [channel for channel, _ in stack.sent()] == ["push", "email"]


async def test_an_unknown_is_settled_where_it_is_now(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)

    async def lost(_: OutboundMessage) -> Unknown:
        return Unknown("the line went dead")

    await queue(stack, "device")
    await worker(stack, watched(stack, before=lost)).deliver()
    await bought_and_joined(stack)
    assert await statuses(stack) == [("push", "unknown", None)]
    await unknowns.resolve_due(stack.runtime)
    await stack.at(timedelta(minutes=1))
    await stack.run(CART)
    assert stack.sent() == []


async def test_an_unknown_that_was_about_to_be_asked_is_asked_for_the_person(open_stack: OpenStack) -> None:
    """The look-up is loaded before the merge, and settles after it."""
    stack = await open_stack(edit=everybody)

    async def accepted(message: OutboundMessage) -> Any:
        await stack.runtime.providers["sandbox_push"].send(message)
        return Unknown("no answer came")

    await queue(stack, "device")
    await worker(stack, watched(stack, before=accepted)).deliver()
    asking = worker(stack, watched(stack))
    told = asking.providers["sandbox_push"].get_delivery_status

    async def tell(message: UUID) -> Any:
        await join(stack, "device", "card")
        return await told(message)

    asking.providers["sandbox_push"].get_delivery_status = tell  # type: ignore[method-assign]
    await stack.track("card", "app_opened", source="store")
    assert (await unknowns.resolve_due(asking)).outcomes == {"sent": 1}
    assert await whose(stack, "message") == ["card"]
    assert stack.sent() == [("push", "push-device")]


async def test_a_receipt_finds_the_message_where_it_is_now(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.track("card", "app_opened", source="store")
    (id_,) = await queue(stack, "device")
    await worker(stack).deliver(Channel.PUSH)
    await join(stack, "device", "card")
    opened = Receipt(id_, ReceiptKind.OPENED, stack.now)
    assert (await receipts.apply_provider_receipts(stack.runtime, "sandbox_push", [opened])).new == 1
    assert await whose(stack, "(SELECT customer_id FROM event WHERE name = 'message_opened')") == ["card"]


async def test_the_outcome_waits_for_who_stands(open_stack: OpenStack) -> None:
    """Whoever settles holds the row that the message belongs to now."""
    stack = await open_stack(edit=everybody)
    await stack.track("card", "app_opened", source="store")
    await queue(stack, "device")
    card = await customer_of(stack, "card")
    busy = stack.runtime.database.transaction()

    async def meanwhile(_: OutboundMessage) -> None:
        await join(stack, "device", "card")
        other = await busy.__aenter__()
        await other.execute("SELECT id FROM customer WHERE id = %(card)s FOR NO KEY UPDATE", {"card": card})

    sending = asyncio.create_task(worker(stack, watched(stack, before=meanwhile)).deliver())
    await locked_out(stack)
    assert await statuses(stack) == [("push", "sending", None)]
    await busy.__aexit__(None, None, None)
    assert (await soon(sending)).outcomes == {"sent": 1}


async def test_whoever_waited_for_the_lock_looks_again_who_stands(open_stack: OpenStack) -> None:
    """An event that waits while its customer is merged is stored of the one who stands."""
    stack = await open_stack(edit=everybody)
    for user in ("card", "device"):
        await stack.track(user, "app_opened")
    two = await pair(stack, "device", "card")
    async with stack.runtime.database.transaction() as connection:
        await stack.runtime.catalogue.refresh(connection)
        await enrollments.lock_customers(connection, [two.standing, two.joined])
        told = asyncio.create_task(stack.track("device", "late_word"))
        await locked_out(stack)
        await merge_customers(connection, [two], stack.now, project=stack.project)
    await soon(told)
    rows = await stack.rows("SELECT customer_id FROM event WHERE name = 'late_word'")
    assert rows == [{"customer_id": two.standing}]
