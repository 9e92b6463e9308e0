"""The look: whatever changes between the claim and the send keeps the message back, and the next pass decides anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.services.ingestion import receipts
from kaskad.services.operations import emergency_stops
from tests.support.delivering import CART, WatchedRenderer, everybody, queue, statuses, worker
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio
NOW = timedelta(0)
LATER = timedelta(minutes=5)  # deciding again at once would decide the same


async def bought(home: Stack) -> None:
    await home.track("kolya", "Order Completed", source="store", order_id="o1", total=900, place="store")


async def emptied(home: Stack) -> None:
    await home.track("kolya", "Product Removed", cart_id="k1", product_id="pepperoni", quantity=1)


async def withdrew(home: Stack) -> None:
    await home.track("kolya", "consent_withdrawn", purpose="marketing", channel="push")


async def unsubscribed(home: Stack) -> None:
    (row,) = await home.rows("SELECT id FROM message")
    assert await receipts.unsubscribe(home.runtime, row["id"])


async def address_died(home: Stack) -> None:
    await home.rows("UPDATE contact SET state = 'dead'")


async def address_went(home: Stack) -> None:
    await home.rows("DELETE FROM contact")


async def window_closed(home: Stack) -> None:
    await home.at(home.now.replace(hour=18))  # 21:00 in Moscow
    await home.tills()


async def sold_out(home: Stack) -> None:
    await home.stock("pepperoni", 0)


async def a_day_went_by(home: Stack) -> None:
    await home.at(timedelta(hours=23))
    await home.tills()


async def it_expired(home: Stack) -> None:
    await home.at(timedelta(hours=30))
    await home.tills()


async def tills_fell_silent(home: Stack) -> None:
    await home.at(timedelta(minutes=31))


async def left_by_another_pass(home: Stack) -> None:
    await bought(home)
    assert (await home.decide(CART)).left == 1


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


def between(change: Callable[[Stack], Awaitable[Any]], home: Stack) -> WatchedRenderer:
    """A press that lets it happen once the message is claimed and rendered: just before the look."""
    return WatchedRenderer(after=lambda: change(home))


@pytest.mark.parametrize(("change", "status", "reason", "due_in"), CHANGES)
async def test_what_changes_after_the_claim_is_seen(
    database_url: str, tmp_path: Path, change: Any, status: str, reason: str, due_in: timedelta
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        done = await worker(home, message_renderer=between(change, home)).deliver()
        assert (done.held, done.outcomes, home.sent()) == ({reason: 1}, {}, [])
        assert await statuses(home) == [("push", status, reason)]
        (enrollment,) = await home.rows("SELECT status, due_at FROM enrollment WHERE journey = 'abandoned_cart'")
        assert enrollment == {"status": "active", "due_at": home.now + due_in}
        notes = await home.rows("SELECT kind, reason FROM decision WHERE journey = 'abandoned_cart' ORDER BY id")
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
    database_url: str, tmp_path: Path, change: Any, then: tuple[str, str | None], sent: list[Any]
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        await worker(home, message_renderer=between(change, home)).deliver()
        await home.run(CART)  # fails unless it comes to rest
        (row,) = await home.rows("SELECT status, step, due_at FROM enrollment WHERE journey = 'abandoned_cart'")
        assert row["status"] == then[0]
        assert then[1] is None or row["step"].startswith(then[1])
        assert row["status"] == "left" or row["due_at"] > home.now
        assert home.sent() == sent
        assert (await home.rows("SELECT count(*) FROM decision"))[0]["count"] <= 6


async def test_a_message_of_another_day_counts_on_the_day_it_goes(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (id_,) = await queue(home, "kolya")
        await worker(home, message_renderer=between(a_day_went_by, home)).deliver()
        await home.run(CART)
        (row,) = await home.rows("SELECT id, counts_on, status FROM message")
        assert row == {"id": id_, "counts_on": home.now.date(), "status": "sent"}


async def test_what_another_pass_has_ended_meanwhile_goes_no_more(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        assert (await worker(home, message_renderer=between(left_by_another_pass, home)).deliver()).held == {
            "superseded": 1
        }
        assert await statuses(home) == [("push", "dropped", "superseded")]
        (row,) = await home.rows("SELECT status FROM enrollment WHERE journey = 'abandoned_cart'")
        assert row == {"status": "left"}


STOPS = {"all": "", "journey": "abandoned-cart", "channel": "push", "sender": "shop", "provider": "sandbox_push"}
OTHERS = {"journey": "thank_you", "channel": "email", "sender": "club", "provider": "sandbox_sms"}


@pytest.mark.parametrize(("scope", "name"), STOPS.items())
async def test_the_emergency_stop_holds_until_it_is_lifted(
    database_url: str, tmp_path: Path, scope: str, name: str
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        stopped = between(lambda home: emergency_stops.stop(home.runtime, scope, name, by="test"), home)
        assert (await worker(home, message_renderer=stopped).deliver()).held == {"stopped": 1}
        await home.run(CART)
        assert home.sent() == [], "deciding again at once would decide the same"
        await home.at(LATER)
        assert (await home.run(CART)).held == {"stopped": 1}
        assert await emergency_stops.lift(home.runtime, scope, name)
        await home.at(LATER)
        assert (await home.run(CART)).outcomes == {"sent": 1}


async def test_a_stop_of_something_else_stops_nothing(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        for scope, name in OTHERS.items():
            await emergency_stops.stop(home.runtime, scope, name, by="test")
        assert (await worker(home).deliver(Channel.PUSH)).outcomes == {"sent": 1}
