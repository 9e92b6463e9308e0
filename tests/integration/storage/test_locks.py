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
from kaskad.storage import database
from kaskad.storage import enrollments as enrolling
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
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio
CART = "abandoned_cart"


async def left_cart(home: Stack, *users: str) -> None:
    """People whose carts have been quiet for an hour."""
    for user in users:
        await home.person(user, "email")
        await home.cart(user, f"cart-{user}")
    await home.at(timedelta(minutes=61))


async def is_held(home: Stack, customer: int) -> bool:
    """Whether somebody holds the customer."""
    async with second_connection(home) as probe:
        cursor = await probe.execute("SELECT 1 FROM customer WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", [customer])
        return await cursor.fetchone() is None


async def test_ingest_locks_in_the_order_of_ids(database_url: str, tmp_path: Path) -> None:
    """Whatever the plan: here it reads the table as it lies, and the first customer lies behind the others."""
    async with await AsyncConnection.connect(database_url, autocommit=True) as owner:
        for plan in ("enable_indexscan", "enable_bitmapscan"):
            await owner.execute(f"ALTER DATABASE {owner.info.dbname} SET {plan} = off")
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        for user in ("anna", "boris", "clara"):
            await home.track(user, "app_opened")
        first, second, third = [await customer_of(home, user) for user in ("anna", "boris", "clara")]
        await home.rows(
            "UPDATE customer SET locale = 'ru' WHERE id = %(id)s", id=first
        )  # now it lies behind the others
        async with holding(home, second) as other:
            calls = [
                home.call({"type": "track", "event": "app_opened"}, user, f"again-{user}", None)
                for user in ("clara", "boris", "anna")
            ]
            ingesting = asyncio.create_task(home.post("site", calls))
            await until_blocked(home, ingesting)
            assert await is_held(home, first), "the first was to be locked before the second is waited for"
            assert not await is_held(home, third), "the third is locked while the second is waited for"
            await other.rollback()
            assert (await ingesting).new == 3


async def test_ingest_waits_for_who_holds_the_customer(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.track("anna", "app_opened")
        async with holding(home, await customer_of(home, "anna")) as other:
            ingesting = asyncio.create_task(home.track("anna", "app_opened", message_id="m2"))
            await until_blocked(home, ingesting)
            assert await home.rows("SELECT 1 FROM event WHERE message_id = 'm2'") == []
            await other.rollback()
            await ingesting
        assert len(await home.rows("SELECT 1 FROM event WHERE message_id = 'm2'")) == 1


async def test_ingest_tries_three_times_and_then_nothing_is_stored(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SESSION", database.SESSION.replace("lock_timeout=2s", "lock_timeout=200ms"))
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.track("anna", "app_opened")
        tries: set[datetime] = set()
        async with holding(home, await customer_of(home, "anna")):
            batch = [
                home.call({"type": "track", "event": "app_opened"}, user, f"m-{user}", None) for user in ("anna", "new")
            ]
            ingesting = asyncio.create_task(home.post("site", batch))
            with pytest.raises((Unavailable, AssertionError)):
                while True:
                    tries.add(await until_blocked(home, ingesting))
                    await asyncio.sleep(0.01)
            with pytest.raises(Unavailable):
                await ingesting
        assert len(tries) == 3
        assert await home.rows("SELECT 1 FROM event WHERE message_id LIKE 'm-%%'") == []
        assert await home.rows("SELECT 1 FROM identity WHERE value = 'new'") == []
        assert (await home.post("site", batch)).new == 2, "asked again, it is stored"


async def test_advance_passes_over_whom_somebody_holds_and_says_so(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await left_cart(home, "anna", "boris")
        async with holding(home, await customer_of(home, "anna")):
            done = await runner.decide_batch(home.runtime, CART)
            assert (done.people, done.entered, done.busy) == (1, 1, False)
            again = await runner.decide_batch(home.runtime, CART)
            assert (again.people, again.busy) == (0, True), (
                "nothing claimed while work is due is not the end of the work"
            )
        assert (await runner.decide_batch(home.runtime, CART)).entered == 1
        last = await runner.decide_batch(home.runtime, CART)
        assert (last.people, last.busy) == (0, False)
        assert await messages(home) == [(CART, "queued")] * 2


async def test_a_purchase_of_the_last_moment_before_the_lock_is_seen(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = enrolling.lock_due_customers
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await left_cart(home, "anna")

        async def bought_just_before(*asked: Any, **more: Any) -> list[int]:
            await home.track("anna", "order_completed", source="store", order_id="o1")
            return await lock(*asked, **more)

        monkeypatch.setattr(enrolling, "lock_due_customers", bought_just_before)
        assert (await runner.decide_batch(home.runtime, CART)).left == 1
        assert await messages(home) == []


async def test_a_purchase_committed_while_the_lock_is_waited_for_is_seen(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await left_cart(home, "anna")
        anna = await customer_of(home, "anna")
        async with holding(home, anna) as other:
            enrolling_anna = asyncio.create_task(manual_enrollment.enroll(home.runtime, CART, "anna"))
            await until_blocked(home, enrolling_anna)
            await other.execute(
                """INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at)
                   VALUES ('o1', %(customer)s, 'order_completed', 'store', %(at)s, %(at)s)""",
                {"customer": anna, "at": home.now - timedelta(minutes=1)},
            )
            await other.commit()
            await enrolling_anna
        assert await statuses(home, CART) == ["left"]
        assert await messages(home) == []


async def test_an_exit_that_advance_cannot_see_waits_and_stops_the_message(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await left_cart(home, "anna")
        gate = Gate(home.runtime)
        advancing = asyncio.create_task(runner.decide_batch(gate, CART))
        await gate.reached.wait()
        buying = asyncio.create_task(home.track("anna", "order_completed", source="store", order_id="o1"))
        await until_blocked(home, buying)
        gate.opened.set()
        assert (await advancing).entered == 1
        await buying
        (row,) = await enrollments(home, CART)
        assert row["due_at"] == home.now, "the purchase wakes who is inside"
        assert not (await home.run(CART)).outcomes
        assert await statuses(home, CART) == ["left"]
        assert home.reached == []
