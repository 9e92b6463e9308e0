"""The look: whatever changes between the claim and the send keeps the message back, and the next pass decides anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.services.ingestion import receipts
from kaskad.services.operations import emergency_stops
from tests.support.delivering import CART, WatchedRenderer, everybody, queue, statuses, worker
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
NOW = timedelta(0)
LATER = timedelta(minutes=5)  # deciding again at once would decide the same


async def bought(stack: Stack) -> None:
    await stack.track("kolya", "Order Completed", source="store", order_id="o1", total=900, place="store")


async def emptied(stack: Stack) -> None:
    await stack.track("kolya", "Product Removed", cart_id="k1", product_id="pepperoni", quantity=1)


async def withdrew(stack: Stack) -> None:
    await stack.track("kolya", "consent_withdrawn", purpose="marketing", channel="push")


async def unsubscribed(stack: Stack) -> None:
    (row,) = await stack.rows("SELECT id FROM message")
    assert await receipts.unsubscribe(stack.runtime, row["id"])


async def address_died(stack: Stack) -> None:
    await stack.rows("UPDATE contact SET state = 'dead'")


async def address_went(stack: Stack) -> None:
    await stack.rows("DELETE FROM contact")


async def window_closed(stack: Stack) -> None:
    await stack.at(stack.now.replace(hour=18))  # 21:00 in Moscow
    await stack.tills()


async def sold_out(stack: Stack) -> None:
    await stack.stock("pepperoni", 0)


async def a_day_went_by(stack: Stack) -> None:
    await stack.at(timedelta(hours=23))
    await stack.tills()


async def it_expired(stack: Stack) -> None:
    await stack.at(timedelta(hours=30))
    await stack.tills()


async def tills_fell_silent(stack: Stack) -> None:
    await stack.at(timedelta(minutes=31))


async def left_by_another_pass(stack: Stack) -> None:
    await bought(stack)
    assert (await stack.decide(CART)).left == 1


CHANGES: list[tuple[Callable[[Stack], Awaitable[None]], str, str, timedelta]] = [
    (bought, "dropped", "left", NOW),
    (emptied, "dropped", "left", NOW),
    (withdrew, "held", "no_consent", NOW),
    (unsubscribed, "dropped", "unsubscribed", NOW),
    (address_died, "held", "address_dead", NOW),
    (address_went, "held", "no_contact", NOW),
    (window_closed, "held", "send_window", NOW),
    (sold_out, "held", "state_changed", NOW),
    (a_day_went_by, "held", "other_day", NOW),
    (it_expired, "dropped", "expired", NOW),
    (tills_fell_silent, "held", "stale_source", LATER),
]


def between(change: Callable[[Stack], Awaitable[Any]], stack: Stack) -> WatchedRenderer:
    """A press that lets it happen once the message is claimed and rendered: just before the look."""
    return WatchedRenderer(after=lambda: change(stack))


@pytest.mark.parametrize(("change", "status", "reason", "due_in"), CHANGES)
async def test_what_changes_after_the_claim_is_seen(
    change: Any, status: str, reason: str, due_in: timedelta, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    done = await worker(stack, message_renderer=between(change, stack)).deliver()
    assert (done.held, done.outcomes, stack.sent()) == ({reason: 1}, {}, [])
    assert await statuses(stack) == [("push", status, reason)]
    (enrollment,) = await stack.rows("SELECT status, due_at FROM enrollment WHERE journey = 'abandoned_cart'")
    assert enrollment == {"status": "active", "due_at": stack.now + due_in}
    notes = await stack.rows("SELECT kind, reason FROM decision WHERE journey = 'abandoned_cart' ORDER BY id")
    assert notes[-1] == {"kind": status, "reason": reason}


AFTER = [
    (bought, ("left", None), []),
    (withdrew, ("active", "wait:"), []),
    (unsubscribed, ("active", "wait:"), []),
    (address_died, ("active", "wait:"), []),
    (window_closed, ("active", "send:"), []),
    (sold_out, ("active", "wait:"), []),
    (a_day_went_by, ("active", "send:"), [("push", "push-kolya")]),
    (it_expired, ("active", "wait:"), []),
    (tills_fell_silent, ("active", "send:"), []),
]


@pytest.mark.parametrize(("change", "then", "sent"), AFTER)
async def test_the_next_pass_decides_anew_and_comes_to_rest(
    change: Any, then: tuple[str, str | None], sent: list[Any], open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    await worker(stack, message_renderer=between(change, stack)).deliver()
    await stack.run(CART)  # fails unless it comes to rest
    (row,) = await stack.rows("SELECT status, step, due_at FROM enrollment WHERE journey = 'abandoned_cart'")
    assert row["status"] == then[0]
    assert then[1] is None or row["step"].startswith(then[1])
    assert row["status"] == "left" or row["due_at"] > stack.now
    assert stack.sent() == sent
    assert (await stack.rows("SELECT count(*) FROM decision"))[0]["count"] <= 6


async def test_a_message_of_another_day_counts_on_the_day_it_goes(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await queue(stack, "kolya")
    await worker(stack, message_renderer=between(a_day_went_by, stack)).deliver()
    await stack.run(CART)
    (row,) = await stack.rows("SELECT id, counts_on, status FROM message")
    assert row == {"id": id_, "counts_on": stack.now.date(), "status": "sent"}


async def test_what_another_pass_has_ended_meanwhile_goes_no_more(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    assert (await worker(stack, message_renderer=between(left_by_another_pass, stack)).deliver()).held == {
        "superseded": 1
    }
    assert await statuses(stack) == [("push", "dropped", "superseded")]
    (row,) = await stack.rows("SELECT status FROM enrollment WHERE journey = 'abandoned_cart'")
    assert row == {"status": "left"}


STOPS = {"all": "", "journey": "abandoned-cart", "channel": "push", "sender": "shop", "provider": "sandbox_push"}
OTHERS = {"journey": "thank_you", "channel": "email", "sender": "club", "provider": "sandbox_sms"}


@pytest.mark.parametrize(("scope", "name"), STOPS.items())
async def test_the_emergency_stop_holds_until_it_is_lifted(scope: str, name: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    stopped = between(lambda stack: emergency_stops.stop(stack.runtime, scope, name, by="test"), stack)
    assert (await worker(stack, message_renderer=stopped).deliver()).held == {"stopped": 1}
    await stack.run(CART)
    assert stack.sent() == [], "deciding again at once would decide the same"
    await stack.at(LATER)
    assert (await stack.run(CART)).held == {"stopped": 1}
    assert await emergency_stops.lift(stack.runtime, scope, name)
    await stack.at(LATER)
    assert (await stack.run(CART)).outcomes == {"sent": 1}


async def test_a_stop_of_something_else_stops_nothing(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    for scope, name in OTHERS.items():
        await emergency_stops.stop(stack.runtime, scope, name, by="test")
    assert (await worker(stack).deliver(Channel.PUSH)).outcomes == {"sent": 1}
