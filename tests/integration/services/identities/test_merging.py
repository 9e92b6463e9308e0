"""Two customers become one person: what is known of either holds for both, and nothing is sent twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.experiment import in_control_group
from kaskad.domain.journeys.policy import Policy
from kaskad.services.inspect import replay
from kaskad.services.operations import personal_data
from tests.support.delivering import CART, everybody
from tests.support.merging import cart_left, entries, join
from tests.support.personal import found
from tests.support.rules import customer_of, event_journey, send, wait, with_journeys
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio
THANKS = with_journeys(event_journey("thanks", "order_completed", enter={"once_per": ["order"]}))


async def test_what_the_card_bought_ends_the_reminder_of_the_device(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await cart_left(stack, "device")
    await stack.track("card", "Order Completed", source="store", order_id="o1", total=900)
    await join(stack, "device", "card")
    await stack.run(CART)
    assert stack.sent() == []
    assert [row["left_by"] for row in await entries(stack)] == ["order_completed"]


async def test_what_was_queued_is_decided_again(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await cart_left(stack, "device")
    await stack.decide(CART)
    await stack.track("card", "Order Completed", source="store", order_id="o1", total=900)
    await join(stack, "device", "card")
    assert await stack.rows("SELECT status::text, reason FROM message") == [{"status": "held", "reason": "merged"}]
    await stack.run(CART)
    assert stack.sent() == []


async def test_somebody_who_bought_nothing_still_hears_of_the_cart_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await cart_left(stack, "device")
    await stack.decide(CART)
    await stack.track("card", "app_opened", source="store")
    await join(stack, "device", "card")
    await stack.run(CART)
    assert [channel for channel, _ in stack.sent()] == ["push"]


async def test_what_was_sent_to_one_counts_for_the_other(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await cart_left(stack, "one")
    await stack.run(CART)
    assert len(stack.sent()) == 1
    await cart_left(stack, "two")
    await join(stack, "one", "two")
    await stack.run(CART)
    assert len(stack.sent()) == 1
    assert {(row["status"], row["reason"]) for row in await entries(stack)} == {("active", None), ("left", "merged")}


async def test_a_no_under_one_is_a_no_of_the_other(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.track("card", "consent_withdrawn", purpose="marketing")
    await stack.at(timedelta(minutes=-30))
    await cart_left(stack, "device")
    await join(stack, "card", "device")
    await stack.at(timedelta(minutes=5))
    await stack.run(CART)
    assert stack.sent() == []


async def test_the_same_order_thanks_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=THANKS)
    for user, source in (("site", "site"), ("till", "store")):
        await stack.person(user, "email")
        await stack.track(user, "Order Completed", source=source, order_id="o1", total=900)
    await join(stack, "till", "site")
    await stack.run("thanks")
    assert len(stack.sent()) == 1


async def test_the_later_word_about_an_address_stands(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.identify("one", email="old@customer.example", phone="+79161234567")
    await stack.at(timedelta(seconds=5))
    await stack.identify("two", email="new@customer.example")
    await join(stack, "two", "one")
    rows = await stack.rows(
        "SELECT DISTINCT channel, address FROM contact WHERE channel IN ('email', 'sms') ORDER BY 1"
    )
    assert [row["address"] for row in rows] == ["new@customer.example", "+79161234567"]


async def test_devices_of_both_are_the_persons(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("one", "push")
    await stack.at(timedelta(seconds=1))
    await stack.person("two", "push")
    await join(stack, "two", "one")
    assert {row["address"] for row in await stack.rows("SELECT address FROM device")} == {"push-one", "push-two"}
    (contact,) = await stack.rows("SELECT address FROM contact WHERE channel = %(push)s", push=Channel.PUSH)
    assert contact["address"] == "push-two"


async def test_who_waits_in_a_journey_goes_on_as_the_person(open_stack: OpenStack) -> None:
    steps = [wait(3600), send("how_was_it")]
    stack = await open_stack(edit=with_journeys(event_journey("visits", "app_opened", steps=steps)))
    await stack.person("one", "email")
    await stack.track("one", "app_opened")
    await stack.run("visits")
    await stack.track("two", "site_opened")
    await join(stack, "one", "two")
    await stack.run("visits")
    assert stack.sent() == []  # it is decided anew, and the wait is not over
    await stack.at(timedelta(hours=1))
    await stack.run("visits")
    assert len(stack.sent()) == 1


async def test_what_is_stored_of_both_is_in_one_name(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await cart_left(stack, "one")
    await stack.run(CART)
    await stack.person("two", "email")
    gone, stands = [await customer_of(stack, user) for user in ("one", "two")]
    await join(stack, "one", "two")
    rows = await stack.rows(
        "SELECT id, merged_into, members FROM customer WHERE id = ANY(%(both)s)", both=[gone, stands]
    )
    assert {row["id"]: (row["merged_into"], row["members"]) for row in rows} == {
        gone: (stands, None),
        stands: (None, [stands, gone]),
    }
    for table in ("identity", "contact", "device", "event", "enrollment", "message", "consent", "cart"):
        owners = {row["who"] for row in await stack.rows(f"SELECT customer_id AS who FROM {table}")}
        assert stands in owners and gone not in owners, table


async def test_whoever_was_outside_as_either_stays_outside(open_stack: OpenStack) -> None:
    half = Decimal("0.5")
    stack = await open_stack(edit=lambda p: THANKS(p).model_copy(update={"policy": Policy(control_group=half)}))
    outside: dict[bool, str] = {}
    for n in range(20):
        await stack.person(f"u{n}", "email")
        outside.setdefault(in_control_group(await customer_of(stack, f"u{n}"), half), f"u{n}")
    await stack.track(outside[True], "Order Completed", order_id="o0", total=900)
    await stack.run("thanks")
    await join(stack, outside[True], outside[False])
    await stack.track(outside[False], "Order Completed", order_id="o1", total=900)
    await stack.run("thanks")
    assert stack.sent() == []
    assert [row["reason"] for row in await entries(stack, "thanks")] == ["control_group", "control_group"]
    result = await replay.replay(stack.runtime)
    assert result.decisions and not result.differences


async def test_nobody_is_the_more_outside_the_more_visitors_they_were(open_stack: OpenStack) -> None:
    """Whom nothing was decided of for a measurement is no toss of it."""
    half = Decimal("0.5")
    stack = await open_stack(edit=lambda p: THANKS(p).model_copy(update={"policy": Policy(control_group=half)}))
    visitors, inside = list[str](), ""
    for n in range(8):
        await stack.person(f"u{n}", "email")
        is_outside = in_control_group(await customer_of(stack, f"u{n}"), half)
        inside = inside if is_outside else inside or f"u{n}"
        visitors.append(f"u{n}")
    for visitor in visitors:
        if visitor != inside:
            await join(stack, visitor, inside)
    await stack.track(inside, "Order Completed", order_id="o1", total=900)
    await stack.run("thanks")
    assert len(stack.sent()) == 1


async def test_what_was_decided_before_replays_as_it_was(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await cart_left(stack, "one")
    await stack.run(CART)
    await stack.track("two", "app_opened")
    await join(stack, "one", "two")
    await stack.run(CART)
    result = await replay.replay(stack.runtime)
    assert result.decisions and not result.differences


async def test_whoever_waits_inside_leaves_at_once_if_the_other_bought(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await cart_left(stack, "device")
    await stack.run(CART)
    await stack.track("card", "Order Completed", source="store", order_id="o1", total=900)
    await join(stack, "device", "card")
    await stack.run(CART)
    assert [row["left_by"] for row in await entries(stack)] == ["order_completed"]


async def test_what_was_sent_to_the_address_is_the_persons_own(open_stack: OpenStack) -> None:
    """Also when the message itself was deleted long ago: only somebody else is not written to again."""
    visits = event_journey("visits", "app_opened", enter={"again_after": "always"})
    stack = await open_stack(edit=with_journeys(visits))
    for user in ("one", "two"):
        await stack.identify(user, email="both@customer.example")
        await stack.track(user, "consent_given", purpose="marketing", channel="email")
    await stack.track("one", "app_opened")
    await stack.run("visits")
    await stack.rows("DELETE FROM message")
    await stack.at(timedelta(hours=1))
    await join(stack, "one", "two")
    await stack.track("two", "app_opened")
    await stack.run("visits")
    assert len(stack.sent()) == 2


async def test_a_forgotten_person_is_found_in_no_record_of_a_merge(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.identify("device-77", email="secret@customer.example")
    await stack.identify("card-77", phone="+79161234567")
    await join(stack, "device-77", "card-77")
    words = ("device-77", "card-77", "secret@customer.example", "79161234567")
    assert {word for _, word in await found(stack, *words)} == set(words)
    await personal_data.forget(stack.runtime, "device-77", by="anna")
    assert await found(stack, *words) == set()
    assert await stack.rows("SELECT count(*) AS n FROM customer WHERE id > 0 AND forgotten_at IS NULL") == [{"n": 0}]


async def test_of_two_entries_the_one_that_has_sent_stays(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await cart_left(stack, "one")
    await stack.decide(CART)  # the first entry is older, and has sent nothing yet
    await cart_left(stack, "two")
    await stack.rows("UPDATE message SET status = 'held'")
    await stack.rows("UPDATE enrollment SET due_at = due_at + interval '9 hours' WHERE customer_id = 2")
    await stack.run(CART)
    assert [to for _, to in stack.sent()] == ["push-two"]
    await join(stack, "one", "two")
    await stack.run(CART)
    assert len(stack.sent()) == 1
    assert [(row["status"], row["reason"]) for row in await entries(stack)] == [("left", "merged"), ("active", None)]


async def test_the_device_that_is_left_is_the_one_that_is_reached(open_stack: OpenStack) -> None:
    """Whoever took back their devices meant their own."""
    stack = await open_stack(edit=everybody)
    for user in ("one", "two"):
        await stack.person(user, "push")
        await stack.at(timedelta(seconds=1))
    await stack.identify("two", context={"device": {"token": None, "type": "android"}})
    await join(stack, "two", "one")
    (contact,) = await stack.rows("SELECT address, state FROM contact WHERE channel = 'push'")
    assert contact == {"address": "push-one", "state": "active"}


async def test_a_stranger_brings_no_address_of_their_own(open_stack: OpenStack) -> None:
    """Everybody can name a user id to the site: what the call centre told of the user's mailbox stands."""
    stack = await open_stack(edit=everybody)

    def said(source: str, who: dict[str, str], mail: str) -> tuple[str, dict[str, Any]]:
        call = {"type": "identify", "messageId": f"{source}-{mail}", "timestamp": stack.now.isoformat()}
        return source, call | {"traits": {"email": mail}} | who

    source, call = said("call_centre", {"userId": "victim"}, "victim@customer.example")
    await stack.post(source, [call])
    await stack.at(timedelta(minutes=1))
    source, call = said("site", {"anonymousId": "stranger"}, "stranger@customer.example")
    await stack.post(source, [call])
    await stack.at(timedelta(minutes=1))
    login = {"type": "track", "event": "app_opened", "messageId": "login", "timestamp": stack.now.isoformat()}
    await stack.post("site", [login | {"userId": "victim", "anonymousId": "stranger"}])
    assert await stack.rows("SELECT count(*) AS n FROM customer WHERE merged_into NOTNULL") == [{"n": 1}]
    assert await stack.rows("SELECT address FROM contact WHERE channel = 'email'") == [
        {"address": "victim@customer.example"}
    ]
