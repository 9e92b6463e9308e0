"""A wrong merge is undone: both have what they had, and what was sent meanwhile counts for both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaskad.domain.errors import NotFound, Rejected
from kaskad.services.identities.splitting import Split, split
from tests.support.delivering import CART, everybody
from tests.support.merging import join
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
# What is stored under a customer's number; of messages and entries nobody looks at when they are due.
STORED = {
    "identity": "kind, value",
    "contact": "channel, address, state, updated_at, message_id, source",
    "device": "channel, address_key, state, updated_at, message_id",
    "confirmed_address": "channel, address, message_id",
    "consent": "purpose, channel, topic, granted, at, message_id",
    "event": "name, source, message_id, occurred_at, properties",
    "cart": "cart_id, items, total, updated_at",
    "enrollment": "journey, key, status, entered_at, last_trigger_at, step, reason",
    "message": "journey, step, channel, address, sent_at",
    "segment_member": "journey, since",
    "past_entry": "journey, entered_at",
}


async def stored(stack: Stack) -> dict[str, list[dict[str, Any]]]:
    """Everything of everybody, but for what a merge writes about itself."""
    found = {}
    for table, columns in STORED.items():
        found[table] = await stack.rows(
            f"SELECT customer_id, {columns} FROM {table} t"
            f" WHERE to_jsonb(t)->>'name' IS DISTINCT FROM 'customers_merged' ORDER BY customer_id, {columns}"
        )
    found["customer"] = await stack.rows(
        "SELECT id, merged_into, members, CASE WHEN merged_into IS NULL THEN attributes END FROM customer ORDER BY id"
    )
    return found


WORDS = st.sampled_from(["email", "phone", "device", "cart", "add", "order", "no", "yes", "seen", "late"])


async def say(stack: Stack, user: str, word: str, n: int) -> None:
    """One thing that a source tells of somebody."""
    match word:
        case "email":
            await stack.identify(user, email=f"{user}{n}@customer.example")
        case "phone":
            await stack.identify(user, phone=f"+7916000{n:04}")
        case "device":
            await stack.identify(user, context={"device": {"token": f"t{n % 3}", "type": "ios", "id": f"d{n % 2}"}})
        case "cart":
            await stack.track(user, "Cart Updated", products=[{"product_id": f"p{n % 3}", "price": 900, "quantity": 2}])
        case "add":
            await stack.track(user, "Product Added", product_id=f"p{n % 3}", price=1500, quantity=1)
        case "order":
            await stack.track(user, "Order Completed", order_id=f"o{n}", products=[{"product_id": f"p{n % 3}"}])
        case "no":
            await stack.track(user, "consent_withdrawn", purpose="marketing")
        case "yes":
            await stack.track(user, "consent_given", purpose="marketing", channel="push")
        case "late":
            await stack.track(user, "app_opened", at=stack.now - timedelta(days=3))
        case _:
            await stack.track(user, "product_viewed", product_id="p1")


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), WORDS), min_size=3, max_size=14))
async def test_a_split_gives_back_exactly_what_a_merge_took(
    story: list[tuple[str, str]], open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=everybody)
    await stack.rows(
        "TRUNCATE attribute, identity, contact, device, consent, event, event_seen, cart, enrollment, message,"
        " customer_merge"
    )
    for user in ("one", "two", "three"):
        await stack.track(user, "app_opened")
    for n, (user, word) in enumerate(story):
        await say(stack, user, word, n)
        await stack.at(timedelta(seconds=20))
    before = await stored(stack)
    await join(stack, "one", "two")
    once = await stored(stack)
    await join(stack, "two", "three")
    await split(stack.runtime, "two", by="anna")
    assert await stored(stack) == once
    await split(stack.runtime, "one", by="anna")
    assert await stored(stack) == before


async def test_what_was_sent_meanwhile_counts_for_both(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.tills()
    for user in ("one", "two"):
        await stack.person(user, "push")
    await stack.cart("one", "c1")
    await stack.at(timedelta(minutes=61))
    await join(stack, "one", "two")
    await stack.tills()
    await stack.run(CART)
    assert len(stack.sent()) == 1
    assert await split(stack.runtime, "one", by="anna") == Split(("user_id:one",), ("user_id:two",))
    shared = await stack.rows("SELECT count(*) AS n FROM shared_touch")
    assert shared == [{"n": 1}]
    await stack.cart("two", "c2")
    await stack.at(timedelta(minutes=61))
    await stack.tills()
    await stack.run(CART)
    assert len(stack.sent()) == 1  # again_after
    (late,) = await stack.rows("SELECT reason FROM enrollment WHERE key = 'c2'")
    assert late["reason"] == "again_too_soon"


async def test_what_was_told_since_stays_with_the_other(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.identify("one", email="one@customer.example")
    await stack.track("two", "app_opened")
    await join(stack, "one", "two")
    await stack.at(timedelta(minutes=1))
    await stack.identify("two", email="new@customer.example")
    await split(stack.runtime, "one", by="anna")
    rows = await stack.rows(
        "SELECT i.value, k.address FROM contact k JOIN identity i USING (customer_id)"
        " WHERE i.kind = 'user_id' ORDER BY i.value"
    )
    assert [(row["value"], row["address"]) for row in rows] == [
        ("one", "one@customer.example"),
        ("two", "new@customer.example"),
    ]


async def test_an_address_that_died_meanwhile_is_dead_for_both(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.identify("one", email="one@customer.example")
    await stack.track("two", "app_opened")
    await join(stack, "one", "two")
    await stack.rows("UPDATE contact SET state = 'dead'")
    await split(stack.runtime, "one", by="anna")
    assert await stack.rows("SELECT state FROM contact") == [{"state": "dead"}]


async def test_who_parts_must_be_named(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    for user in ("one", "two", "three"):
        await stack.track(user, "app_opened")
    with pytest.raises(NotFound, match="no customer is known as 'nobody'"):
        await split(stack.runtime, "nobody", by="anna")
    with pytest.raises(Rejected, match="nobody was merged into 'one'"):
        await split(stack.runtime, "one", by="anna")
    await join(stack, "one", "three")
    await join(stack, "two", "three")
    with pytest.raises(Rejected, match="write which one parts, 'user_id:two' or 'user_id:one'"):
        await split(stack.runtime, "three", by="anna")
