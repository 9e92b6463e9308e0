"""What happens while a message is being called, or just before: receipts before the answer, purchases, late success."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel, OutboundMessage, Receipt, ReceiptKind
from kaskad.services.delivery import unknowns
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, WatchedRenderer, everybody, lease_ran_out, queue, statuses, watched, worker
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio
BOTH = ("push", "email")


async def told(home: Stack, message: OutboundMessage, kind: ReceiptKind) -> None:
    await receipts.apply_provider_receipts(home.runtime, "sandbox_push", [Receipt(message.id, kind, home.now)])


async def test_a_bounce_that_overtakes_the_answer_counts(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya", channels=BOTH)
        await worker(home, watched(home, after=lambda message: told(home, message, ReceiptKind.FAILED))).deliver()
        assert await statuses(home) == [("push", "failed", "provider_refused")]
        await home.run(CART)
        assert [channel for channel, _ in home.sent()] == ["push", "email"]


@pytest.mark.parametrize("kind", [ReceiptKind.SENT, ReceiptKind.DELIVERED, ReceiptKind.OPENED])
async def test_a_receipt_that_came_before_the_worker_died_settles_it(
    database_url: str, tmp_path: Path, kind: ReceiptKind
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:

        async def die(message: OutboundMessage) -> None:
            await told(home, message, kind)
            raise ConnectionError

        await queue(home, "kolya", channels=BOTH)
        with pytest.raises(ConnectionError):
            await worker(home, watched(home, after=die)).deliver()
        await lease_ran_out(home)
        await unknowns.expire_leases(home.runtime)
        assert await statuses(home) == [("push", "sent", None)]


async def test_an_answer_after_the_receipt_changes_nothing(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya", channels=BOTH)
        gate = watched(home, after=lambda message: told(home, message, ReceiptKind.OPENED))
        await worker(home, gate).deliver()
        await home.run(CART)
        assert await statuses(home) == [("push", "sent", None)]
        (row,) = await home.rows("SELECT step FROM enrollment")
        assert row["step"].startswith("wait:"), "opened: the step is over"


async def test_a_purchase_during_the_call_is_heard_at_once(database_url: str, tmp_path: Path) -> None:
    """Settling must not put off what the purchase has woken until the silence would be over."""
    async with stack(database_url, tmp_path, edit=everybody) as home:

        async def buy(_: OutboundMessage) -> None:
            await home.track("kolya", "Order Completed", order_id="o1", total=900, place="site")

        await queue(home, "kolya", channels=BOTH)
        await worker(home, watched(home, before=buy)).deliver()
        assert (await home.decide(CART)).left == 1


async def test_an_open_between_claim_and_look_calls_the_next_rung_back(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (push,) = await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        await home.at(timedelta(hours=2))
        await home.tills()
        await home.decide(CART)
        opened = Receipt(push, ReceiptKind.OPENED, home.now)
        message_renderer = WatchedRenderer(
            after=lambda: receipts.apply_provider_receipts(home.runtime, "sandbox_push", [opened])
        )
        assert (await worker(home, message_renderer=message_renderer).deliver(Channel.EMAIL)).held == {"superseded": 1}
        assert [channel for channel, _ in home.sent()] == ["push"]
