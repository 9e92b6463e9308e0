"""Rules that were found to be held by nobody when each was undone once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel, Receipt, ReceiptKind
from kaskad.services.ingestion import receipts
from kaskad.services.operations import pausing
from kaskad.storage import clock
from kaskad.storage import enrollments as standing
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages
from kaskad.storage.delivery.messages import ClaimedMessage
from kaskad.storage.publishing import versions
from tests.support.delivering import CART, WatchedRenderer, everybody, queue, soon, worker
from tests.support.rules import (
    CARTS,
    customer_of,
    enrollments,
    event_journey,
    holding,
    send,
    until_blocked,
    wait,
    with_journeys,
)
from tests.support.stack import OpenStack, running_stack

pytestmark = pytest.mark.anyio
WEEK = {"seconds": 604_800}
LEASE = timedelta(seconds=120)
QUEUED = """
SELECT id, entered_on, enrollment_id, customer_id, journey, version_id, step, message, channel, topic, purpose, sender,
       mode, priority, decided_at, counts_on, expires_at, extract(epoch FROM patience)::float AS patience
  FROM message"""


async def test_two_may_decide_at_once(database_url: str, tmp_path: Path) -> None:
    async with running_stack(database_url, tmp_path, edit=CARTS) as stack, stack.runtime.database.transaction() as one:
        first = await versions.lock_generation_shared(one)
        async with stack.runtime.database.transaction() as other:
            assert await soon(versions.lock_generation_shared(other), 1.5) == first


async def test_two_workers_claim_different_messages(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    ids = await queue(stack, "kolya", "olya")

    async def claimed(connection: Connection, limit: int) -> list[ClaimedMessage]:
        return await asyncio.wait_for(
            messages.claim_messages(connection, CART, Channel.PUSH, now=stack.now, lease=LEASE, limit=limit), 1.5
        )

    async with stack.runtime.database.transaction() as one, stack.runtime.database.transaction() as other:
        assert sorted(held.id for held in [*await claimed(one, 1), *await claimed(other, 10)]) == ids


async def test_what_went_is_never_queued_again(open_stack: OpenStack) -> None:
    """Whoever may decide it once more: a message's row is there once, and for good."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    await stack.run(CART)
    again = await stack.rows(QUEUED)
    async with stack.runtime.database.transaction() as connection:
        await standing.write_rows(connection, "queue_messages", again)
    assert [row["status"] for row in await stack.rows("SELECT status FROM message")] == ["sent"]


async def test_a_receipt_makes_who_waits_for_it_due(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await queue(stack, "kolya")
    await stack.run(CART)
    await stack.at(timedelta(minutes=5))
    assert (await enrollments(stack, CART))[0]["due_at"] > stack.now, "it waits for the push to be opened"
    await receipts.apply_provider_receipts(stack.runtime, "sandbox_push", [Receipt(id_, ReceiptKind.OPENED, stack.now)])
    assert (await enrollments(stack, CART))[0]["due_at"] == stack.now


async def test_nothing_of_a_paused_journey_is_claimed(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    await pausing.set_paused(stack.runtime, CART, True)
    assert (await worker(stack).deliver()).claimed == 0


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


async def test_what_the_merged_do_is_done_by_whom_they_were_merged_into(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    for user in ("anna", "annas_card"):
        await stack.track(user, "app_opened")
    anna, card = [await customer_of(stack, user) for user in ("anna", "annas_card")]
    await stack.rows("UPDATE customer SET merged_into = %(into)s WHERE id = %(id)s", into=anna, id=card)
    await stack.track("annas_card", "order_completed", order_id="o1")
    (row,) = await stack.rows("SELECT customer_id FROM event WHERE name = 'order_completed'")
    assert row["customer_id"] == anna


async def test_a_hundred_events_are_a_transaction(open_stack: OpenStack) -> None:
    """So that nobody is locked for long."""
    stack = await open_stack(edit=CARTS)
    calls = [stack.call({"type": "track", "event": "app_opened"}, f"u{n}", f"m{n}", None) for n in range(201)]
    assert (await stack.post("site", calls)).new == 201
    together = await stack.rows("SELECT count(*) AS n FROM event WHERE name = 'app_opened' GROUP BY xmin ORDER BY n")
    assert [row["n"] for row in together] == [1, 100, 100]


async def test_an_entry_that_sent_nothing_keeps_nobody_out(open_stack: OpenStack) -> None:
    weekly = event_journey("letter", "product_viewed", enter={"again_after": WEEK})
    stack = await open_stack(edit=with_journeys(weekly))
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "product_viewed", product_id="pepperoni")
    assert (await stack.run("letter")).outcomes == {}
    await stack.track("anna", "consent_given", purpose="marketing", channel="email")
    await stack.at(timedelta(hours=1))
    await stack.track("anna", "product_viewed", product_id="pepperoni")
    assert (await stack.run("letter")).outcomes == {"sent": 1}


async def test_an_entry_that_left_before_its_message_keeps_nobody_out(open_stack: OpenStack) -> None:
    steps = [wait(3600), send("how_was_it")]
    leave = [{"when": "order_completed"}]
    weekly = event_journey("letter", "product_viewed", enter={"again_after": WEEK}, steps=steps, leave=leave)
    stack = await open_stack(edit=with_journeys(weekly))
    await stack.person("anna", "email")
    await stack.track("anna", "product_viewed", product_id="pepperoni")
    await stack.run("letter")
    await stack.at(timedelta(minutes=10))
    await stack.track("anna", "order_completed", order_id="o1", total=900)
    await stack.run("letter")
    await stack.at(timedelta(hours=1))
    await stack.track("anna", "product_viewed", product_id="pepperoni")
    await stack.run("letter")
    await stack.at(timedelta(hours=2))
    assert (await stack.run("letter")).outcomes == {"sent": 1}


async def test_what_waited_for_a_lock_came_after_it(open_stack: OpenStack) -> None:
    """The clock is read after the lock: nothing decided meanwhile is later than what is stored now."""
    stack = await open_stack(edit=CARTS)
    await stack.track("anna", "app_opened")
    async with stack.runtime.database.transaction() as connection:
        await clock.set_clock(connection, None)
    async with holding(stack, await customer_of(stack, "anna")) as other:
        ingesting = asyncio.create_task(stack.track("anna", "app_opened", message_id="m2"))
        await until_blocked(stack, ingesting)
        cursor = await other.execute("SELECT clock_timestamp() AS now")
        (meanwhile,) = await cursor.fetchall()
        await other.rollback()
        await ingesting
    (row,) = await stack.rows("SELECT received_at FROM event WHERE message_id = 'm2'")
    assert row["received_at"] > meanwhile["now"]
