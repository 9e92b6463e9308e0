"""Every unknown ends classified: by look-up, key, receipt, answer, hand, or its channel's policy at the deadline."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from delivering import CART, Watched, everybody, lease_ran_out, leave_carts, queue, statuses, worker
from house import House, house

from kaskad.domain.channel import Channel, Outgoing, Receipt, ReceiptKind, Result, Unknown
from kaskad.domain.model import Duration
from kaskad.domain.shop import Project
from kaskad.sandbox.providers import Behaviour, Outcome, Rates
from kaskad.services import receipts, unknowns

pytestmark = pytest.mark.anyio
LOSING = Behaviour(default=Rates(lose=1.0))  # processed, but the line drops in place of an answer
DAY = timedelta(days=1)


class Mute(Watched):
    """A provider that cannot be asked what became of a message."""

    async def look_up(self, message: UUID) -> Result | None:
        return None


def mute(home: House, channel: str = "push", **doors: object) -> Mute:
    return Mute(home.runtime.providers[f"sandbox_{channel}"], **doors)  # type: ignore[arg-type]


def push(
    on_unknown: str, keeps: int = 0, deadline: int = 86_400, *, longer: bool = True
) -> Callable[[Project], Project]:
    """Everybody, the policy of one channel, and how long its provider keeps keys; in seconds."""

    def edit(project: Project) -> Project:
        project = everybody(project)
        spec = project.channels[Channel.PUSH].model_copy(
            update={"on_unknown": on_unknown, "deadline": Duration(seconds=deadline)}
        )
        carrier = project.providers["sandbox_push"].model_copy(update={"keeps_keys": Duration(seconds=keeps)})
        update = {
            "channels": {**project.channels, Channel.PUSH: spec},
            "providers": {**project.providers, "sandbox_push": carrier},
        }
        return project.model_copy(update=update)

    return edit


async def lost(_: Outgoing) -> Unknown:
    """The line goes dead before the provider has it."""
    return Unknown("the line went dead")


async def settled(home: House) -> list[tuple[str, str | None]]:
    rows = await home.rows("SELECT status, settled_by FROM message ORDER BY decided_at, channel, id")
    return [(row["status"], row["settled_by"]) for row in rows]


def calls(home: House) -> Counter[str]:
    """What the provider made of each call."""
    return Counter(record.outcome.value for record in home.sandbox.received)


async def test_under_a_key_that_is_kept_it_is_called_again_and_goes_once(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, behaviour=LOSING, edit=push("never_resend", keeps=3600)) as home:
        (id_,) = await queue(home, "kolya")
        asking = worker(home, mute(home))
        assert (await asking.deliver()).outcomes == {"unknown": 1}
        assert (await unknowns.resolve(asking)).outcomes == {"queued": 1}
        assert (await asking.deliver()).claimed == 0, "not at once"
        await home.at(timedelta(seconds=15))
        assert (await asking.deliver()).outcomes == {"sent": 1}
        assert await settled(home) == [("sent", "key")]
        assert calls(home) == {Outcome.LOST: 1, Outcome.DUPLICATE: 1}
        assert {record.key for record in home.sandbox.received} == {str(id_)}


async def test_what_never_came_goes_under_its_key(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, edit=push("never_resend", keeps=3600)) as home:
        await queue(home, "kolya")
        await worker(home, mute(home, before=lost)).deliver()
        assert (await unknowns.resolve(worker(home, mute(home)))).outcomes == {"queued": 1}
        await home.at(timedelta(seconds=15))
        assert (await home.run(CART)).outcomes == {"sent": 1}
        assert calls(home) == {Outcome.ACCEPTED: 1}


@pytest.mark.parametrize("keeps", [0, 130])  # a call may take its lease, 120 s, and the first pause is 15 s
async def test_a_key_that_is_not_kept_for_long_enough_is_not_used(
    database_url: str, tmp_path: Path, keeps: int
) -> None:
    async with house(database_url, tmp_path, behaviour=LOSING, edit=push("never_resend", keeps=keeps)) as home:
        await queue(home, "kolya")
        asking = worker(home, mute(home))
        await asking.deliver()
        assert (await unknowns.resolve(asking)).outcomes == {"unknown": 1}
        assert calls(home) == {Outcome.LOST: 1}


async def test_a_key_that_ran_out_on_the_way_is_not_used(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, behaviour=LOSING, edit=push("never_resend", keeps=600)) as home:
        await queue(home, "kolya")
        asking = worker(home, mute(home))
        await asking.deliver()
        await unknowns.resolve(asking)
        await home.at(timedelta(seconds=481))
        assert not (await asking.deliver()).outcomes
        assert await settled(home) == [("unknown", None)]
        assert calls(home) == {Outcome.LOST: 1}


async def test_who_bought_meanwhile_gets_no_second_call_and_the_first_stays_unknown(
    database_url: str, tmp_path: Path
) -> None:
    async with house(database_url, tmp_path, edit=push("never_resend", keeps=3600)) as home:
        await queue(home, "kolya")
        asking = worker(home, mute(home, before=lost))
        await asking.deliver()
        await unknowns.resolve(asking)
        await home.track("kolya", "Order Completed", order_id="o1", total=1500)
        await home.at(timedelta(seconds=15))
        await home.run(CART)
        assert not home.sandbox.received
        assert await settled(home) == [("unknown", None)], "it may have gone: never dropped"
        await home.at(DAY)
        assert (await unknowns.resolve(asking)).outcomes == {"unknown": 1}
        assert await settled(home) == [("unknown", "deadline")]


async def test_tries_under_one_key_are_bounded_and_further_and_further_apart(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, edit=push("never_resend", keeps=86_400)) as home:
        await queue(home, "kolya")
        dead = mute(home, before=lost)
        asking = worker(home, dead)
        tried = [timedelta()]
        for _ in range(30):
            before = len(dead.calls)
            await asking.deliver()
            await unknowns.resolve(asking)
            if len(dead.calls) > before:
                tried.append(tried[-1])
            await home.at(timedelta(seconds=60))
            tried[-1] += timedelta(seconds=60)
        assert len(dead.calls) == 5
        assert await settled(home) == [("unknown", None)]


async def test_who_cannot_tell_is_not_asked_at_every_sweep(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, behaviour=LOSING, edit=everybody) as home:
        await queue(home, "kolya", channels=("email",))
        await home.run(CART)
        assert (await unknowns.resolve(home.runtime)).outcomes == {"unknown": 1}
        assert not (await unknowns.resolve(home.runtime)).outcomes
        asked = 0
        for _ in range(24 * 60):
            await home.at(timedelta(minutes=1))
            asked += sum((await unknowns.resolve(home.runtime)).outcomes.values())
            if (await settled(home))[0][1]:
                break
        assert asked < 40, "the longer nobody can tell, the more rarely"
        assert await settled(home) == [("unknown", "deadline")]


async def test_at_the_deadline_policy_never_resend_closes_it_and_the_cascade_goes_on(
    database_url: str, tmp_path: Path
) -> None:
    async with house(database_url, tmp_path, behaviour=LOSING, edit=push("never_resend", deadline=3600)) as home:
        await queue(home, "kolya", channels=("push", "email"))
        asking = worker(home, mute(home))
        await asking.deliver()
        await home.at(timedelta(minutes=59))
        await unknowns.resolve(asking)
        assert await settled(home) == [("unknown", None)]
        await home.at(timedelta(minutes=1))
        assert (await unknowns.resolve(asking)).outcomes == {"unknown": 1}
        assert await settled(home) == [("unknown", "deadline")]
        assert not (await unknowns.resolve(asking)).outcomes, "it is asked about no more"
        (row,) = await home.rows("SELECT due_at FROM enrollment")
        assert row["due_at"] <= home.now
        assert calls(home) == {Outcome.LOST: 1}


async def test_at_the_deadline_policy_resend_sends_once_more(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, behaviour=LOSING, edit=push("resend", deadline=3600)) as home:
        (id_,) = await queue(home, "kolya")
        asking = worker(home, mute(home))
        await asking.deliver()
        home.sandbox.behaviour = Behaviour()
        await home.at(timedelta(hours=1))
        await home.tills()
        assert (await unknowns.resolve(asking)).outcomes == {"held": 1}
        await home.decide(CART)
        assert (await asking.deliver()).outcomes == {"sent": 1}
        assert await settled(home) == [("sent", "deadline")]
        assert [record.key for record in home.sandbox.received] == [str(id_)] * 2


async def test_what_is_sent_again_and_again_ends_as_unknown(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, edit=push("resend", deadline=600)) as home:
        await queue(home, "kolya")
        dead = mute(home, before=lost)
        asking = worker(home, dead)
        for _ in range(9):
            await home.decide(CART)
            await asking.deliver()
            await home.at(timedelta(minutes=10))
            await home.tills()
            await unknowns.resolve(asking)
        assert len(dead.calls) == 5
        assert await settled(home) == [("unknown", "deadline")]


async def test_what_the_cascade_has_passed_by_is_not_sent_again(database_url: str, tmp_path: Path) -> None:
    """The push was silent for two hours, so an e-mail went: the push's deadline finds it unwanted."""
    async with house(database_url, tmp_path, behaviour=LOSING, edit=push("resend", deadline=10_800)) as home:
        await queue(home, "kolya", channels=("push", "email"))
        asking = worker(home, mute(home))
        await asking.deliver()
        await home.at(timedelta(hours=2))
        await home.tills()
        home.sandbox.behaviour = Behaviour()
        await home.run(CART)
        await home.at(timedelta(hours=1))
        await unknowns.resolve(asking)
        assert await settled(home) == [("unknown", "deadline"), ("sent", None)]
        assert [record.channel for record in home.sandbox.received] == [Channel.PUSH, Channel.EMAIL]


