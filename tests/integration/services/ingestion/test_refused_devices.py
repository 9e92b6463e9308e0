"""Devices are addresses: a no by one, its death, and its opening count for whoever has it, and for nothing else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kaskad.domain.channel import Receipt, ReceiptKind
from kaskad.sandbox.providers.behaviour import Behaviour, Rates
from kaskad.services.failures.failpoints import Failpoint, failpoint_hook
from kaskad.services.ingestion import receipts
from kaskad.services.operations import suppressions
from tests.integration.services.ingestion.test_devices import MINUTE, opened, pushed, tell, token
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
LOCK_ANNA = """SELECT FROM customer JOIN identity ON customer_id = id
                WHERE value = 'anna' FOR NO KEY UPDATE OF customer"""
STATES = """SELECT d.address, d.state AS device, k.state AS contact FROM device d
              LEFT JOIN contact k USING (customer_id, channel, address_key) ORDER BY d.address"""


async def latest_push(stack: Stack) -> UUID:
    """The newest message."""
    rows = await stack.rows("SELECT id FROM message ORDER BY decided_at DESC, id")
    found: UUID = rows[0]["id"]
    return found


async def reason(stack: Stack) -> str | None:
    """Why the latest message was not sent."""
    rows = await stack.rows("SELECT reason FROM decision WHERE kind = 'dropped' ORDER BY at DESC, id DESC LIMIT 1")
    return rows[0]["reason"] if rows else None


async def unsubscribe(stack: Stack, user: str) -> None:
    """This customer is pushed, and unsubscribes in that message."""
    assert len(await pushed(stack, user)) == 1
    assert await receipts.unsubscribe(stack.runtime, await latest_push(stack))
    await stack.at(MINUTE)


async def test_whoever_gets_a_device_by_which_somebody_said_no_gets_the_no_with_it(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "sold"), token("olga", 1, "own"))
    await unsubscribe(stack, "anna")
    assert await pushed(stack, "olga") == ["own"]
    await tell(stack, token("olga", 70, "sold"))
    assert await pushed(stack, "olga") == []
    assert await reason(stack) == "topic_opted_out"
    await stack.track("olga", "consent_given", channel="push", topic="service")
    await stack.at(timedelta(days=31))  # the same device was sent the same message
    assert await pushed(stack, "olga") == ["sold"], "until she grants it herself"


async def test_whoever_gets_it_as_the_next_device_gets_the_no_too(open_stack: OpenStack) -> None:
    stack = await opened(open_stack, behaviour=Behaviour(to={"new": Rates(refuse=1.0)}))
    await tell(stack, token("anna", 1, "sold"))
    await unsubscribe(stack, "anna")
    await tell(stack, token("olga", 64, "new"), token("olga", 63, "sold"))
    assert await pushed(stack, "olga") == [], "the new one is dead"
    assert await stack.rows("SELECT address FROM contact WHERE state = 'active'") == [{"address": "sold"}]
    assert await pushed(stack, "olga") == []
    assert await reason(stack) == "topic_opted_out"


async def test_a_no_by_a_device_counts_for_whoever_has_it_among_others(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "sold"))
    assert await pushed(stack, "anna") == ["sold"]
    message = await latest_push(stack)
    await tell(stack, token("olga", 2, "sold"), token("olga", 3, "own"))
    await receipts.unsubscribe(stack.runtime, message)
    assert await pushed(stack, "olga") == []


async def test_whoever_had_the_device_already_hears_nothing_twice(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "own"))
    await unsubscribe(stack, "anna")
    await stack.track("anna", "consent_given", channel="push", topic="service")
    before = await stack.rows("SELECT count(*) FROM consent")
    await tell(stack, token("anna", 66, "own"), token("anna", 67, "own"))
    assert await stack.rows("SELECT count(*) FROM consent") == before
    assert await pushed(stack, "anna") == ["own"]


async def test_whoever_says_no_by_a_device_waits_for_whoever_is_just_getting_it(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "sold", "1"))
    assert await pushed(stack, "anna") == ["sold"]
    message = await latest_push(stack)
    await tell(stack, token("anna", 59, None, "1"))  # now it is nobody's
    written, go_on = asyncio.Event(), asyncio.Event()

    async def stand(point: Failpoint) -> None:
        if point is Failpoint.INGESTING:
            written.set()
            await go_on.wait()

    with failpoint_hook(stand):
        getting = asyncio.create_task(tell(stack, token("olga", 60, "sold")))
        await written.wait()
    leaving = asyncio.create_task(receipts.unsubscribe(stack.runtime, message))
    assert not (await asyncio.wait([leaving], timeout=0.3))[0]
    go_on.set()
    await asyncio.gather(getting, leaving)
    assert await pushed(stack, "olga") == []
    assert await reason(stack) == "topic_opted_out"


async def test_whoever_got_the_device_meanwhile_is_locked_before_it_leaves(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "first"))
    written, go_on = asyncio.Event(), asyncio.Event()

    async def stand(point: Failpoint) -> None:
        if point is Failpoint.INGESTING and not written.is_set():
            written.set()
            await go_on.wait()

    with failpoint_hook(stand):
        getting = asyncio.create_task(tell(stack, token("anna", 2, "sold")))
        await written.wait()
        taking = asyncio.create_task(tell(stack, token("olga", 3, "sold")))  # nobody has it yet
        assert not (await asyncio.wait([taking], timeout=0.3))[0]
        async with stack.runtime.database.transaction() as connection:
            waiting = asyncio.create_task(connection.execute(LOCK_ANNA))
            await asyncio.wait([waiting], timeout=0.1)
            go_on.set()
            await asyncio.gather(getting, waiting)
            assert not (await asyncio.wait([taking], timeout=0.3))[0], "anna is busy"
        await taking
    assert await pushed(stack, "anna", "olga") == ["first", "sold"]


@pytest.mark.parametrize("trait", [{"context": {"device": {"token": "SECRET"}}}, {"traits": {"webpush": "SECRET"}}])
@pytest.mark.parametrize("before", [False, True])
async def test_a_device_that_is_told_and_complained_about_in_one_request_is_closed_by_its_hash(
    trait: dict[str, Any], before: bool, open_stack: OpenStack
) -> None:
    stack = await opened(open_stack)
    if before:  # it was known before addresses had rows
        await tell(stack, ("anna", 1, trait))
        await stack.rows("DELETE FROM address")
    channel = "webpush" if "traits" in trait else "push"
    tells = {"type": "identify", "traits": {}} | trait
    complains = {"type": "track", "event": "spam_reported", "properties": {"channel": channel}}
    await stack.post("app", [stack.call(tells, "anna", "m1", NOON), stack.call(complains, "anna", "m2", NOON)])
    closed = "SELECT a.key FROM suppression s JOIN address a ON a.channel = s.channel AND a.hash = s.address"
    assert await stack.rows(closed) == [{"key": "SECRET"}]
    assert "SECRET" not in str(await stack.rows("SELECT address FROM suppression"))


async def test_a_device_that_is_no_contact_any_more_dies_alone(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "old", "1"))
    assert await pushed(stack, "anna") == ["old"]
    message = await latest_push(stack)
    await tell(stack, token("anna", 2, "new", "2"))
    gone = Receipt(message, ReceiptKind.FAILED, stack.now, address_dead=True)
    assert (await receipts.apply_provider_receipts(stack.runtime, "sandbox_push", [gone])).new == 1
    assert await stack.rows(STATES) == [
        {"address": "new", "device": "active", "contact": "active"},
        {"address": "old", "device": "dead", "contact": None},
    ]
    assert await pushed(stack, "anna") == ["new"]
    await tell(stack, token("anna", 59, None, "2"))
    assert await stack.rows("SELECT address FROM contact WHERE state = 'active'") == [], "the dead one is not the next"


async def test_a_device_that_an_operator_opens_again_stays_open(open_stack: OpenStack) -> None:
    stack = await opened(open_stack, behaviour=Behaviour(to={"tablet": Rates(refuse=1.0)}))
    await tell(stack, token("anna", 1, "tablet"))
    assert await pushed(stack, "anna") == []
    await suppressions.lift(stack.runtime, "push", "tablet", by="vera", why="it works again")
    assert await stack.rows(STATES) == [{"address": "tablet", "device": "active", "contact": "active"}]
    await tell(stack, token("anna", 59, "tablet"))
    assert await stack.rows(STATES) == [{"address": "tablet", "device": "active", "contact": "active"}]
    stack.sandbox.behaviour = Behaviour()
    assert await pushed(stack, "anna") == ["tablet"]


async def test_a_device_that_is_opened_again_is_whose_told_it_last(open_stack: OpenStack) -> None:
    stack = await opened(open_stack, behaviour=Behaviour(to={"tablet": Rates(refuse=1.0)}))
    await tell(stack, token("anna", 1, "tablet"), token("anna", 2, "watch"), token("anna", 3, "tablet"))
    assert await pushed(stack, "anna") == []
    await tell(stack, token("olga", 4, "tablet"))
    await suppressions.lift(stack.runtime, "push", "tablet", by="vera", why="it works again")
    stack.sandbox.behaviour = Behaviour()
    assert await pushed(stack, "anna", "olga") == ["tablet", "watch"]
    whose = "SELECT value FROM device JOIN identity USING (customer_id) WHERE address = 'tablet' AND state = 'active'"
    assert await stack.rows(whose) == [{"value": "olga"}]


async def test_a_device_that_is_no_contact_is_opened_again_as_one_of_several(open_stack: OpenStack) -> None:
    stack = await opened(open_stack, behaviour=Behaviour(to={"tablet": Rates(refuse=1.0)}))
    await tell(stack, token("anna", 1, "phone"), token("anna", 2, "tablet"))
    assert await pushed(stack, "anna") == []
    assert await pushed(stack, "anna") == ["phone"]
    await suppressions.lift(stack.runtime, "push", "tablet", by="vera", why="it works again")
    stack.sandbox.behaviour = Behaviour()
    assert await pushed(stack, "anna") == ["tablet"], "the latest to be told"
