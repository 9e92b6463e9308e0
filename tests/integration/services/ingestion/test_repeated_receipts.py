"""Receipts that one webhook tells twice, and those of messages that only the journey's owner got."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel, Receipt, ReceiptKind
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.ingestion import receipts
from kaskad.services.ingestion.receipts import ReceiptResult
from tests.support.delivering import CART, everybody, queue, worker
from tests.support.stack import stack

pytestmark = pytest.mark.anyio


async def test_the_same_receipt_twice_in_one_webhook_counts_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (id_,) = await queue(home, "kolya")
        await home.run(CART)
        complained = Receipt(id_, ReceiptKind.COMPLAINED, home.now)
        assert await receipts.apply_provider_receipts(
            home.runtime, "sandbox_push", [complained, complained]
        ) == ReceiptResult(new=1)
        assert len(await home.rows("SELECT id FROM consent WHERE NOT granted")) == 1


async def test_of_two_times_the_earlier_is_kept_everywhere(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (id_,) = await queue(home, "kolya")
        await home.run(CART)
        first, second = home.now + timedelta(minutes=5), home.now + timedelta(minutes=9)
        await home.at(timedelta(minutes=10))
        told = [Receipt(id_, ReceiptKind.DELIVERED, at) for at in (second, first)]
        await receipts.apply_provider_receipts(home.runtime, "sandbox_push", told)
        (row,) = await home.rows("SELECT delivered_at FROM message")
        (event,) = await home.rows("SELECT occurred_at FROM event WHERE name = 'message_delivered'")
        assert (row["delivered_at"], event["occurred_at"]) == (first, first)


async def test_the_owner_of_a_journey_unsubscribes_nobody_by_a_test(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await home.person("kolya", "email")
        await home.cart("kolya")
        await home.tills()
        await manual_enrollment.enroll(home.runtime, CART, "kolya", mode=Mode.TEST)
        assert (await worker(home).deliver(Channel.EMAIL)).outcomes == {"sent": 1}
        (message,) = await home.rows("SELECT id FROM message")
        await receipts.unsubscribe(home.runtime, message["id"])
        assert await home.rows("SELECT id FROM consent WHERE NOT granted") == []
