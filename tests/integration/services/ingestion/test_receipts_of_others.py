"""Whose word counts: that of the provider which carried the message, as it stands once its customer is locked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kaskad.domain.channel import OutboundMessage, Receipt, ReceiptKind, Retry
from kaskad.services.ingestion import receipts
from kaskad.services.ingestion.receipts import ReceiptResult
from tests.support.delivering import CART, locked_out, queue, soon, watched, worker
from tests.support.outages.outage_world import FIRST, SECOND, first_over, line
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio
BUSY = Retry("I did not process it", outage=True)


def codes(heard: ReceiptResult) -> list[str]:
    return [rejection.code for rejection in heard.rejected]


async def test_after_a_failover_the_second_is_heard_and_the_first_is_not(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:
        (id_,) = await queue(stack, "kolya")
        await stack.run(CART)
        failed, opened = (Receipt(id_, kind, stack.now) for kind in (ReceiptKind.FAILED, ReceiptKind.OPENED))
        assert (
            codes(await receipts.apply_provider_receipts(stack.runtime, FIRST, [failed, opened]))
            == ["other_provider"] * 2
        )
        assert await stack.rows("SELECT status, opened_at FROM message") == [{"status": "sent", "opened_at": None}]
        assert await receipts.apply_provider_receipts(stack.runtime, SECOND, [opened]) == ReceiptResult(new=1)


async def test_the_first_is_heard_for_as_long_as_nobody_else_was_given_it(database_url: str, tmp_path: Path) -> None:
    """It said that it did not process it, and tells better before the second is asked."""
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:
        (id_,) = await queue(stack, "kolya")

        async def refuse(_: OutboundMessage) -> Retry:
            return BUSY

        assert (await worker(stack, watched(stack, before=refuse)).deliver()).outcomes == {"queued": 1}
        receipt = Receipt(id_, ReceiptKind.COMPLAINED, stack.now)
        assert codes(await receipts.apply_provider_receipts(stack.runtime, SECOND, [receipt])) == ["other_provider"]
        assert await receipts.apply_provider_receipts(stack.runtime, FIRST, [receipt]) == ReceiptResult(new=1)
        await stack.run(CART)
        assert stack.sent() == []


async def test_who_carries_it_is_asked_once_the_customer_is_locked(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:
        (id_,) = await queue(stack, "kolya")

        async def refuse(_: OutboundMessage) -> Retry:
            return BUSY

        await worker(stack, watched(stack, before=refuse)).deliver()
        async with stack.runtime.database.transaction() as connection:
            await connection.execute("SELECT id FROM customer FOR NO KEY UPDATE")
            receipt = Receipt(id_, ReceiptKind.FAILED, stack.now)
            telling = asyncio.create_task(receipts.apply_provider_receipts(stack.runtime, FIRST, [receipt]))
            await locked_out(stack)
            await connection.execute("UPDATE message SET provider = %s, status = 'sending'", [SECOND])
        assert codes(await soon(telling)) == ["other_provider"]
        assert await stack.rows("SELECT status FROM message") == [{"status": "sending"}]


async def test_a_receipt_may_overtake_the_answer_of_its_own_call_alone(database_url: str, tmp_path: Path) -> None:
    async with line() as cut, running_stack(database_url, tmp_path, edit=first_over(cut, second=True)) as stack:
        heard: list[ReceiptResult] = []

        async def overtake(message: OutboundMessage) -> Retry:
            opened = Receipt(message.id, ReceiptKind.OPENED, stack.now)
            heard.extend(
                [await receipts.apply_provider_receipts(stack.runtime, name, [opened]) for name in (SECOND, FIRST)]
            )
            return BUSY

        await queue(stack, "kolya")
        await worker(stack, watched(stack, before=overtake)).deliver()
        assert [(result.new, codes(result)) for result in heard] == [(0, ["other_provider"]), (1, [])]
        assert await stack.rows("SELECT status FROM message") == [{"status": "sent"}], "and the answer settles nothing"
