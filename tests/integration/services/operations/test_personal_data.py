"""Whoever is forgotten is found nowhere in the database, and gets nothing; whoever asks gets all that is stored."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.errors import NotFound, Rejected
from kaskad.services.ingestion import segment_events
from kaskad.services.ingestion.rejecting import rejected_events
from kaskad.services.inspect import report
from kaskad.services.operations import personal_data
from kaskad.services.operations.personal_data import StillSending
from kaskad.storage.people import personal_data as stored
from tests.support.delivering import CART, everybody
from tests.support.personal import found, rejected
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
PERSON = ("kolya", "kolya@customer.example", "Nikolay", "push-kolya", "4276-11", "order-77", "cart-9", "Lenina")


async def live(stack: Stack) -> None:
    """A customer of whom every kind of thing is stored, and another one beside."""
    for user in ("kolya", "tolya"):
        await stack.identify(user, email=f"old-{user}@customer.example")
        await stack.at(timedelta(minutes=1))
        await stack.person(user, "email", "push", "sms", card=f"4276-11-{user}", street="Lenina 5", nick="Nikolay")
        await stack.cart(user, cart=f"cart-9-{user}")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run(CART)
    for user in ("kolya", "tolya"):
        products = [{"product_id": "pepperoni", "price": 1500.5, "quantity": 1}]
        await stack.track(user, "Order Completed", order_id=f"order-77-{user}", total=1500.5, products=products)
    await stack.run(CART)
    bad = {"event": "app_opened", "userId": "kolya", "timestamp": "soon", "context": {"ip": "192.0.2.7"}}
    judged = segment_events.parse_request({"batch": [bad]}, stack.now, stack.project, source="site")
    await rejected_events.record_remarks(stack.runtime, "site", judged, remarks=judged.remarks)
    for odd in (" KOLYA@Customer.Example", "OLD-Kolya@customer.example"):
        await rejected(stack, {"traits": {"email": odd}})
    for number, user in enumerate(("kolya", "tolya")):
        no = {"type": "track", "event": "Unsubscribed", "properties": {"email": f" {user.upper()}@customer.example"}}
        await stack.post("site", [{**no, "messageId": f"no-{number}", "timestamp": stack.now.isoformat()}])
    await stack.rows("UPDATE alert SET text = 'KOLYA@Customer.Example is no mailbox' WHERE kind = 'rejected'")
    for user in ("kolya", "tolya"):
        await stack.track(user, "Email Unsubscribed", email=f"{user}@customer.example")


async def test_nothing_of_a_forgotten_customer_is_found(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await live(stack)
    phone = (await stack.rows("SELECT address FROM contact WHERE channel = 'sms' ORDER BY customer_id LIMIT 1"))[0]
    words = [word for word in PERSON if word not in ("4276-11", "order-77", "cart-9", "Nikolay", "Lenina")]
    words += ["4276-11-kolya", "order-77-kolya", "cart-9-kolya", phone["address"].strip("+"), "OLD-Kolya", "KOLYA@"]
    assert {word for _, word in await found(stack, *words)} == set(words)
    done = await personal_data.forget(stack.runtime, "kolya", by="anna")
    assert await found(stack, *words) == set()
    assert done.counts["identity"] == 5 and done.counts["rejected_event"] == 3 and done.counts["event"] > 3
    assert await stack.rows("SELECT by, customer_id FROM erasure") == [{"by": "anna", "customer_id": done.customer}]
    (touch,) = await stack.rows("SELECT DISTINCT customer_id FROM address_touch WHERE customer_id <> 0")
    assert touch["customer_id"] != done.customer
    refused = [row["message_id"] for row in await stack.rows("SELECT message_id FROM refused_address")]
    ledger = "SELECT message_id FROM consent WHERE customer_id = %(id)s"
    own = {row["message_id"] for row in await stack.rows(ledger, id=done.customer)}
    assert refused and own.isdisjoint(refused) and f"forget-{done.customer}" not in refused
    assert {word for _, word in await found(stack, "Nikolay", "Lenina", "4276-11-tolya", "order-77-tolya")} == {
        "Nikolay",
        "Lenina",
        "4276-11-tolya",
        "order-77-tolya",
    }, "the other one is still there"


async def test_what_is_counted_stays_counted(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await live(stack)
    before = (await report.build_report(stack.runtime)).total
    assert sum(before.sent.values()) == 2 and before.goal == 2
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    after = (await report.build_report(stack.runtime)).total
    assert (after.entered, after.sent, after.goal, after.cost) == (
        before.entered,
        before.sent,
        before.goal,
        before.cost,
    )


async def test_whoever_is_forgotten_gets_nothing_more(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("kolya", "email", "push")
    await stack.cart("kolya")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.decide(CART)
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    await stack.run(CART)
    await stack.at(timedelta(days=3))
    await stack.run(CART)
    assert stack.sent() == []
    assert await stack.rows("SELECT DISTINCT status::text, reason FROM enrollment") == [
        {"status": "left", "reason": "forgotten"}
    ]
    assert {row["status"] for row in await stack.rows("SELECT status::text FROM message")} == {"dropped"}


async def test_a_message_that_was_claimed_is_not_sent(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("kolya", "email", "push")
    await stack.cart("kolya")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.decide(CART)
    await stack.rows("UPDATE message SET status = 'claimed', lease_until = now() + interval '1 day'")
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    assert await stack.rows("SELECT status::text, address FROM message") == [{"status": "dropped", "address": None}]


async def test_nobody_is_forgotten_while_a_message_is_on_its_way(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await live(stack)
    await stack.rows("UPDATE message SET status = 'sending' WHERE id = (SELECT min(id::text)::uuid FROM message)")
    users = []
    for user in ("kolya", "tolya"):
        try:
            await personal_data.forget(stack.runtime, user, by="anna")
            users.append(user)
        except StillSending:
            pass
    assert len(users) == 1
    assert len(await stack.rows("SELECT id FROM erasure")) == 1


async def test_an_event_that_comes_later_begins_a_new_customer(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await live(stack)
    done = await personal_data.forget(stack.runtime, "kolya", by="anna")
    await stack.track("kolya", "app_opened")
    (owner,) = await stack.rows("SELECT customer_id FROM identity WHERE value = 'kolya'")
    assert owner["customer_id"] != done.customer
    assert await stack.rows("SELECT name FROM event WHERE customer_id = %(id)s", id=owner["customer_id"]) == [
        {"name": "app_opened"}
    ]


async def test_an_event_that_waited_for_the_lock_is_about_a_new_customer_too(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await live(stack)
    async with stack.runtime.database.transaction() as connection:
        await connection.execute("SELECT FROM customer ORDER BY id FOR NO KEY UPDATE")
        members = [
            row["id"] for row in await stack.rows("SELECT customer_id AS id FROM identity WHERE value = 'kolya'")
        ]
        event = asyncio.create_task(stack.track("kolya", "app_opened", message_id="late"))
        await asyncio.sleep(0.3)
        assert not event.done()
        await stored.erase(connection, members, salt="x", now=stack.now)
    await event
    (row,) = await stack.rows("SELECT customer_id FROM event WHERE message_id = 'late'")
    assert row["customer_id"] not in members


async def test_everything_that_is_stored_is_given_out(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await live(stack)
    document = json.loads(json.dumps(await personal_data.export(stack.runtime, "kolya")))
    text = str(document)
    assert all(word in text for word in PERSON) and "tolya" not in text
    assert 1500.5 in [event["properties"].get("total") for event in document["event"]], "a number, as it was told"
    assert {contact["channel"] for contact in document["contact"]} >= {"email", "push", "sms"}
    assert all(document[table] for table in ("identity", "consent", "event", "enrollment", "decision", "message"))


@pytest.mark.parametrize("named", ["kolya", "user_id:kolya", "card:4276-11-kolya", "4276-11-kolya"])
async def test_a_customer_is_named_by_any_id(named: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await live(stack)
    assert (await personal_data.export(stack.runtime, named))["customer"][0]["attributes"]["nick"] == "Nikolay"


async def test_an_id_of_several_customers_is_not_guessed(stack: Stack) -> None:
    await stack.identify("a", card="77")
    external: Any = [{"type": "phone_id", "id": "77"}]
    call = {"type": "track", "event": "app_opened", "messageId": "x", "timestamp": stack.now.isoformat()}
    await stack.post("site", [call | {"context": {"externalIds": external}}])
    with pytest.raises(Rejected, match="'card:77' or 'phone_id:77'"):
        await personal_data.forget(stack.runtime, "77", by="anna")
    await personal_data.forget(stack.runtime, "card:77", by="anna")
    assert await stack.rows("SELECT kind FROM identity") == [{"kind": "phone_id"}]
    with pytest.raises(NotFound, match="'a'"):
        await personal_data.export(stack.runtime, "a")


async def test_no_table_with_customers_is_overlooked(stack: Stack) -> None:
    """A new table has to be given out, and erased or emptied: here it is named if it is not."""
    rows = await stack.rows(
        """SELECT DISTINCT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE a.attname = 'customer_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"""
    )
    assert {row["name"] for row in rows} == {*stored.EXPORTED, "address_touch", "erasure"}
    assert "address_touch" in stored.EXPORTED_BY_HASH, "an erasure is of whoever was forgotten"


async def test_the_address_gets_no_marketing_again_before_somebody_asks_for_it(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("kolya", "email")
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    assert await found(stack, "kolya@customer.example") == set()
    await stack.at(timedelta(days=1))
    await stack.identify("anna", email="KOLYA@customer.example", timezone="Europe/Moscow")
    await stack.cart("anna")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run(CART)
    assert stack.sent() == []
    refused = await stack.rows("SELECT granted FROM consent WHERE source = 'forget'")
    assert {row["granted"] for row in refused} == {False}


async def test_a_complaint_that_was_made_before_holds_after(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("kolya", "email")
    await stack.track("kolya", "Email Marked as Spam", email="kolya@customer.example")
    assert len(await stack.rows("SELECT address FROM suppression")) > 0
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    await stack.person("kolya", "email")
    await stack.cart("kolya")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run(CART)
    assert stack.sent() == []
