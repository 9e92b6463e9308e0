"""Sends of which nobody can tell: they wait like silence, and whoever can tell ends that."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kaskad.domain.channel import Channel, OutboundMessage, Receipt, ReceiptKind, Refused, Unknown
from kaskad.sandbox.providers import Behaviour
from kaskad.services.delivery import unknowns
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, Watched, everybody, lease_ran_out, queue, statuses, watched, worker
from tests.support.stack import Stack, stack
from tests.support.unknown_outcomes import LOSING

pytestmark = pytest.mark.anyio
BOTH = ("push", "email")


async def test_an_unknown_is_not_sent_again_and_does_not_fall_through(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=everybody) as home:
        await queue(home, "kolya", channels=BOTH)
        assert (await home.run(CART)).outcomes == {"unknown": 1}
        await home.at(timedelta(hours=1, minutes=59))
        await home.tills()
        assert (await home.run(CART)).claimed == 0
        assert home.sent() == [("push", "push-kolya")]


async def test_an_unknown_waits_as_long_as_silence_does(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=everybody) as home:
        await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        await home.at(timedelta(hours=2))
        await home.tills()
        await home.run(CART)
        assert home.sent() == [("push", "push-kolya"), ("email", "kolya@customer.example")]


async def test_looking_it_up_tells_that_it_went(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=everybody) as home:
        (id_,) = await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        assert (await unknowns.resolve_due(home.runtime)).outcomes == {"sent": 1}
        (row,) = await home.rows("SELECT status, reference, sent_at FROM message")
        assert row == {"status": "sent", "reference": f"push-{str(id_)[:13]}", "sent_at": home.now}
        await home.run(CART)
        assert len(home.sandbox.received) == 1


async def test_looking_it_up_tells_that_it_never_came(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:

        async def lost_on_the_way(_: OutboundMessage) -> Unknown:
            return Unknown("the line went dead")

        (id_,) = await queue(home, "kolya")
        await worker(home, watched(home, before=lost_on_the_way)).deliver()
        assert (await unknowns.resolve_due(home.runtime)).outcomes == {"queued": 1}
        await home.at(timedelta(seconds=30))
        assert (await home.run(CART)).outcomes == {"sent": 1}
        assert [record.key for record in home.sandbox.received] == [str(id_)], "under the same key"


async def test_looking_it_up_tells_that_it_was_refused(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:

        class Telling(Watched):
            async def get_delivery_status(self, message: UUID) -> Refused:
                return Refused("no such device", address_dead=True)

        async def no_answer(_: OutboundMessage) -> Unknown:
            return Unknown("?")

        await queue(home, "kolya", channels=BOTH)
        asking = worker(home, Telling(home.runtime.providers["sandbox_push"], before=no_answer))
        await asking.deliver()
        assert (await unknowns.resolve_due(asking)).outcomes == {"failed": 1}
        assert await statuses(home) == [("push", "failed", "provider_refused")]
        await home.run(CART)
        assert home.sent() == [("email", "kolya@customer.example")], "a failure falls through at once"


async def test_what_nobody_can_tell_stays_unknown(database_url: str, tmp_path: Path) -> None:
    """SMTP has no way to ask."""
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=everybody) as home:
        await queue(home, "kolya", channels=("email",))
        await home.run(CART)
        assert (await unknowns.resolve_due(home.runtime)).outcomes == {"unknown": 1}
        assert await statuses(home) == [("email", "unknown", None)]


@pytest.mark.parametrize("kind", [ReceiptKind.SENT, ReceiptKind.DELIVERED, ReceiptKind.OPENED])
async def test_a_receipt_heals_an_unknown(database_url: str, tmp_path: Path, kind: ReceiptKind) -> None:
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=everybody) as home:
        (id_,) = await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        began = home.now
        await home.at(timedelta(minutes=5))
        assert (
            await receipts.apply_provider_receipts(home.runtime, "sandbox_push", [Receipt(id_, kind, home.now)])
        ).new == 1
        (row,) = await home.rows("SELECT status, sent_at FROM message")
        assert row == {"status": "sent", "sent_at": began}


async def test_a_receipt_ends_an_unknown_as_failed(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=everybody) as home:
        (id_,) = await queue(home, "kolya", channels=BOTH)
        await home.run(CART)
        gone = Receipt(id_, ReceiptKind.FAILED, home.now, address_dead=True)
        await receipts.apply_provider_receipts(home.runtime, "sandbox_push", [gone])
        home.sandbox.behaviour = Behaviour()
        await home.run(CART)
        assert await statuses(home) == [("email", "sent", None), ("push", "failed", "provider_refused")]
        assert await _state(home, Channel.PUSH) == "dead"


async def test_what_was_being_sent_when_the_worker_died_is_unknown(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        seen: list[int] = []

        async def die(_: OutboundMessage) -> None:
            await lease_ran_out(home)
            seen.append(await unknowns.expire_leases(home.runtime))
            raise ConnectionError("the worker is gone")

        await queue(home, "kolya")
        with pytest.raises(ConnectionError):
            await worker(home, watched(home, before=die)).deliver()
        assert seen == [1]
        assert await statuses(home) == [("push", "unknown", None)]
        assert (await worker(home).deliver()).claimed == 0


async def _state(home: Stack, channel: Channel) -> str:
    (row,) = await home.rows("SELECT state FROM contact WHERE channel = %(channel)s", channel=channel.value)
    return str(row["state"])
