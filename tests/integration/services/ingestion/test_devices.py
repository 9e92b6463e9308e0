"""A customer has several devices: the latest is written to, and each is closed alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from kaskad.sandbox.providers.behaviour import Behaviour, Rates
from kaskad.storage.ingestion import devices
from kaskad.storage.people import addresses
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import NOON, OpenStack, Stack
from tests.support.stopping_by import channel_steps

pytestmark = pytest.mark.anyio
PUSHED = event_journey("letter", "app_opened", cascade=channel_steps("push"))
EITHER = event_journey("letter", "app_opened", cascade=channel_steps("push", "email"))
MINUTE = timedelta(minutes=1)
Word = tuple[str, int, dict[str, Any]]  # whose, minutes after noon, and the call's own parts


def token(user: str, minute: int, token: str | None, id_: str | None = None) -> Word:
    device = {"token": token, "type": "ios"} | ({"id": id_} if id_ else {})
    return user, minute, {"context": {"device": device}}


async def tell(stack: Stack, *words: Word) -> None:
    """Each as a request of its own."""
    for user, minute, parts in words:
        call = {"type": "identify", "traits": {}} | parts
        at = NOON + minute * MINUTE
        await stack.post("app", [stack.call(call, user, f"{user} {minute} {parts}", at)])


async def pushed(stack: Stack, *users: str) -> list[str]:
    """Whom a message reaches a minute later, when all of these would get one."""
    await stack.at(MINUTE)
    before = len(stack.reached)
    for user in users:
        await stack.track(user, "app_opened")
    await stack.run("letter")
    return sorted(record.to for record in stack.reached[before:])


async def opened(open_stack: OpenStack, journey: Any = PUSHED, **more: Any) -> Stack:
    """A stack an hour after noon, with two people who may be pushed."""
    stack = await open_stack(edit=with_journeys(journey), **more)
    for user in ("anna", "olga"):
        await stack.person(user)
        await stack.track(user, "consent_given", channel="push")
    await stack.at(timedelta(hours=1))
    return stack


Told = tuple[str, int, str | None]  # whose, minutes after noon, the token
LATEST: list[tuple[list[Told], dict[str, list[str]]]] = [
    ([("anna", 1, "old"), ("anna", 2, "new")], {"anna": ["new"]}),
    ([("anna", 1, "a"), ("anna", 2, "b"), ("anna", 3, "a")], {"anna": ["a"]}),
    ([("anna", 1, "sold"), ("olga", 2, "sold")], {"anna": [], "olga": ["sold"]}),
    ([("anna", 1, "own"), ("anna", 2, "sold"), ("olga", 3, "sold")], {"anna": ["own"], "olga": ["sold"]}),
    ([("anna", 1, "x"), ("olga", 2, "x"), ("anna", 3, "x")], {"anna": ["x"], "olga": []}),
    ([("anna", 1, "a"), ("anna", 2, "b"), ("anna", 3, None)], {"anna": []}),
    ([("anna", 1, "a"), ("anna", 3, None), ("anna", 4, "b")], {"anna": ["b"]}),
]


@pytest.mark.parametrize(("words", "reached"), LATEST, ids=repr)
async def test_the_latest_device_is_written_to_in_whatever_order_the_words_come(
    words: list[Told], reached: dict[str, list[str]], open_stack: OpenStack
) -> None:
    stack = await opened(open_stack)
    for n, order in enumerate(permutations(words)):
        for user in reached:
            await stack.person(f"{user} {n}", "push")
            await stack.rows("DELETE FROM contact")
            await stack.rows("DELETE FROM device")
        await tell(stack, *(token(f"{user} {n}", minute, said and f"{said} {n}") for user, minute, said in order))
        for user, tokens in reached.items():
            assert await pushed(stack, f"{user} {n}") == [f"{said} {n}" for said in tokens], order


@pytest.mark.parametrize(("gone", "left"), [("1", ["tablet"]), ("2", ["phone"]), ("3", []), (None, [])])
async def test_a_device_takes_itself_back_and_an_unknown_one_takes_back_all(
    gone: str | None, left: list[str], open_stack: OpenStack
) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "phone", "1"), token("anna", 2, "tablet", "2"), token("anna", 3, None, gone))
    assert await pushed(stack, "anna") == left


async def test_a_new_token_of_the_same_device_replaces_the_earlier_one(open_stack: OpenStack) -> None:
    stack = await opened(open_stack, behaviour=Behaviour(to={"new": Rates(refuse=1.0)}))
    await tell(stack, token("anna", 1, "old", "1"), token("anna", 2, "new", "1"))
    assert await pushed(stack, "anna") == []
    assert await pushed(stack, "anna") == [], "the earlier token is not the next device"


async def test_one_message_goes_to_one_device_only(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "phone"), token("anna", 2, "tablet"))
    assert await pushed(stack, "anna") == ["tablet"]
    assert await stack.rows("SELECT count(*) AS touches FROM message") == [{"touches": 1}]


async def test_a_dead_device_is_closed_alone_and_the_next_one_is_written_to(open_stack: OpenStack) -> None:
    stack = await opened(open_stack, EITHER, behaviour=Behaviour(to={"tablet": Rates(refuse=1.0)}))
    await stack.identify("anna", email="anna@customer.example")
    await tell(stack, token("anna", 1, "phone"), token("anna", 2, "tablet"))
    assert await pushed(stack, "anna") == ["anna@customer.example"], "that message goes on in the next channel"
    assert await pushed(stack, "anna") == ["phone"]
    await tell(stack, token("anna", 3, "tablet"))
    rows = await stack.rows("SELECT address, state FROM contact WHERE channel = 'push'")
    assert rows == [{"address": "phone", "state": "active"}], "what is dead stays dead"


async def test_whoever_has_no_device_left_has_no_contact(open_stack: OpenStack) -> None:
    stack = await opened(open_stack, behaviour=Behaviour(to={"tablet": Rates(refuse=1.0)}))
    await tell(stack, token("anna", 1, "tablet"))
    assert await pushed(stack, "anna") == []
    states = "SELECT k.state AS contact, d.state AS device FROM contact k JOIN device d USING (customer_id, channel)"
    assert await stack.rows(states) == [{"contact": "dead", "device": "dead"}]


async def test_a_complaint_of_a_customer_closes_all_devices(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "phone"), token("anna", 2, "tablet"))
    await stack.track("anna", "spam_reported", channel="push")
    closed = "SELECT a.key FROM suppression s JOIN address a ON a.channel = 'push' AND a.hash = s.address ORDER BY 1"
    assert [row["key"] for row in await stack.rows(closed)] == ["phone", "tablet"]


async def test_the_oldest_devices_are_forgotten(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, *(token("anna", minute, f"t{minute:02}") for minute in range(1, devices.MOST + 4)))
    rows = await stack.rows("SELECT address FROM device ORDER BY 1")
    assert [row["address"] for row in rows] == [f"t{minute:02}" for minute in range(4, devices.MOST + 4)]
    assert await pushed(stack, "anna") == [f"t{devices.MOST + 3}"]


async def test_a_device_that_was_known_before_there_were_devices_is_one(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "old"), token("olga", 1, "other"))
    await stack.rows("DELETE FROM device")
    await tell(stack, token("anna", 2, "new"), token("anna", 3, "other"))
    assert await pushed(stack, "anna", "olga") == ["other"], "and leaves whoever had it"
    rows = await stack.rows("SELECT address, state FROM device ORDER BY state, address")
    assert [(row["address"], row["state"]) for row in rows] == [
        ("new", "active"),
        ("old", "active"),
        ("other", "active"),
        ("other", "removed"),
    ]


SUBSCRIPTION = {"endpoint": "https://p.example/A", "keys": {"p256dh": "k", "auth": "a"}, "expirationTime": None}


async def test_a_subscription_to_web_push_is_an_object_or_its_text_and_known_by_its_endpoint(
    open_stack: OpenStack,
) -> None:
    stack = await opened(open_stack)
    await tell(stack, ("anna", 1, {"traits": {"webpush": SUBSCRIPTION}}))
    await tell(stack, ("anna", 2, {"traits": {"webpush": '{"keys": {}, "endpoint": "https://p.example/A"}'}}))
    rows = await stack.rows("SELECT address, address_key FROM contact WHERE channel = 'webpush'")
    assert rows == [
        {"address": '{"keys": {}, "endpoint": "https://p.example/A"}', "address_key": "https://p.example/A"}
    ]
    await tell(stack, ("anna", 3, {"traits": {"webpush": SUBSCRIPTION | {"endpoint": ""}}}))
    assert (await stack.rows("SELECT state FROM contact WHERE channel = 'webpush'")) == [{"state": "removed"}]


async def test_a_device_that_two_customers_tell_at_once_is_one_customer_s(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    pairs = [token(user, minute, f"shared {n}") for n in range(10) for minute, user in ((1, "anna"), (2, "olga"))]
    await asyncio.gather(*(tell(stack, word) for word in pairs))
    owners = "SELECT address, count(*) AS owners FROM device WHERE state = 'active' GROUP BY 1 HAVING count(*) <> 1"
    assert await stack.rows(owners) == []
    latest = "SELECT DISTINCT value FROM device JOIN identity USING (customer_id) WHERE state = 'active'"
    assert [row["value"] for row in await stack.rows(latest)] == ["olga"], "the latest word wins"


async def test_whoever_tells_a_device_waits_for_another_who_is_just_telling_it(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 0, "first"))
    async with stack.runtime.database.transaction() as connection:
        await addresses.lock_addresses(connection, stack.runtime.address_hasher, [("push", "shared")])
        other = asyncio.create_task(tell(stack, token("anna", 1, "other")))
        same = asyncio.create_task(tell(stack, token("olga", 1, "shared")))
        await other
        assert not (await asyncio.wait([same], timeout=0.3))[0]
    await same


async def test_whoever_had_the_device_is_locked_before_it_leaves(open_stack: OpenStack) -> None:
    stack = await opened(open_stack)
    await tell(stack, token("anna", 1, "sold"), token("anna", 2, "kept"))
    async with stack.runtime.database.transaction() as connection:
        await connection.execute(
            "SELECT FROM customer JOIN identity ON customer_id = id WHERE value = 'anna' FOR NO KEY UPDATE OF customer"
        )
        sold = asyncio.create_task(tell(stack, token("olga", 3, "sold")))
        assert not (await asyncio.wait([sold], timeout=0.3))[0]
    await sold
    assert await pushed(stack, "anna", "olga") == ["kept", "sold"]
