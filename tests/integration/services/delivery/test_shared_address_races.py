"""Whoever writes to an address, gets it, or says no by it at the same moment as others: one after the other."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel
from kaskad.services.failures.failpoints import Failpoint
from tests.support.delivering import locked_out, soon, worker
from tests.support.mailboxes import SHARED, Stop, deadlocks, meet, queue_for, sharing
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack
from tests.support.stopping_by import click, complain, enter, to

pytestmark = pytest.mark.anyio
MAIL = Channel.EMAIL
HOUR = timedelta(hours=1)
PEOPLE = [f"{side} m{number}@example.com" for side in "ab" for number in range(10)]
OTHER = event_journey("plain", "review_written", topic="carts")
TWO = with_journeys(event_journey("sells", "app_opened", topic="carts"), OTHER)


async def test_while_one_stands_between_lock_and_look_the_other_waits(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=TWO)
    await sharing(stack, "anna", "olga")
    await queue_for(stack, "sells", "anna", "olga")
    first = Stop(worker(stack), Failpoint.ADDRESS_LOCKED, MAIL, "sells", limit=1)
    await soon(first.reached.wait())
    busy = await worker(stack).deliver(MAIL, "sells")
    assert (busy.outcomes, busy.held) == ({}, {"busy": 1}), "as with a customer who is busy: nobody waits"
    assert (await first.go_on()).outcomes == {"sent": 1}
    assert (await worker(stack).deliver(MAIL, "sells")).held == {"same_address": 1}
    assert to(stack) == [SHARED]


async def test_a_new_holder_waits_for_the_look_and_nobody_else_does(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=TWO)
    await sharing(stack, "anna")
    await queue_for(stack, "sells", "anna")
    first = Stop(worker(stack), Failpoint.ADDRESS_LOCKED, MAIL, "sells")
    await soon(first.reached.wait())
    coming = asyncio.create_task(stack.person("olga", email="Shared@example.com"))
    await locked_out(stack)
    await soon(stack.person("clara", email="clara@example.com"))
    await first.go_on()
    await soon(coming)


@pytest.mark.parametrize("say_no", [click, complain])
async def test_a_no_of_one_while_the_other_stands_in_the_look_comes_after_it(
    say_no: object, open_stack: OpenStack
) -> None:
    """The no is not acknowledged before the look is over; and whatever is looked at later sees it."""
    stack = await open_stack(edit=TWO)
    await sharing(stack, "anna", "olga")
    await enter(stack, "sells", "anna")
    await stack.at(4 * HOUR)
    await queue_for(stack, "plain", "olga")
    looking = Stop(worker(stack), Failpoint.ADDRESS_LOCKED, MAIL, "plain")
    await soon(looking.reached.wait())
    no = asyncio.create_task(say_no(stack, "sells"))  # type: ignore[operator]
    await locked_out(stack)
    assert not no.done()
    assert (await looking.go_on()).outcomes == {"sent": 1}
    await soon(no)
    await stack.at(4 * HOUR)
    await enter(stack, "sells", "olga", "anna")
    assert to(stack) == [SHARED] * 2


@pytest.mark.parametrize("say_no", [click, complain])
async def test_a_no_of_one_before_the_look_of_the_other_stops_it(say_no: object, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=TWO)
    await sharing(stack, "anna", "olga")
    await enter(stack, "sells", "anna")
    await stack.at(4 * HOUR)
    await queue_for(stack, "plain", "olga")
    looking = Stop(worker(stack), Failpoint.CHECKING, MAIL, "plain")
    await soon(looking.reached.wait())
    await soon(say_no(stack, "sells"))  # type: ignore[operator]
    assert (await looking.go_on()).outcomes == {}
    assert to(stack) == [SHARED]


async def test_eight_workers_write_once_to_each_mailbox(open_stack: OpenStack) -> None:
    """Fifty mailboxes of two customers each, all due in the same instant; `make crash` does it 10,000 times."""
    stack = await open_stack(edit=TWO)
    before = await deadlocks(stack)
    await meet(stack, [f"m{number}@example.com" for number in range(50)], seed=7)
    assert sorted(to(stack)) == sorted(f"m{number}@example.com" for number in range(50))
    assert await deadlocks(stack) == before


async def test_whoever_writes_addresses_never_blocks_in_a_circle(open_stack: OpenStack) -> None:
    """Contacts, refusals by address, complaints and checks of the same few mailboxes, in any order, all at once."""
    stack = await open_stack(edit=TWO)
    await meet(stack, [f"m{number}@example.com" for number in range(10)], seed=1)
    before = await deadlocks(stack)
    chance = random.Random(7)

    async def tell(turn: int) -> None:
        numbers = chance.sample(range(10), 5)
        calls = [
            stack.call(
                {"type": "identify", "traits": {"email": f"m{number}@example.com"}}, user, f"t{turn}{user}", None
            )
            for number, user in zip(numbers, chance.sample(PEOPLE, 5), strict=True)
        ]
        no = {
            "type": "track",
            "event": "Email Marked as Spam",
            "properties": {"email": f"m{chance.randrange(10)}@example.com"},
        }
        await stack.post("site", [*calls, stack.call(no, f"x{turn}", f"n{turn}", None)])

    async def look() -> None:
        await queue_for(stack, "plain", *PEOPLE)
        await worker(stack).deliver(MAIL, "plain")

    await soon(asyncio.gather(*(tell(turn) for turn in range(12)), look(), click(stack, "sells")), 60)
    assert await deadlocks(stack) == before
