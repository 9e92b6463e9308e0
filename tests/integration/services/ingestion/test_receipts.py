"""Receipts: told twice counts once, told of nothing counts nothing, told wrongly is set right."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from kaskad.domain.channel import Receipt, ReceiptKind
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, everybody, locked_out, queue, soon
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio
OPENED, DELIVERED, UNSUBSCRIBED = ReceiptKind.OPENED, ReceiptKind.DELIVERED, ReceiptKind.UNSUBSCRIBED


async def sent(home: Stack, *users: str, channels: tuple[str, ...] = ("push",)) -> list[UUID]:
    ids = await queue(home, *users, channels=channels)
    await home.run(CART)
    await home.at(timedelta(minutes=10))
    return ids


async def take(home: Stack, *told: Receipt, channel: str = "push") -> int:
    return (await receipts.apply_provider_receipts(home.runtime, f"sandbox_{channel}", told)).new


async def events(home: Stack, name: str) -> list[dict[str, object]]:
    return await home.rows("SELECT * FROM event WHERE name = %(name)s", name=name)


async def test_the_same_receipt_counts_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (id_,) = await sent(home, "kolya")
        opened = Receipt(id_, OPENED, home.now)
        assert await take(home, opened) == 1
        assert await take(home, opened) == 0
        assert await take(home, Receipt(id_, OPENED, home.now - timedelta(minutes=1))) == 0
        (event,) = await events(home, "message_opened")
        assert (event["source"], event["occurred_at"]) == ("sandbox_push", home.now)


async def test_the_same_receipt_over_two_connections_counts_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        ids = await sent(home, *(f"n{number}" for number in range(20)))
        told = [Receipt(id_, UNSUBSCRIBED, home.now) for id_ in ids]
        counts = await soon(asyncio.gather(take(home, *told), take(home, *reversed(told)), take(home, *told)))
        assert sorted(counts) == [0, 0, 20]
        assert len(await home.rows("SELECT id FROM consent WHERE NOT granted")) == 20


async def test_receipts_of_messages_that_nobody_sent_are_passed_over(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (id_,) = await sent(home, "kolya")
        assert await take(home, Receipt(uuid4(), OPENED, home.now), Receipt(id_, DELIVERED, home.now)) == 1
        assert await take(home, Receipt(uuid4(), UNSUBSCRIBED, home.now)) == 0
        assert await events(home, "message_unsubscribed") == []


async def test_nothing_is_opened_in_the_future(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (id_,) = await sent(home, "kolya")
        ahead = home.now + timedelta(hours=3)
        clicked = Receipt(id_, ReceiptKind.CLICKED, home.now - timedelta(minutes=2))
        await take(home, Receipt(id_, OPENED, ahead), clicked)
        (row,) = await home.rows("SELECT opened_at, clicked_at FROM message")
        assert row == {"opened_at": home.now, "clicked_at": home.now - timedelta(minutes=2)}
        (event,) = await events(home, "message_opened")
        assert (event["occurred_at"], event["received_at"]) == (home.now, home.now)


async def test_a_receipt_waits_for_whoever_decides_about_the_customer(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (id_,) = await sent(home, "kolya")
        async with home.runtime.database.transaction() as connection:
            await connection.execute("SELECT id FROM customer FOR NO KEY UPDATE")
            taking = asyncio.create_task(take(home, Receipt(id_, OPENED, home.now)))
            await locked_out(home)
            assert (await home.rows("SELECT opened_at FROM message"))[0]["opened_at"] is None
        assert await soon(taking) == 1


async def test_unsubscribing_is_idempotent_and_ends_that_topic_in_every_channel(
    database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (id_,) = await sent(home, "kolya", channels=("push", "email"))
        assert await receipts.unsubscribe(home.runtime, id_)
        assert await receipts.unsubscribe(home.runtime, id_), "twice is the same as once"
        assert not await receipts.unsubscribe(home.runtime, uuid4())
        (consent,) = await home.rows("SELECT purpose, channel, topic FROM consent WHERE NOT granted")
        assert consent == {"purpose": "marketing", "channel": None, "topic": "carts"}
        await home.at(timedelta(hours=2))
        await home.tills()
        await home.run(CART)
        assert home.sent() == [("push", "push-kolya")], "the e-mail is about the cart too"


async def test_a_complaint_ends_all_marketing_in_its_channel(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (id_,) = await sent(home, "kolya", channels=("email", "viber"))
        await take(home, Receipt(id_, ReceiptKind.COMPLAINED, home.now), channel="email")
        (consent,) = await home.rows("SELECT purpose, channel, topic FROM consent WHERE NOT granted")
        assert consent == {"purpose": "marketing", "channel": "email", "topic": None}


async def test_who_unsubscribed_and_came_back_is_written_to_again(database_url: str, tmp_path: Path) -> None:
    """Not what was refused: that step is over. The next one."""
    async with stack(database_url, tmp_path, edit=everybody) as home:
        (id_,) = await sent(home, "kolya", channels=("push", "email"))
        await receipts.unsubscribe(home.runtime, id_)
        await home.at(timedelta(minutes=1))
        await home.track("kolya", "consent_given", purpose="marketing", topic="carts")
        for _ in range(3):
            await home.at(timedelta(days=1))
            await home.tills()
            await home.run(CART)
        rows = await home.rows("SELECT message, channel FROM message WHERE status = 'sent' ORDER BY sent_at, channel")
        assert [tuple(row.values()) for row in rows][:2] == [("cart_reminder", "push"), ("cart_last_reminder", "push")]