async def test_a_late_receipt_turns_a_classified_unknown_into_sent(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, behaviour=LOSING, edit=push("never_resend", deadline=3600)) as home:
        (id_,) = await queue(home, "kolya")
        asking = worker(home, mute(home))
        await asking.deliver()
        await home.at(timedelta(hours=1))
        await unknowns.resolve(asking)
        await receipts.receive(home.runtime, "sandbox_push", [Receipt(id_, ReceiptKind.DELIVERED, home.now)])
        assert await settled(home) == [("sent", "receipt")]


async def test_a_receipt_stops_what_waits_to_be_tried_again(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, behaviour=LOSING, edit=push("never_resend", keeps=3600)) as home:
        (id_,) = await queue(home, "kolya")
        asking = worker(home, mute(home))
        await asking.deliver()
        await unknowns.resolve(asking)
        await receipts.receive(home.runtime, "sandbox_push", [Receipt(id_, ReceiptKind.SENT, home.now)])
        await home.at(timedelta(minutes=1))
        assert (await asking.deliver()).claimed == 0
        assert await settled(home) == [("sent", "receipt")]
        assert calls(home) == {Outcome.LOST: 1}


async def test_a_late_answer_settles_it(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, edit=push("never_resend")) as home:

        async def slow(_: Outgoing) -> None:
            await lease_ran_out(home)
            await unknowns.sweep(home.runtime)
            assert await statuses(home) == [("push", "unknown", None)]

        await queue(home, "kolya")
        await worker(home, mute(home, before=slow)).deliver()
        assert await settled(home) == [("sent", "answer")]


