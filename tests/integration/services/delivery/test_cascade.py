"""The cascade as customers see it: silence falls through, success ends it, also when it comes late."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kaskad.domain.channel import Channel, Receipt, ReceiptKind
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, everybody, queue, statuses, worker
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio
BOTH = ("push", "email")
PUSH, EMAIL = ("push", "push-kolya"), ("email", "kolya@customer.example")


async def told(home: Stack, message: UUID, kind: ReceiptKind, *, by_machine: bool = False, dead: bool = False) -> int:
    receipt = Receipt(message, kind, home.now, address_dead=dead, by_machine=by_machine)
    return (await receipts.apply_provider_receipts(home.runtime, "sandbox_push", [receipt])).new


async def later(home: Stack, hours: float) -> None:
    await home.at(timedelta(hours=hours))
    await home.tills()
    await home.run(CART)


async def test_silence_falls_through_to_the_next_rung(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        await later(home, 1.99)
        assert home.sent() == [PUSH]
        await later(home, 0.01)
        assert home.sent() == [PUSH, EMAIL]


async def test_an_open_ends_it(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (push,) = await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        await later(home, 1)
        assert await told(home, push, ReceiptKind.OPENED) == 1
        await home.run(CART)
        (row,) = await home.rows("SELECT step FROM enrollment")
        assert row["step"].startswith("wait:"), "it goes on at once, not when the silence would be over"
        await later(home, 2)
        assert home.sent() == [PUSH]


async def test_a_delivery_is_not_an_open(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (push,) = await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        await told(home, push, ReceiptKind.DELIVERED)
        await home.run(CART)
        assert home.sent() == [PUSH], "it wakes, and there is still silence"
        await later(home, 2)
        assert home.sent() == [PUSH, EMAIL]


async def test_an_open_by_a_machine_is_none(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (push,) = await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        assert await told(home, push, ReceiptKind.OPENED, by_machine=True) == 1
        await later(home, 2)
        assert home.sent() == [PUSH, EMAIL]
        assert await told(home, push, ReceiptKind.OPENED) == 1, "the person who opens it later is heard all the same"
        (row,) = await home.rows("SELECT opened_at FROM message WHERE channel = 'push'")
        assert row["opened_at"] == home.now


async def test_late_success_calls_back_the_rung_that_has_not_gone(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (push,) = await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        await home.at(timedelta(hours=2))
        await home.tills()
        await home.decide(CART)
        assert await statuses(home) == [("push", "sent", None), ("email", "queued", None)]
        await told(home, push, ReceiptKind.OPENED)
        await home.decide(CART)
        assert await statuses(home) == [("push", "sent", None), ("email", "dropped", "superseded")]
        assert (await worker(home).deliver(Channel.EMAIL)).claimed == 0
        assert home.sent() == [PUSH]


async def test_a_bounce_after_acceptance_falls_through_at_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (push,) = await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        await told(home, push, ReceiptKind.FAILED, dead=True)
        await home.run(CART)
        assert home.sent() == [PUSH, EMAIL]
        (row,) = await home.rows("SELECT state FROM contact WHERE channel = 'push'")
        assert row == {"state": "dead"}


async def test_a_bounce_of_an_address_that_was_replaced_kills_only_that_one(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (push,) = await queue(home, "kolya")
        await home.run(CART)
        await home.at(timedelta(minutes=1))
        await home.identify("kolya", firstName="Kolya", context={"device": {"token": "push-new", "type": "ios"}})
        await told(home, push, ReceiptKind.FAILED, dead=True)
        assert await home.rows("SELECT address, state FROM contact") == [{"address": "push-new", "state": "active"}]


async def test_a_rung_waits_for_no_longer_than_the_message_is_relevant(database_url: str, tmp_path: Path) -> None:
    """Thirty hours after the step began the e-mail, which waits for an open for a day, is not followed by a Viber."""
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya", channels=(*BOTH, "viber"))
        await home.run(CART)
        await later(home, 2)
        await later(home, 22)
        assert home.sent() == [PUSH, EMAIL]
        await later(home, 6)  # the thirtieth hour
        assert home.sent() == [PUSH, EMAIL]
        (row,) = await home.rows("SELECT step, reason FROM enrollment")
        assert row["step"].startswith("wait:")
