"""A split gives back exactly what a merge took, whatever was told before, and in whatever order merges are undone."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kaskad.services.identities.splitting import split
from tests.support.delivering import everybody
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


MORE = int(os.environ.get("KASKAD_FUZZ_EXAMPLES", "0"))
SEEN = [
    ("two", "cart"),
    ("one", "email"),
    ("three", "add"),
    ("one", "email"),
    ("one", "cart"),
]  # three carts of one name
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


@pytest.fixture
async def stack(open_stack: OpenStack) -> Stack:
    """One shop for all stories: each has customers of its own."""
    return await open_stack(edit=everybody)


@settings(
    max_examples=MORE or 15,
    deadline=None,
    derandomize=not MORE,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    story=st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), WORDS), min_size=3, max_size=14),
    into=st.sampled_from(["two", "three"]),
    order=st.sampled_from([("one", "two"), ("two", "one")]),
)
@example(story=SEEN, into="three", order=("one", "two"))
@example(story=SEEN, into="three", order=("two", "one"))
async def test_a_split_gives_back_exactly_what_a_merge_took(
    story: list[tuple[str, str]], into: str, order: tuple[str, str], stack: Stack
) -> None:
    """In whatever order: also of who was joined first, as if only the other one had been joined."""
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
    merges = {"one": into, "two": "three"}
    first, last = order
    await join(stack, last, merges[last])
    alone = await stored(stack)
    await split(stack.runtime, last, by="anna")
    assert await stored(stack) == before
    chained = order == ("two", "one") and into == "two"
    for user in reversed(order) if chained else order:
        await join(stack, user, merges[user])
    await split(stack.runtime, first, by="anna")
    assert await stored(stack) == alone
    await split(stack.runtime, last, by="anna")
    assert await stored(stack) == before
