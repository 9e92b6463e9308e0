"""Who is who: one customer for all the names that a person goes by, whoever names them at the same moment."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.merging import join
from tests.support.rules import CARTS, customer_of, second_connection, until_blocked
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio


def seen(id_: str, **said: Any) -> dict[str, Any]:
    """An event of somebody, as a device or a till tells it."""
    return {"type": "track", "event": "app_opened", "messageId": id_, "timestamp": NOON.isoformat()} | said


async def owners(stack: Stack) -> dict[str, int]:
    """Identity → customer."""
    rows = await stack.rows("SELECT kind || ':' || value AS name, customer_id FROM identity")
    return {row["name"]: row["customer_id"] for row in rows}


async def doers(stack: Stack) -> dict[str, int]:
    """Event → customer."""
    return {
        row["message_id"]: row["customer_id"] for row in await stack.rows("SELECT message_id, customer_id FROM event")
    }


async def test_what_a_stranger_did_is_known_when_they_sign_in(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.post("site", [seen("m1", anonymousId="phone")])
    await stack.post("site", [seen("m2", anonymousId="phone", userId="anna"), seen("m3", userId="anna")])
    assert len(set((await doers(stack)).values())) == 1
    assert len(set((await owners(stack)).values())) == 1


async def test_a_card_is_known_by_its_number_at_the_tills(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.identify("anna", card="77")
    till = {"context": {"externalIds": [{"type": "card", "id": 77}]}}
    await stack.post("store", [seen("m1", **till), seen("m2", userId="anna")])
    by = await doers(stack)
    assert by["m1"] == by["m2"]


async def test_strangers_are_different_people(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    for id_, name in (("m1", {"anonymousId": "x"}), ("m2", {"userId": "x"}), ("m3", {"anonymousId": "y"})):
        await stack.post("site", [seen(id_, **name)])
    assert len(set((await doers(stack)).values())) == 3, "a name counts with its kind"


async def test_the_strongest_name_decides(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.post("site", [seen("m1", userId="anna"), seen("m2", userId="boris", anonymousId="phone")])
    await stack.post("site", [seen("m3", userId="anna", anonymousId="phone")])
    by = await doers(stack)
    assert by["m3"] == by["m1"] != by["m2"]


async def test_two_who_name_the_same_new_person_make_one(open_stack: OpenStack) -> None:
    """Both found nobody; the second waits for the first's name, starts again, and finds it."""
    stack = await open_stack(edit=CARTS)
    async with second_connection(stack) as first:
        await first.execute("INSERT INTO customer (created_at) VALUES (%s)", [NOON])
        await first.execute("INSERT INTO identity VALUES ('user_id', 'anna', (SELECT max(id) FROM customer))")
        second = asyncio.create_task(stack.post("site", [seen("m1", userId="anna", anonymousId="phone")]))
        await until_blocked(stack, second)
        await first.commit()
        assert (await second).new == 1
    assert len(await stack.rows("SELECT id FROM customer")) == 1, "who was made in vain is gone"
    assert set((await owners(stack)).values()) == {(await doers(stack))["m1"]}


async def test_many_at_once_make_one(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    posts = [
        stack.post(source, [seen(f"{source}-{name}", userId=name) for name in order])
        for source in ("site", "app", "store")
        for order in [sorted("abcdef", reverse=source == "app")]
    ]
    assert [done.new for done in await asyncio.gather(*posts)] == [6, 6, 6]
    assert len(await stack.rows("SELECT id FROM customer")) == 6
    by = await doers(stack)
    assert all(by[f"site-{name}"] == by[f"app-{name}"] == by[f"store-{name}"] for name in "abcdef")


async def test_what_the_merged_do_is_done_by_whom_they_were_merged_into(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    for user in ("anna", "annas_card"):
        await stack.track(user, "app_opened")
    anna = await customer_of(stack, "anna")
    await join(stack, "annas_card", "anna")
    await stack.track("annas_card", "order_completed", order_id="o1")
    (row,) = await stack.rows("SELECT customer_id FROM event WHERE name = 'order_completed'")
    assert row["customer_id"] == anna


async def test_two_who_share_a_device_are_two(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    for number, user in enumerate(("anna", "boris", "anna", "boris")):
        call = {
            "type": "identify",
            "traits": {"email": f"{user}@customer.example", "card": "77"},
            "anonymousId": "tablet",
        }
        await stack.post("site", [stack.call(call, user, f"m{number}", None)])
    assert await customer_of(stack, "anna") != await customer_of(stack, "boris")
    rows = await stack.rows("SELECT address FROM contact ORDER BY address")
    assert [row["address"] for row in rows] == ["anna@customer.example", "boris@customer.example"]