async def test_a_worker_that_dies_while_it_tries_again_leaves_an_unknown(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, behaviour=LOSING, edit=push("never_resend", keeps=3600)) as home:

        async def die(_: Outgoing) -> None:
            raise ConnectionError("the worker is gone")

        await queue(home, "kolya")
        asking = worker(home, mute(home))
        await asking.deliver()
        await unknowns.resolve(asking)
        await home.at(timedelta(seconds=15))
        with pytest.raises(ConnectionError):
            await worker(home, mute(home, before=die)).deliver()
        await lease_ran_out(home)
        assert (await unknowns.resolve(asking)).outcomes == {"queued": 1}
        await home.at(timedelta(minutes=1))
        await asking.deliver()
        assert await settled(home) == [("sent", "key")]
        assert calls(home) == {Outcome.LOST: 1, Outcome.DUPLICATE: 1}


async def test_it_never_goes_by_another_provider(database_url: str, tmp_path: Path) -> None:
    """Only the provider that may have it takes both calls for one."""

    def edit(project: Project) -> Project:
        project = push("never_resend", keeps=3600)(project)
        spec = project.channels[Channel.PUSH].model_copy(update={"providers": ("second_push", "sandbox_push")})
        second = project.providers["sandbox_push"].model_copy(update={"name": "second_push"})
        return project.model_copy(
            update={
                "channels": {**project.channels, Channel.PUSH: spec},
                "providers": {**project.providers, "second_push": second},
            }
        )

    async with house(database_url, tmp_path, behaviour=LOSING, edit=edit) as home:
        await queue(home, "kolya")
        await home.rows("INSERT INTO stop (scope, name, by, at) VALUES ('provider', 'second_push', 'me', now())")
        asking = worker(home, mute(home))
        await asking.deliver()
        await home.rows("DELETE FROM stop")
        await unknowns.resolve(asking)
        await home.at(timedelta(seconds=15))
        await asking.deliver()
        (row,) = await home.rows("SELECT provider, settled_by FROM message")
        assert row == {"provider": "sandbox_push", "settled_by": "key"}


async def test_a_provider_without_its_secret_uses_up_no_attempts(database_url: str, tmp_path: Path) -> None:
    async with house(database_url, tmp_path, edit=everybody) as home:
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
    async with house(database_url, tmp_path, edit=everybody) as home:
        await leave_carts(home, *users)
        await home.decide(CART)
        await home.rows(
            """UPDATE message SET status = 'unknown', provider = 'sandbox_push', attempt = 1, sending_at = %(now)s,
                                  unknown_since = %(now)s, ask_at = %(now)s""",
            now=home.now,
        )
        await asyncio.gather(*(unknowns.resolve(home.runtime) for _ in range(3)))
        assert Counter(await settled(home)) == {("queued", "look_up"): 230}
