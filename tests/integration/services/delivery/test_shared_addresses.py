"""One mailbox, one message: two customers who share an address get what is meant for both once, whoever sends it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel, Refused, Unknown
from tests.support.delivering import watched, worker
from tests.support.mailboxes import SHARED, SPELLINGS, outcomes, queue_for, sharing
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack
from tests.support.stopping_by import ALL, channel_steps, click, enter, to

pytestmark = pytest.mark.anyio
MAIL = Channel.EMAIL
HOUR = timedelta(hours=1)
ONCE = [("dropped", "same_address"), ("sent", None)]
OTHER = event_journey("plain", "review_written", topic="carts")
TWO = with_journeys(event_journey("sells", "app_opened", topic="carts"), OTHER)


@pytest.mark.parametrize("journey", ["sells", "asked"])
async def test_of_one_micro_batch_the_first_goes(journey: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    for number, email in enumerate(SPELLINGS):
        await sharing(stack, f"u{number}", email=email)
    await queue_for(stack, journey, *(f"u{number}" for number in range(len(SPELLINGS))))
    await stack.run(journey)
    assert len(to(stack)) == 1
    assert Counter(await outcomes(stack, journey)) == {ONCE[0]: len(SPELLINGS) - 1, ONCE[1]: 1}
    dropped = "SELECT DISTINCT step, reason FROM decision WHERE kind = 'dropped'"
    assert await stack.rows(dropped) == [{"step": "send:how_was_it", "reason": "same_address"}]


WRITTEN = {
    "mailbox": ("email", "email", SPELLINGS[:3]),
    "mailbox in Cyrillic": ("email", "email", ("ivan@почта.рф", "Ivan@xn--80a1acny.xn--p1ai", " IVAN@ПОЧТА.РФ. ")),
    "number": ("sms", "phone", ("+79160000005", "8 (916) 000-00-05", 9160000005)),
}


@pytest.mark.parametrize(("channel", "trait", "written"), WRITTEN.values(), ids=WRITTEN)
async def test_however_three_write_one_address_one_message_goes_and_one_no_is_all_of_theirs(
    channel: str, trait: str, written: tuple[str | int, ...], open_stack: OpenStack
) -> None:
    sells = event_journey("sells", "app_opened", cascade=channel_steps(channel), topic="carts")
    stack = await open_stack(edit=with_journeys(sells))
    users = [f"u{number}" for number in range(len(written))]
    for user, address in zip(users, written, strict=True):
        await stack.person(user, **{trait: address})
    await stack.at(HOUR)
    await queue_for(stack, "sells", *users)
    await stack.run("sells")
    assert len(stack.sent()) == 1
    await click(stack, "sells", channel)
    for later in (24 * HOUR, 48 * HOUR):
        await stack.at(later)
        await enter(stack, "sells", *users)
    assert len(stack.sent()) == 1


async def test_a_number_and_a_device_are_addresses_too(open_stack: OpenStack) -> None:
    sells = [event_journey(name, "app_opened", cascade=channel_steps(name)) for name in ("sms", "push")]
    stack = await open_stack(edit=with_journeys(*sells))
    for user, phone in (("anna", "8 (916) 000-00-05"), ("olga", "+79160000005")):
        await stack.person(user, phone=phone)
        await stack.identify(user, context={"device": {"token": "the family's tablet", "type": "android"}})
    for user in ("anna", "olga"):
        await stack.track(user, "app_opened")
    for name in ("sms", "push"):
        await stack.run(name)
    assert await outcomes(stack, "sms") == ONCE
    assert await outcomes(stack, "push") == [("sent", None)], "the tablet is hers who used it last"


async def test_what_must_be_told_is_told_to_each(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna", "olga")
    await enter(stack, "sells", "anna")
    await queue_for(stack, "must", "anna", "olga")
    await stack.run("must")
    assert to(stack) == [SHARED] * 3


async def test_no_other_channel_takes_it(open_stack: OpenStack) -> None:
    sells = event_journey("sells", "app_opened", cascade=channel_steps("email", "push", "sms"), topic="carts")
    stack = await open_stack(edit=with_journeys(sells))
    await sharing(stack, "anna", email=SHARED)
    await stack.person("olga", "push", "sms", email=SHARED)
    await queue_for(stack, "sells", "anna")
    await stack.run("sells")
    await queue_for(stack, "sells", "olga")
    for _ in range(3):
        await stack.run("sells")
        await stack.at(2 * HOUR)
    assert stack.sent() == [("email", SHARED)]


async def test_who_was_reached_by_another_channel_before_is_no_second(open_stack: OpenStack) -> None:
    """One was reached by push, which is nobody else's; the mailbox itself has had nothing."""
    sells = event_journey("sells", "app_opened", cascade=channel_steps("push", "email"), topic="carts")
    stack = await open_stack(edit=with_journeys(sells))
    await stack.person("anna", "push", email=SHARED)
    await stack.person("olga", email=SHARED)
    await queue_for(stack, "sells", "anna", "olga")
    await stack.run("sells")
    assert sorted(stack.sent()) == [("email", SHARED), ("push", "push-anna")]
    await stack.at(HOUR)
    await stack.run("sells")
    assert ("dropped", "same_address") in await outcomes(stack, "sells"), "then the fallback comes to the same mailbox"
    assert len(stack.sent()) == 2


