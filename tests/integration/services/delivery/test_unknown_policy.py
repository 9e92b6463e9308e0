"""Every unknown ends classified: by receipt, answer, look-up, or its channel's policy at the deadline."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel, OutboundMessage, Receipt, ReceiptKind
from kaskad.sandbox.providers import Behaviour, Outcome
from kaskad.services.delivery import unknowns
from kaskad.services.ingestion import receipts
from tests.support.delivering import CART, everybody, lease_ran_out, leave_carts, queue, statuses, worker
from tests.support.stack import stack
from tests.support.unknown_outcomes import LOSING, calls, lost, mute, push, settled

pytestmark = pytest.mark.anyio


async def test_who_cannot_tell_is_not_asked_at_every_sweep(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=everybody) as home:
        await queue(home, "kolya", channels=("email",))
        await home.run(CART)
        assert (await unknowns.resolve_due(home.runtime)).outcomes == {"unknown": 1}
        assert not (await unknowns.resolve_due(home.runtime)).outcomes
        asked = 0
        for _ in range(24 * 60):
            await home.at(timedelta(minutes=1))
            asked += sum((await unknowns.resolve_due(home.runtime)).outcomes.values())
            if (await settled(home))[0][1]:
                break
        assert asked < 40, "the longer nobody can tell, the more rarely"
        assert await settled(home) == [("unknown", "deadline")]


async def test_at_the_deadline_policy_never_resend_closes_it_and_the_cascade_goes_on(
    database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=push("never_resend", deadline=3600)) as home:
        await queue(home, "kolya", channels=("push", "email"))
        asking = worker(home, mute(home))
        await asking.deliver()
        await home.at(timedelta(minutes=59))
        await unknowns.resolve_due(asking)
        assert await settled(home) == [("unknown", None)]
        await home.at(timedelta(minutes=1))
        assert (await unknowns.resolve_due(asking)).outcomes == {"unknown": 1}
        assert await settled(home) == [("unknown", "deadline")]
        assert not (await unknowns.resolve_due(asking)).outcomes, "it is asked about no more"
        (row,) = await home.rows("SELECT due_at FROM enrollment")
        assert row["due_at"] <= home.now
        assert calls(home) == {Outcome.LOST: 1}


async def test_at_the_deadline_policy_resend_sends_once_more(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=push("resend", deadline=3600)) as home:
        (id_,) = await queue(home, "kolya")
        asking = worker(home, mute(home))
        await asking.deliver()
        home.sandbox.behaviour = Behaviour()
        await home.at(timedelta(hours=1))
        await home.tills()
        assert (await unknowns.resolve_due(asking)).outcomes == {"held": 1}
        await home.decide(CART)
        assert (await asking.deliver()).outcomes == {"sent": 1}
        assert await settled(home) == [("sent", "deadline")]
        assert [record.key for record in home.sandbox.received] == [str(id_)] * 2


async def test_what_is_sent_again_and_again_ends_as_unknown(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=push("resend", deadline=600)) as home:
        await queue(home, "kolya")
        dead = mute(home, before=lost)
        asking = worker(home, dead)
        for _ in range(9):
            await home.decide(CART)
            await asking.deliver()
            await home.at(timedelta(minutes=10))
            await home.tills()
            await unknowns.resolve_due(asking)
        assert len(dead.calls) == 5
        assert await settled(home) == [("unknown", "deadline")]


async def test_what_the_cascade_has_passed_by_is_not_sent_again(database_url: str, tmp_path: Path) -> None:
    """The push was silent for two hours, so an e-mail went: the push's deadline finds it unwanted."""
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=push("resend", deadline=10_800)) as home:
        await queue(home, "kolya", channels=("push", "email"))
        asking = worker(home, mute(home))
        await asking.deliver()
        await home.at(timedelta(hours=2))
        await home.tills()
        home.sandbox.behaviour = Behaviour()
        await home.run(CART)
        await home.at(timedelta(hours=1))
        await unknowns.resolve_due(asking)
        assert await settled(home) == [("unknown", "deadline"), ("sent", None)]
        assert [record.channel for record in home.sandbox.received] == [Channel.PUSH, Channel.EMAIL]


async def test_a_late_receipt_turns_a_classified_unknown_into_sent(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, behaviour=LOSING, edit=push("never_resend", deadline=3600)) as home:
        (id_,) = await queue(home, "kolya")
        asking = worker(home, mute(home))
        await asking.deliver()
        await home.at(timedelta(hours=1))
        await unknowns.resolve_due(asking)
        await receipts.apply_provider_receipts(
            home.runtime, "sandbox_push", [Receipt(id_, ReceiptKind.DELIVERED, home.now)]
        )
        assert await settled(home) == [("sent", "receipt")]


async def test_a_late_answer_settles_it(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=push("never_resend")) as home:

        async def slow(_: OutboundMessage) -> None:
            await lease_ran_out(home)
            await unknowns.expire_leases(home.runtime)
            assert await statuses(home) == [("push", "unknown", None)]

        await queue(home, "kolya")
        await worker(home, mute(home, before=slow)).deliver()
        assert await settled(home) == [("sent", "answer")]


async def test_a_provider_without_its_secret_uses_up_no_attempts(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await queue(home, "kolya")
        bare = worker(home)
        bare.providers = {}
        for _ in range(7):
            assert (await bare.deliver()).outcomes == {"queued": 1}
            await home.at(timedelta(seconds=30))
        assert (await worker(home).deliver()).outcomes == {"sent": 1}
        (row,) = await home.rows("SELECT attempt FROM message")
        assert row["attempt"] == 1


async def test_hundreds_are_settled_by_whoever_comes_first(database_url: str, tmp_path: Path) -> None:
    users = [f"n{number}" for number in range(230)]
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await leave_carts(home, *users)
        await home.decide(CART)
        await home.rows(
            """UPDATE message SET status = 'unknown', provider = 'sandbox_push', attempt = 1, sending_at = %(now)s,
                                  unknown_since = %(now)s, ask_at = %(now)s""",
            now=home.now,
        )
        await asyncio.gather(*(unknowns.resolve_due(home.runtime) for _ in range(3)))
        assert Counter(await settled(home)) == {("queued", "look_up"): 230}
