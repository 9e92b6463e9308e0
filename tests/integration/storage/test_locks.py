"""Who is locked: customers, in id order, by whoever writes about them; ingest waits, advance passes over."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection

from kaskad.domain.errors import Unavailable
from kaskad.services.decisions import manual_enrollment, runner
from kaskad.storage import clock, database
from kaskad.storage import enrollments as enrolling
from kaskad.storage.publishing import versions
from tests.support.delivering import soon
from tests.support.rules import (
    CARTS,
    Gate,
    customer_of,
    enrollments,
    holding,
    messages,
    second_connection,
    statuses,
    until_blocked,
)
from tests.support.stack import OpenStack, Stack, running_stack

pytestmark = pytest.mark.anyio
CART = "abandoned_cart"


async def left_cart(stack: Stack, *users: str) -> None:
    """People whose carts have been quiet for an hour."""
    for user in users:
        await stack.person(user, "email")
        await stack.cart(user, f"cart-{user}")
    await stack.at(timedelta(minutes=61))


async def is_held(stack: Stack, customer: int) -> bool:
    """Whether somebody holds the customer."""
    async with second_connection(stack) as probe:
        cursor = await probe.execute("SELECT 1 FROM customer WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", [customer])
        return await cursor.fetchone() is None


async def test_ingest_locks_in_the_order_of_ids(database_url: str, open_stack: OpenStack) -> None:
    """Whatever the plan: here it reads the table as it lies, and the first customer lies behind the others."""
    async with await AsyncConnection.connect(database_url, autocommit=True) as owner:
        for plan in ("enable_indexscan", "enable_bitmapscan"):
            await owner.execute(f"ALTER DATABASE {owner.info.dbname} SET {plan} = off")
    stack = await open_stack(edit=CARTS)
    for user in ("anna", "boris", "clara"):
        await stack.track(user, "app_opened")
    first, second, third = [await customer_of(stack, user) for user in ("anna", "boris", "clara")]
    await stack.rows("UPDATE customer SET locale = 'ru' WHERE id = %(id)s", id=first)  # now it lies behind the others
    async with holding(stack, second) as other:
        calls = [
            stack.call({"type": "track", "event": "app_opened"}, user, f"again-{user}", None)
            for user in ("clara", "boris", "anna")
        ]
        ingesting = asyncio.create_task(stack.post("site", calls))
        await until_blocked(stack, ingesting)
        assert await is_held(stack, first), "the first was to be locked before the second is waited for"
        assert not await is_held(stack, third), "the third is locked while the second is waited for"
        await other.rollback()
        assert (await ingesting).new == 3


async def test_ingest_waits_for_who_holds_the_customer(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.track("anna", "app_opened")
    async with holding(stack, await customer_of(stack, "anna")) as other:
        ingesting = asyncio.create_task(stack.track("anna", "app_opened", message_id="m2"))
        await until_blocked(stack, ingesting)
        assert await stack.rows("SELECT 1 FROM event WHERE message_id = 'm2'") == []
        await other.rollback()
        await ingesting
    assert len(await stack.rows("SELECT 1 FROM event WHERE message_id = 'm2'")) == 1


async def test_ingest_tries_three_times_and_then_nothing_is_stored(
    monkeypatch: pytest.MonkeyPatch, open_stack: OpenStack
) -> None:
    monkeypatch.setattr(database, "SESSION", database.SESSION.replace("lock_timeout=2s", "lock_timeout=200ms"))
    stack = await open_stack(edit=CARTS)
    await stack.track("anna", "app_opened")
    tries: set[datetime] = set()
    async with holding(stack, await customer_of(stack, "anna")):
        batch = [
            stack.call({"type": "track", "event": "app_opened"}, user, f"m-{user}", None) for user in ("anna", "new")
        ]
        ingesting = asyncio.create_task(stack.post("site", batch))
        with pytest.raises((Unavailable, AssertionError)):
            while True:
                tries.add(await until_blocked(stack, ingesting))
                await asyncio.sleep(0.01)
        with pytest.raises(Unavailable):
            await ingesting
    assert len(tries) == 3
    assert await stack.rows("SELECT 1 FROM event WHERE message_id LIKE 'm-%%'") == []
    assert await stack.rows("SELECT 1 FROM identity WHERE value = 'new'") == []
    assert (await stack.post("site", batch)).new == 2, "asked again, it is stored"


async def test_advance_passes_over_whom_somebody_holds_and_says_so(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await left_cart(stack, "anna", "boris")
    async with holding(stack, await customer_of(stack, "anna")):
        done = await runner.decide_batch(stack.runtime, CART)
        assert (done.people, done.entered, done.busy) == (1, 1, False)
        again = await runner.decide_batch(stack.runtime, CART)
        assert (again.people, again.busy) == (0, True), "nothing claimed while work is due is not the end of the work"
    assert (await runner.decide_batch(stack.runtime, CART)).entered == 1
    last = await runner.decide_batch(stack.runtime, CART)
    assert (last.people, last.busy) == (0, False)
    assert await messages(stack) == [(CART, "queued")] * 2


async def test_a_purchase_of_the_last_moment_before_the_lock_is_seen(
    monkeypatch: pytest.MonkeyPatch, open_stack: OpenStack
) -> None:
    lock = enrolling.lock_due_customers
    stack = await open_stack(edit=CARTS)
    await left_cart(stack, "anna")

    async def bought_just_before(*asked: Any, **more: Any) -> list[int]:
        await stack.track("anna", "order_completed", source="store", order_id="o1")
        return await lock(*asked, **more)

    monkeypatch.setattr(enrolling, "lock_due_customers", bought_just_before)
    assert (await runner.decide_batch(stack.runtime, CART)).left == 1
    assert await messages(stack) == []


async def test_a_purchase_committed_while_the_lock_is_waited_for_is_seen(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await left_cart(stack, "anna")
    anna = await customer_of(stack, "anna")
    async with holding(stack, anna) as other:
        enrolling_anna = asyncio.create_task(manual_enrollment.enroll(stack.runtime, CART, "anna"))
        await until_blocked(stack, enrolling_anna)
        await other.execute(
            """INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at)
                   VALUES ('o1', %(customer)s, 'order_completed', 'store', %(at)s, %(at)s)""",
            {"customer": anna, "at": stack.now - timedelta(minutes=1)},
        )
        await other.commit()
        await enrolling_anna
    assert await statuses(stack, CART) == ["left"]
    assert await messages(stack) == []


async def test_an_exit_that_advance_cannot_see_waits_and_stops_the_message(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await left_cart(stack, "anna")
    gate = Gate(stack.runtime)
    advancing = asyncio.create_task(runner.decide_batch(gate, CART))
    await gate.reached.wait()
    buying = asyncio.create_task(stack.track("anna", "order_completed", source="store", order_id="o1"))
    await until_blocked(stack, buying)
    gate.opened.set()
    assert (await advancing).entered == 1
    await buying
    (row,) = await enrollments(stack, CART)
    assert row["due_at"] == stack.now, "the purchase wakes who is inside"
    assert not (await stack.run(CART)).outcomes
    assert await statuses(stack, CART) == ["left"]
    assert stack.reached == []


async def test_two_may_decide_at_once(database_url: str, tmp_path: Path) -> None:
    async with (
        running_stack(database_url, tmp_path, edit=CARTS) as stack,
        stack.runtime.database.transaction() as connection,
    ):
        first = await versions.lock_generation_shared(connection)
        async with stack.runtime.database.transaction() as other:
            assert await soon(versions.lock_generation_shared(other), 1.5) == first


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


async def test_a_few_hundred_events_are_a_transaction(open_stack: OpenStack) -> None:
    """So that nobody is locked for long."""
    stack = await open_stack(edit=CARTS)
    calls = [stack.call({"type": "track", "event": "app_opened"}, f"u{n}", f"m{n}", None) for n in range(501)]
    assert (await stack.post("site", calls)).new == 501
    together = await stack.rows("SELECT count(*) AS n FROM event WHERE name = 'app_opened' GROUP BY xmin ORDER BY n")
    assert [row["n"] for row in together] == [1, 250, 250]


async def test_a_lost_connection_is_unavailable(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.track("anna", "app_opened")
    async with holding(stack, await customer_of(stack, "anna")), second_connection(stack) as other:
        task = asyncio.create_task(stack.track("anna", "app_opened"))
        await until_blocked(stack, task)
        await other.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
        )
        with pytest.raises(Unavailable):
            await task