async def test_another_advertisement_is_held_and_goes_three_hours_later(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=TWO)
    await sharing(stack, "anna", "olga")
    await enter(stack, "sells", "anna")
    first = stack.now
    await stack.at(HOUR)
    await enter(stack, "plain", "olga")
    assert await outcomes(stack, "plain") == [("held", "between_messages")]
    (row,) = await stack.rows("SELECT status, due_at FROM enrollment WHERE journey = 'plain'")
    assert row == {"status": "active", "due_at": first + 3 * HOUR}
    await stack.at(first + 3 * HOUR)
    await stack.run("plain")
    assert await outcomes(stack, "plain") == [("sent", None)]


async def test_of_two_advertisements_of_one_micro_batch_the_second_is_held(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna", "olga")
    await enter(stack, "sells", "anna")
    await stack.at(24 * HOUR)
    await enter(stack, "sells", "olga")  # while the second step of the other one is due
    assert len(to(stack)) == 2
    assert await outcomes(stack, "sells") == [("held", "between_messages"), ("sent", None), ("sent", None)]
    await stack.at(3 * HOUR)
    await stack.run("sells")
    assert len(to(stack)) == 3


async def test_what_one_customer_gets_twice_is_for_the_caps_to_stop(open_stack: OpenStack) -> None:
    orders = event_journey("sells", "app_opened", enter={"once_per": "order"}, topic="carts")
    stack = await open_stack(edit=with_journeys(orders))
    await sharing(stack, "anna")
    for order in "12":
        await stack.track("anna", "app_opened", order_id=order)
    await stack.run("sells")
    assert to(stack) == [SHARED] * 2


async def test_another_requested_message_is_not_held(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await sharing(stack, "anna", "olga")
    await enter(stack, "sells", "anna")
    await enter(stack, "asked", "olga")
    assert to(stack) == [SHARED] * 2


async def test_what_the_provider_refused_was_not_sent(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=TWO)
    await sharing(stack, "anna", "olga")
    await queue_for(stack, "sells", "anna")

    async def refuse(*_: object) -> Refused:
        return Refused("the letter is too long")

    assert (await worker(stack, watched(stack, "email", before=refuse)).deliver(MAIL, "sells")).outcomes == {
        "failed": 1
    }
    await enter(stack, "sells", "olga")
    assert to(stack) == [SHARED]


async def test_what_may_have_been_sent_counts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=TWO)
    await sharing(stack, "anna", "olga")
    await queue_for(stack, "sells", "anna")

    async def nobody_knows(*_: object) -> Unknown:
        return Unknown("the line went dead")

    assert (await worker(stack, watched(stack, "email", before=nobody_knows)).deliver(MAIL, "sells")).outcomes == {
        "unknown": 1
    }
    await enter(stack, "sells", "olga")
    assert to(stack) == []


async def test_it_is_the_address_at_the_time_of_the_check_that_counts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=TWO)
    await sharing(stack, "anna")
    await sharing(stack, "olga", email="olga@example.com")
    await queue_for(stack, "sells", "anna", "olga")
    await stack.identify("anna", email="anna@example.com")
    await stack.run("sells")
    assert sorted(to(stack)) == ["anna@example.com", "olga@example.com"]
    await sharing(stack, "clara", email=SHARED)
    await sharing(stack, "dora", email="Anna@example.com")
    await enter(stack, "sells", "clara", "dora")
    assert to(stack)[2:] == [SHARED]


async def test_an_address_that_was_told_before_it_had_a_row_is_a_mutex_too(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=TWO)
    await sharing(stack, "anna", "olga")
    await queue_for(stack, "sells", "anna", "olga")
    await stack.rows("DELETE FROM address")
    await stack.run("sells")
    assert await outcomes(stack, "sells") == ONCE
    assert await stack.rows("SELECT channel, key FROM address") == [{"channel": "email", "key": SHARED}]


async def test_a_test_goes_to_the_owner_and_counts_for_nobody(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=TWO)
    await sharing(stack, "anna", "olga")
    await queue_for(stack, "sells", "anna", "olga")
    await stack.rows("UPDATE enrollment SET mode = 'test'")
    await stack.rows("UPDATE message SET mode = 'test'")
    await stack.run("sells")
    assert to(stack) == ["crm@shop.example"] * 2
    assert await stack.rows("SELECT 1 FROM address_touch") == []
