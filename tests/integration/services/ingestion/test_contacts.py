"""A contact can be taken back, and what was said last about it holds, whatever the order in which it is heard."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.storage.outlook import preview_data
from kaskad.storage.publishing import publications
from tests.support.delivering import everybody, queue, statuses, worker
from tests.support.rules import CARTS, event_journey, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
LETTER = event_journey("letter", "app_opened")
MINUTE = timedelta(minutes=1)


async def states(stack: Stack, user: str) -> dict[str, tuple[str, str]]:
    """(address, state) of each contact that the person has or had."""
    rows = await stack.rows(
        "SELECT channel, address, state FROM contact JOIN identity USING (customer_id) WHERE value = %(user)s",
        user=user,
    )
    return {row["channel"]: (row["address"], row["state"]) for row in rows}


async def identify_at(stack: Stack, user: str, at: datetime, id_: str, **traits: Any) -> None:
    """One `identify` with that id."""
    await stack.post("site", [stack.call({"type": "identify", "traits": traits}, user, id_, at)])


async def test_whoever_took_an_address_back_is_not_written_to(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    nothing: list[Any] = [None, "", "   ", False, 0, [], {}, "null", "\u00a0", "-"]
    for user in (*(f"u{number}" for number in range(len(nothing))), "anna", "boris"):
        await stack.person(user, "email")
    await stack.at(MINUTE)
    for number, value in enumerate(nothing):
        await stack.identify(f"u{number}", email=value)
    await stack.identify("anna", firstName="Anna")
    await stack.identify("boris", email=["boris@shop.example"])
    for user in (*(f"u{number}" for number in range(len(nothing))), "anna", "boris"):
        await stack.track(user, "app_opened")
    await stack.run("letter")
    assert sorted(stack.sent()) == [("email", f"{user}@customer.example") for user in ("anna", "boris")]
    assert "False" not in {row["address"] for row in await stack.rows("SELECT address FROM contact")}


async def test_a_phone_is_taken_back_in_all_its_channels_and_a_device_in_its_own(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", *("push", "email", "webpush", "sms"))
    assert {state for _, state in (await states(stack, "anna")).values()} == {"active"}
    await stack.at(MINUTE)
    await stack.identify("anna", phone="")
    now = {channel: state for channel, (_, state) in (await states(stack, "anna")).items()}
    assert now == {
        "push": "active",
        "email": "active",
        "webpush": "active",
        "sms": "removed",
        "viber": "removed",
        "call": "removed",
    }
    await stack.identify("anna", context={"device": {"type": "ios"}})
    assert (await states(stack, "anna"))["push"][1] == "active", "a device that says nothing of its token"
    await stack.at(MINUTE)
    await stack.identify("anna", context={"device": {"token": None}}, webpush=None)
    now = {channel: state for channel, (_, state) in (await states(stack, "anna")).items()}
    assert [channel for channel, state in now.items() if state == "active"] == ["email"]


async def test_what_is_no_mailbox_leaves_the_one_that_was_known_and_nothing_takes_it_back(
    open_stack: OpenStack,
) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email")
    for odd in ("a***@customer.example", "not an address", "anna@", "Anna"):
        await stack.at(MINUTE)
        await stack.identify("anna", email=odd)
    await stack.identify("boris", email="b***@customer.example")
    assert await states(stack, "anna") == {"email": ("anna@customer.example", "active")}
    assert await states(stack, "boris") == {}
    await stack.at(MINUTE)
    await stack.identify("anna", email="")
    assert (await states(stack, "anna"))["email"][1] == "removed"


async def test_the_last_word_holds_in_whatever_order_it_is_heard(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.at(timedelta(hours=1))
    said = [(1, "a", "old@customer.example"), (2, "b", None), (3, "c", "new@customer.example"), (4, "d", "")]
    for number, order in enumerate(permutations(said)):
        for minute, id_, email in order:
            await identify_at(stack, f"u{number}", NOON + minute * MINUTE, f"{id_}{number}", email=email)
        assert (await states(stack, f"u{number}"))["email"][1] == "removed", order
        await identify_at(stack, f"u{number}", NOON + 5 * MINUTE, f"e{number}", email="last@customer.example")
        assert (await states(stack, f"u{number}"))["email"] == ("last@customer.example", "active"), order


async def test_of_two_words_at_one_instant_the_same_one_holds_in_either_order(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    for number, ids in enumerate((("x1", "x2"), ("X-1", "x-2"), ("ä", "b"))):
        for order in permutations([(ids[0], "a@customer.example"), (ids[1], None)]):
            user = f"u{number}{order[0][0]}"
            for id_, email in order:
                await identify_at(stack, user, NOON, f"{id_}-{user}", email=email)
        found = [(await states(stack, f"u{number}{first}"))["email"][1] for first in ids]
        assert found == [found[0]] * 2
        assert found[0] == ("removed" if ids[0] < ids[1] else "active")


async def test_a_dead_address_stays_dead_though_it_is_taken_back_and_given_again(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email")
    await stack.rows("UPDATE contact SET state = 'dead'")
    for email in (None, "anna@customer.example"):
        await stack.at(MINUTE)
        await stack.identify("anna", email=email)
        assert (await states(stack, "anna"))["email"][1] == "dead"
    await stack.at(MINUTE)
    await stack.identify("anna", email="another@customer.example")
    assert (await states(stack, "anna"))["email"][1] == "active"


async def test_what_is_decided_and_not_yet_sent_stays_here(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    await stack.at(timedelta(seconds=1))
    await stack.identify("kolya", context={"device": {"token": ""}})
    done = await worker(stack).deliver()
    assert (done.held, stack.sent()) == ({"no_contact": 1}, [])
    assert await statuses(stack) == [("push", "held", "no_contact")]


async def test_what_was_taken_back_is_counted_and_shown_nowhere(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email", "push")
    await stack.at(MINUTE)
    await stack.identify("anna", email=None)
    (row,) = await stack.rows("SELECT customer_id FROM identity WHERE value = 'anna'")
    async with stack.runtime.database.transaction() as connection:
        assert await preview_data.load_contacts(connection, row["customer_id"]) == {Channel.PUSH: "push-anna"}
        assert await publications.count_audience(connection, ["email"], consent=False) == 0
        assert await publications.count_audience(connection, ["push"], consent=False) == 1


async def test_a_device_without_a_name_is_a_contact(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.identify("anna", context={"device": {"token": "t1"}})
    (row,) = await stack.rows("SELECT channel, address FROM contact")
    assert row == {"channel": "push", "address": "t1"}
