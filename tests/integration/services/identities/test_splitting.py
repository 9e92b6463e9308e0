"""A wrong merge is undone: both have what they had, and what was sent meanwhile counts for both."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.errors import NotFound, Rejected
from kaskad.services.identities.splitting import Split, split
from tests.support.delivering import CART, everybody
from tests.support.merging import join
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize("both", [False, True])
async def test_an_address_that_died_meanwhile_is_dead_for_both(both: bool, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    if both:
        await stack.identify("two", email="one@customer.example")
        await stack.at(timedelta(seconds=1))
    await stack.identify("one", email="one@customer.example")
    await stack.track("two", "app_opened")
    await join(stack, "one", "two")
    await stack.rows("UPDATE contact SET state = 'dead'")
    await split(stack.runtime, "one", by="anna")
    assert await stack.rows("SELECT state FROM contact") == [{"state": "dead"}] * (2 if both else 1)


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


async def test_nobody_keeps_the_mailbox_of_who_was_joined_first(open_stack: OpenStack) -> None:
    """Whoever was joined first and parts takes their addresses along, also out of what later joins wrote down."""
    stack = await open_stack(edit=everybody)
    await stack.track("anchor", "app_opened")
    await stack.person("one", "email", "push")
    await stack.track("three", "app_opened")
    await join(stack, "one", "anchor")
    await stack.at(timedelta(minutes=1))
    await join(stack, "three", "anchor")
    await split(stack.runtime, "one", by="anna")
    await split(stack.runtime, "three", by="anna")
    whose = await stack.rows(
        "SELECT DISTINCT i.value FROM identity i JOIN (SELECT customer_id FROM contact WHERE state <> 'removed'"
        " UNION SELECT customer_id FROM device) k USING (customer_id) WHERE i.kind = 'user_id'"
    )
    assert whose == [{"value": "one"}]
    assert await stack.rows("SELECT id FROM customer_merge WHERE state IS NOT NULL") == []


async def test_an_address_told_again_goes_with_whose_it_was(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("one", "email", "push")
    await stack.track("two", "app_opened")
    await join(stack, "one", "two")
    await stack.at(timedelta(minutes=1))
    await stack.identify("two", email="one@customer.example", push_token="push-one")
    await split(stack.runtime, "one", by="anna")
    whose = await stack.rows(
        "SELECT i.value, k.address FROM contact k JOIN identity i USING (customer_id)"
        " WHERE i.kind = 'user_id' AND k.state = 'active' AND k.address IN ('push-one', 'one@customer.example')"
        " ORDER BY 2"
    )
    assert [row["value"] for row in whose] == ["one", "one"]


@pytest.mark.parametrize("speaker", ["one", "two"])
async def test_a_no_told_while_one_is_a_no_of_both(speaker: str, open_stack: OpenStack) -> None:
    """Nobody knows which of them said it."""
    stack = await open_stack(edit=everybody)
    await stack.tills()
    for user in ("one", "two"):
        await stack.person(user, "push", "email")
        await stack.cart(user, user)
    await join(stack, "one", "two")
    await stack.at(timedelta(minutes=5))
    await stack.track(speaker, "consent_withdrawn", purpose="marketing")
    await split(stack.runtime, "one", by="anna")
    await stack.at(timedelta(minutes=61))
    await stack.tills()
    await stack.run(CART)
    assert stack.sent() == []


@pytest.mark.parametrize("speaker", ["one", "two"])
async def test_what_was_bought_while_one_is_in_no_cart_of_either(speaker: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.tills()
    for user in ("one", "two"):
        await stack.person(user, "push")
        await stack.cart(user, user)
    await join(stack, "one", "two")
    await stack.at(timedelta(minutes=5))
    bought = [{"product_id": "pepperoni", "quantity": 1, "price": 1500}]
    await stack.track(speaker, "Order Completed", order_id="o1", products=bought)
    await split(stack.runtime, "one", by="anna")
    assert await stack.rows("SELECT items FROM cart WHERE items <> '[]'") == []
    await stack.at(timedelta(minutes=61))
    await stack.tills()
    await stack.run(CART)
    assert stack.sent() == []
    assert await stack.rows("SELECT count(*) AS n FROM event WHERE name = 'order_completed'") == [{"n": 2}]
    await join(stack, "one", "two")
    assert await stack.rows("SELECT count(*) AS n FROM event WHERE name = 'order_completed'") == [{"n": 1}], (
        "one person bought once"
    )


@pytest.mark.parametrize("speaker", ["one", "two"])
@pytest.mark.parametrize("again", [{}, {"email": "later@customer.example"}])
async def test_an_address_taken_back_while_one_is_back_for_neither(
    speaker: str, again: dict[str, str], open_stack: OpenStack
) -> None:
    """Also if another one was told after it."""
    stack = await open_stack(edit=everybody)
    for user in ("two", "one"):
        await stack.identify(user, email=f"{user}@customer.example", phone="+79161234567")
        await stack.at(timedelta(seconds=5))
    await join(stack, "one", "two")
    await stack.at(timedelta(minutes=5))
    await stack.identify(speaker, email=None)
    if again:
        await stack.at(timedelta(minutes=5))
        await stack.identify(speaker, **again)
    await split(stack.runtime, "one", by="anna")
    rows = await stack.rows("SELECT address FROM contact WHERE channel = 'email' AND state = 'active'")
    assert [row["address"] for row in rows] == list(again.values())
    phones = await stack.rows("SELECT state FROM contact WHERE channel = 'sms'")
    assert phones == [{"state": "active"}] * 2


async def test_devices_taken_back_while_one_are_back_for_neither(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    for user in ("two", "one"):
        await stack.person(user, "push")
    await join(stack, "one", "two")
    await stack.at(timedelta(minutes=5))
    await stack.identify("one", context={"device": {"token": None, "type": "android"}})
    await split(stack.runtime, "one", by="anna")
    assert await stack.rows("SELECT 1 FROM contact WHERE channel = 'push' AND state = 'active'") == []


async def test_a_no_told_to_a_chain_counts_for_whoever_was_in_it(open_stack: OpenStack) -> None:
    """And for nobody who was somebody else when it was told."""
    stack = await open_stack(edit=everybody)
    for user in ("one", "two", "three"):
        await stack.track(user, "app_opened")
    await join(stack, "one", "two")
    await stack.track("three", "consent_withdrawn", purpose="marketing", channel="email")
    await stack.track("two", "consent_withdrawn", purpose="marketing", channel="sms")
    await join(stack, "two", "three")
    await stack.track("three", "consent_withdrawn", purpose="marketing", channel="push")
    await split(stack.runtime, "one", by="anna")
    one = await stack.rows(
        "SELECT channel FROM consent JOIN identity USING (customer_id) WHERE value = 'one' ORDER BY channel"
    )
    assert [row["channel"] for row in one] == ["push", "sms"]


async def test_only_the_innermost_join_is_undone(open_stack: OpenStack) -> None:
    """Whoever names one id parts that one, and nobody beside it."""
    stack = await open_stack(edit=everybody)
    for user in ("one", "two", "three"):
        await stack.track(user, "app_opened")
    await join(stack, "one", "two")
    await join(stack, "two", "three")
    assert await split(stack.runtime, "one", by="anna") == Split(("user_id:one",), ("user_id:three", "user_id:two"))


async def test_what_is_not_known_any_more_is_not_undone(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    for user in ("one", "two"):
        await stack.track(user, "app_opened")
    await join(stack, "one", "two")
    await stack.rows("UPDATE customer_merge SET state = NULL")
    with pytest.raises(Rejected, match="is not known any more"):
        await split(stack.runtime, "one", by="anna")
