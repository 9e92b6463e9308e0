"""Whoever waits for a customer's lock while that person is split, or merged, looks again who is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from kaskad.domain.channel import ReceiptKind
from kaskad.services.decisions import manual_enrollment
from kaskad.services.identities.splitting import split
from kaskad.services.operations import personal_data
from kaskad.services.preferences.choices import Leave
from kaskad.services.preferences.choosing import Proof, choose
from kaskad.services.preferences.confirming import confirm_address
from kaskad.storage import enrollments
from kaskad.storage.enrollments import MergeRace
from kaskad.storage.people import addresses
from tests.support.delivering import locked_out, soon, until
from tests.support.merging import join
from tests.support.rules import customer_of
from tests.support.stack import OpenStack, Stack
from tests.support.stopping_by import SELLS, enter, last, tell, with_journeys

pytestmark = pytest.mark.anyio
BOTH_WAIT = """SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
    HAVING count(*) = 2"""


async def taken_for_one(open_stack: OpenStack) -> Stack:
    """Two customers with an address each, who are one for now; the one who was merged was written to."""
    stack = await open_stack(edit=with_journeys(SELLS))
    for user in ("one", "two"):
        await stack.person(user, "email")
    await enter(stack, "sells", "one")
    await join(stack, "one", "two")
    return stack


async def behind_a_split(stack: Stack, work: Coroutine[Any, Any, Any]) -> Any:
    """What the work brings that finds its customer before a split, and gets the lock after it."""
    two = await customer_of(stack, "two")
    async with stack.runtime.database.transaction() as busy:
        await enrollments.lock_customers(busy, [two])
        parting = asyncio.create_task(split(stack.runtime, "user_id:one", by="anna"))
        await locked_out(stack)
        working = asyncio.create_task(work)
        await until(stack, BOTH_WAIT)
    await soon(parting)
    return await soon(working)


async def test_who_was_split_off_meanwhile_is_forgotten_and_nobody_else(open_stack: OpenStack) -> None:
    stack = await taken_for_one(open_stack)
    await behind_a_split(stack, personal_data.forget(stack.runtime, "user_id:one", by="anna"))
    assert await stack.rows("SELECT value FROM identity WHERE kind = 'user_id'") == [{"value": "two"}]
    assert await stack.rows("SELECT address FROM contact") == [{"address": "two@customer.example"}]


async def test_a_split_that_waits_for_another_gives_back_from_who_has_it_then(open_stack: OpenStack) -> None:
    """Of a chain of three the last link is undone first: the first one's address is not with the third any more."""
    stack = await taken_for_one(open_stack)
    await stack.person("three", "email")
    await join(stack, "two", "three")
    three = await customer_of(stack, "three")
    async with stack.runtime.database.transaction() as busy:
        await enrollments.lock_customers(busy, [three])
        parting = asyncio.create_task(split(stack.runtime, "user_id:two", by="anna"))
        await locked_out(stack)
        waiting = asyncio.create_task(split(stack.runtime, "user_id:one", by="boris"))
        await until(stack, BOTH_WAIT)
    await soon(parting)
    await soon(waiting)
    whose = "SELECT i.value AS who, k.address FROM contact k JOIN identity i USING (customer_id)"
    rows = await stack.rows(f"{whose} WHERE i.kind = 'user_id' ORDER BY who")
    assert [row["who"] for row in rows] == ["one", "three", "two"]
    assert all(row["address"].startswith(row["who"] + "@") for row in rows)


async def test_who_was_split_off_meanwhile_is_enrolled(open_stack: OpenStack) -> None:
    stack = await taken_for_one(open_stack)
    await stack.rows("DELETE FROM enrollment")
    await behind_a_split(stack, manual_enrollment.enroll(stack.runtime, "sells", "one"))
    entered = await stack.rows("SELECT customer_id FROM enrollment")
    assert entered == [{"customer_id": await customer_of(stack, "one")}]


async def test_a_choice_is_that_of_whose_message_it_is_by_then(open_stack: OpenStack) -> None:
    stack = await taken_for_one(open_stack)
    message = await last(stack, "sells")
    await behind_a_split(stack, choose(stack.runtime, message, Leave(), proof=Proof("v", "h")))
    said = await stack.rows("SELECT DISTINCT customer_id FROM consent WHERE NOT granted")
    assert said == [{"customer_id": await customer_of(stack, "one")}]


async def test_an_address_is_confirmed_for_whose_message_it_is_by_then(open_stack: OpenStack) -> None:
    stack = await taken_for_one(open_stack)
    await behind_a_split(stack, confirm_address(stack.runtime, await last(stack, "sells")))
    confirmed = await stack.rows("SELECT customer_id, address FROM confirmed_address")
    assert confirmed == [{"customer_id": await customer_of(stack, "one"), "address": "one@customer.example"}]


async def test_a_receipt_is_applied_under_the_lock_of_whose_message_it_is_by_then(open_stack: OpenStack) -> None:
    stack = await taken_for_one(open_stack)
    locked, locking = list[list[int]](), addresses.lock_with_holders

    async def lock(*args: Any, customers: list[int]) -> None:
        locked.append(customers)
        await locking(*args, customers=customers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "lock_with_holders", lock)
        await behind_a_split(stack, tell(stack, await last(stack, "sells"), ReceiptKind.OPENED))
    one, two = [await customer_of(stack, user) for user in ("one", "two")]
    assert locked == [[two], [one]]
    assert await stack.rows("SELECT customer_id FROM event WHERE name = 'message_opened'") == [{"customer_id": one}]


async def test_whoever_follows_a_merge_that_is_split_meanwhile_follows_anew(open_stack: OpenStack) -> None:
    stack = await taken_for_one(open_stack)
    (merged,) = await stack.rows("SELECT id FROM customer WHERE merged_into IS NOT NULL")

    async def follow() -> dict[int, int]:
        async with stack.runtime.database.transaction() as connection:
            return await enrollments.follow_and_lock(connection, [merged["id"]])

    with pytest.raises(MergeRace):
        await behind_a_split(stack, follow())
    assert await follow() == {merged["id"]: merged["id"]}


async def test_an_export_is_of_one_instant(open_stack: OpenStack) -> None:
    """What is found first is what the rest is read of, though a split is committed in between."""
    stack = await taken_for_one(open_stack)
    listed = personal_data.personal_data.list_members

    async def split_meanwhile(*args: Any) -> list[int]:
        await split(stack.runtime, "user_id:one", by="anna")
        return await listed(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(personal_data.personal_data, "list_members", split_meanwhile)
        before = await personal_data.export(stack.runtime, "user_id:one")
    assert {row["value"] for row in before["identity"] if row["kind"] == "user_id"} == {"one", "two"}
    after = await personal_data.export(stack.runtime, "user_id:one")
    assert {row["value"] for row in after["identity"] if row["kind"] == "user_id"} == {"one"}
