"""Nothing leads back to who was forgotten: old addresses, odd spellings, alerts, refusals. Nobody else pays for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from kaskad.services.operations import personal_data, retention
from kaskad.storage.people import addresses
from tests.support.delivering import everybody
from tests.support.personal import found, rejected
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
SELLS = with_journeys(event_journey("sells", "app_opened", topic="carts"))
SHARED = "family@customer.example"
PHONE = "+79160001234"


NAMES = {
    "a number for an id": {"userId": 12345, "event": "x"},
    "a number with a point": {"userId": 12345.0},
    "a number inside": {"properties": {"order": "12345-7"}},
    "a short card as a number": {"traits": {"card": 77}},
    "a short id under another name": {"properties": {"customerNo": 77}},
    "the number as people write it": {"traits": {"phone": "+7 (916) 000-12-34"}},
    "the number of here": {"traits": {"phone": "8 916 0001234"}},
    "the number without anything": {"traits": {"phone": 9160001234}},
    "the number in parts": {"traits": {"code": "916", "number": "000-12-34"}},
    "the number in other digits": {"traits": {"phone": "+٧٩١٦٠٠٠١٢٣٤"}},
    "capitals and blanks": {"traits": {"email": "  KOLYA@Customer.Example "}},
    "in a sentence": {"properties": {"comment": "write to kolya@customer.example, please"}},
    "in a link": {"properties": {"url": "https://shop.example/?m=kolya%40customer.example"}},
    "full width": {"traits": {"email": "ｋｏｌｙａ@customer.example"}},
    "what nobody sees": {"traits": {"email": "ko\u200blya@customer.example"}},
    "in ASCII": '{"userId": "\\u043a\\u043e\\u043b\\u044f"}',
}
OTHERS = {
    "another number": {"userId": 123456, "event": "x"},
    "a price": {"properties": {"price": 77, "product_id": "77"[:1]}},
    "another phone": {"traits": {"phone": "+7 (916) 000-12-35"}},
    "another mailbox": {"traits": {"email": "tolya@customer.example"}},
}


async def test_rejected_events_go_however_they_name_the_person(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.identify("12345", card="77", email="kolya@customer.example", phone=PHONE)
    external = [{"type": "login", "id": "коля"}]
    await stack.track("12345", "app_opened")
    call = {"type": "identify", "context": {"externalIds": external}, "traits": {}}
    await stack.post("site", [stack.call(call, "12345", "ids", None)])
    for place, body in (NAMES | OTHERS).items():
        await rejected(stack, body, detail=place)
    done = await personal_data.forget(stack.runtime, "12345", by="anna")
    left = {row["detail"] for row in await stack.rows("SELECT detail FROM rejected_event")}
    assert left == set(OTHERS)
    assert done.counts["rejected_event"] == len(NAMES)


async def test_alerts_and_failures_keep_no_word_about_the_person(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("kolya", "email")
    texts = ["'email' is 'KOLYA@customer.example'", "the event of 'kolya' has no time", "nothing is heard of it"]
    for number, text in enumerate(texts):
        await stack.rows(
            """INSERT INTO alert (kind, journey, reason, text, count, first_at, last_at)
               VALUES ('rejected', '', %(reason)s, %(text)s, 1, %(now)s, %(now)s)""",
            reason=f"site:{number}",
            text=text,
            now=stack.now,
        )
    cut = "'email' is 'kolya@custom"
    await rejected(stack, {"userId": "kolya"}, detail=cut, code="cut")
    await stack.rows(
        """INSERT INTO alert (kind, journey, reason, text, count, first_at, last_at)
           VALUES ('rejected', '', 'site:cut', %(cut)s, 1, %(now)s, %(now)s)""",
        cut=cut,
        now=stack.now,
    )
    await stack.rows(
        """INSERT INTO carrier (name, next_free, failure) VALUES ('smtp', %(now)s, '550 kolya@customer.example?')""",
        now=stack.now,
    )
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    assert await found(stack, "kolya", "KOLYA") == set()
    kept = await stack.rows("SELECT text FROM alert WHERE reason ~ '^site:' ORDER BY reason")
    assert [row["text"] for row in kept] == ["", "", texts[2], ""]


async def test_earlier_addresses_go_too(open_stack: OpenStack) -> None:
    """One was replaced before anything was sent there, one was written to long ago, one was taken back."""
    stack = await open_stack(edit=SELLS)
    await stack.person("kolya", email="old-kolya@customer.example", phone=PHONE)
    await stack.track("kolya", "app_opened")
    await stack.run("sells")
    await stack.rows("DELETE FROM event WHERE name = 'identify'")  # as retention does
    await stack.at(timedelta(minutes=1))
    await stack.identify("kolya", email="unused@customer.example")
    await stack.at(timedelta(minutes=1))
    await stack.identify("kolya", email="new@customer.example", phone=None)
    told = {"old-kolya@customer.example", "unused@customer.example", "new@customer.example", PHONE[1:]}
    assert told <= {row["key"] for row in await stack.rows("SELECT key FROM address")}
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    assert await stack.rows("SELECT key FROM address") == []
    assert await found(stack, "@customer.example", PHONE[1:]) == set()


async def test_an_address_that_nobody_has_any_more_is_not_kept_in_plain(stack: Stack) -> None:
    await stack.identify("kolya", email="old@customer.example")
    await stack.person("olga", "email", "push")
    async with stack.runtime.database.transaction() as connection:
        await addresses.lock_addresses(connection, stack.runtime.address_hasher, [("push", "push-olga")])
    for number in range(3):
        await stack.at(timedelta(minutes=1))
        await stack.identify("kolya", email=f"new{number}@customer.example")
    await stack.at(timedelta(minutes=1))
    await stack.track("Nobody", "Unsubscribed", email="stranger@customer.example")
    holders = await stack.rows("SELECT channel, key, hash FROM address WHERE key ~ 'olga|new2' ORDER BY 1, 2")
    refused = await stack.rows("SELECT reached_by, address FROM refused_address")
    retention_batch = retention.BATCH_SIZE
    retention.BATCH_SIZE = 2
    try:
        await retention.create_partitions(stack.runtime)
        await retention.delete_expired(stack.runtime)
    finally:
        retention.BATCH_SIZE = retention_batch
    assert await stack.rows("SELECT channel, key, hash FROM address ORDER BY 1, 2") == holders and len(holders) == 3
    assert await stack.rows("SELECT reached_by, address FROM refused_address") == refused and refused
    assert {row["key"] for row in holders} == {"olga@customer.example", "push-olga", "new2@customer.example"}


async def test_whoever_gets_the_address_meanwhile_keeps_its_row(stack: Stack) -> None:
    async with stack.runtime.database.transaction() as getting:
        hasher = stack.runtime.address_hasher
        await addresses.lock_addresses(getting, hasher, [("email", "a@x.example"), ("email", "b@x.example")])
    async with stack.runtime.database.transaction() as getting:
        await addresses.lock_addresses(getting, hasher, [("email", "a@x.example")])
        async with stack.runtime.database.transaction() as retaining:
            unheld, last = await addresses.list_unheld(retaining, ("", ""), 10)
            assert unheld == [("email", "b@x.example")] and last == ("email", "b@x.example")
            assert await addresses.list_unheld(retaining, last, 10) == ([], None)


async def sharing(stack: Stack) -> None:
    """Kolya and Olga have one mailbox, and Kolya a number of his own."""
    for user in ("kolya", "olga"):
        await stack.person(user, email=SHARED)
    await stack.identify("kolya", phone=PHONE)


async def consents(stack: Stack, user: str) -> list[Mapping[str, Any]]:
    """What the ledger has of withdrawals."""
    return await stack.rows(
        """SELECT c.purpose, c.channel, c.source, c.message_id FROM consent c JOIN identity i USING (customer_id)
            WHERE i.value = %(user)s AND NOT c.granted ORDER BY c.purpose, c.channel""",
        user=user,
    )


async def test_somebody_else_with_the_address_keeps_their_consent(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=SELLS)
    await sharing(stack)
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    refused = await stack.rows("SELECT DISTINCT reached_by, channel FROM refused_address ORDER BY 1")
    assert [tuple(row.values()) for row in refused] == [("call",) * 2, ("sms",) * 2, ("viber",) * 2], "his own alone"
    await stack.at(timedelta(days=1))
    await stack.identify("olga", email=SHARED.upper())
    await stack.track("olga", "app_opened")
    await stack.run("sells")
    assert await consents(stack, "olga") == []
    assert stack.sent() == [("email", "FAMILY@customer.example")]


async def test_what_was_refused_at_a_shared_address_stays_refused(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=SELLS)
    await sharing(stack)
    await stack.track("kolya", "Email Unsubscribed", email=SHARED)
    await stack.track("kolya", "Email Marked as Spam", email=SHARED)
    before = await stack.rows("SELECT reached_by, purpose, channel, at FROM refused_address ORDER BY 1, 2, 3")
    closed = await stack.rows("SELECT * FROM suppression")
    assert before and closed
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    after = await stack.rows(
        "SELECT reached_by, purpose, channel, at FROM refused_address WHERE source <> 'forget' ORDER BY 1, 2, 3"
    )
    assert after == before and await stack.rows("SELECT * FROM suppression") == closed
    for user in ("olga", "petya"):
        await stack.identify(user, email=SHARED)
        await stack.track(user, "app_opened")
    await stack.run("sells")
    assert stack.sent() == []


async def test_a_refusal_counts_in_its_own_channel(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=SELLS)
    await stack.person("kolya", "email")
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    await stack.at(timedelta(days=1))
    await stack.identify("masha", email="kolya@customer.example")
    withdrawn = await consents(stack, "masha")
    assert {row["channel"] for row in withdrawn} == {"email"}
    assert {row["purpose"] for row in withdrawn} == {"marketing", "ads", "profiling", "calls"}


async def test_no_number_leads_back_from_an_address(open_stack: OpenStack) -> None:
    """Who has the suppression key can hash an address, but finds no row of the customer by it."""
    stack = await open_stack(edit=SELLS)
    await sharing(stack)
    await stack.track("kolya", "app_opened")
    await stack.run("sells")
    await stack.track("kolya", "Email Unsubscribed", email=SHARED)
    (touch,) = await stack.rows("SELECT customer_id, message_id FROM address_touch")
    (no,) = await stack.rows("SELECT DISTINCT message_id FROM refused_address")
    done = await personal_data.forget(stack.runtime, "kolya", by="anna")
    assert touch["customer_id"] == done.customer
    (kept,) = await stack.rows("SELECT customer_id, message_id FROM address_touch")
    assert kept["customer_id"] == 0 and kept["message_id"] != touch["message_id"]
    theirs = await stack.rows("SELECT message_id FROM consent WHERE customer_id = %(id)s", id=done.customer)
    ids = [row["message_id"] for row in await stack.rows("SELECT message_id FROM refused_address")]
    assert not {row["message_id"] for row in theirs} & set(ids) and no["message_id"] not in ids
    assert not any(str(done.customer) in id_.split("-") for id_ in ids)
    of_address = await stack.rows("SELECT count(DISTINCT message_id) AS n FROM refused_address WHERE source = 'forget'")
    assert of_address == [{"n": 3}], "and no address to another one"


async def test_what_was_sent_to_the_address_still_counts_there(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=SELLS)
    await sharing(stack)
    await stack.track("kolya", "app_opened")
    await stack.run("sells")
    await personal_data.forget(stack.runtime, "kolya", by="anna")
    await stack.track("olga", "app_opened")
    await stack.run("sells")
    assert len(stack.sent()) == 1
    assert {"status": "dropped", "reason": "same_address"} in await stack.rows(
        "SELECT status::text, reason FROM message"
    )
