"""The owner of a journey hears once of what is set aside, in one plain e-mail, whatever the caps and the hour."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import OutboundMessage, Retry, SendResult, Unknown
from kaskad.sandbox.providers import Behaviour, Outcome, Rates, Record
from kaskad.services import work_queue
from kaskad.services.failures.enrollment_failures import MAX_FAILURES
from kaskad.services.operations import alerts, emergency_stops, quarantine
from tests.support.delivering import CART, Watched, everybody, leave_carts, worker
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio
POISON = "UPDATE enrollment SET step = 'send:no_such_step', status = 'active'"
OWNER = "crm@shop.example"
NIGHT = timedelta(hours=14)


async def set_aside(home: Stack, *users: str) -> None:
    """All of them, in the journey."""
    await leave_carts(home, *users)
    await home.rows(POISON)
    for _ in range(MAX_FAILURES):
        await home.decide(CART)
        await home.at(timedelta(minutes=30))
    assert len(await quarantine.list_quarantined(home.runtime)) == len(users)


def letters(home: Stack) -> list[Record]:
    return [record for record in home.sandbox.received if record.to == OWNER]


async def test_one_letter_for_many_customers(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await set_aside(home, "kolya", "tolya", "olya")
        assert await alerts.send_alerts(home.runtime) == 1
        (letter,) = letters(home)
        assert letter.fields["subject"].endswith("3 customers were set aside")
        assert "KeyError" in letter.fields["text"] and "kaskad quarantine release" in letter.fields["text"]
        assert "kolya" not in letter.fields["text"]
        assert not {"list-unsubscribe"} & {name.lower() for name in letter.headers}


async def test_it_is_told_once_while_it_lasts_and_again_after_a_release(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await set_aside(home, "kolya")
        await alerts.send_alerts(home.runtime)
        await home.at(timedelta(days=1))
        assert await alerts.send_alerts(home.runtime) == 0
        await quarantine.release(home.runtime, CART)
        (row,) = await home.rows("SELECT count, told_at, closed_at FROM alert")
        assert row["count"] == 1 and row["told_at"] and row["closed_at"] == home.now
        await home.rows(POISON)
        for _ in range(MAX_FAILURES):
            await home.decide(CART)
            await home.at(timedelta(minutes=30))
        assert await alerts.send_alerts(home.runtime) == 1
        assert len({letter.key for letter in letters(home)}) == 2


async def test_more_of_the_same_only_counts(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await set_aside(home, "kolya")
        await alerts.send_alerts(home.runtime)
        await leave_carts(home, "tolya")
        await home.rows(POISON + " WHERE status = 'candidate'")
        for _ in range(MAX_FAILURES):
            await home.decide(CART)
            await home.at(timedelta(minutes=30))
        (row,) = await home.rows("SELECT count FROM alert")
        assert row["count"] == 2
        assert await alerts.send_alerts(home.runtime) == 0
        assert len(letters(home)) == 1


async def test_neither_night_nor_caps_hold_it_back(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await set_aside(home, "kolya")
        await home.at(NIGHT)
        assert await alerts.send_alerts(home.runtime) == 1


@pytest.mark.parametrize("answer", [Unknown("?"), Retry("later")])
async def test_what_may_not_have_gone_is_tried_again_later_under_the_same_key(
    database_url: str, tmp_path: Path, answer: SendResult
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await set_aside(home, "kolya")
        keys = []

        async def deaf(outgoing: OutboundMessage) -> SendResult | None:
            keys.append(outgoing.id)
            return answer if len(keys) < 3 else None

        teller = worker(home, Watched(home.runtime.providers["sandbox_email"], before=deaf))
        assert await alerts.send_alerts(teller) == 0
        assert await alerts.send_alerts(teller) == 0, "not at once"
        await home.at(timedelta(minutes=5))
        assert await alerts.send_alerts(teller) == 0
        await home.at(timedelta(minutes=20))
        assert await alerts.send_alerts(teller) == 1
        assert len(set(keys)) == 1
        assert len(letters(home)) == 1


async def test_an_owner_who_cannot_be_reached_is_given_up(database_url: str, tmp_path: Path) -> None:
    refusing = Behaviour(default=Rates(), to={OWNER: Rates(refuse=1.0)})
    async with stack(database_url, tmp_path, behaviour=refusing, edit=everybody) as home:
        await set_aside(home, "kolya")
        for _ in range(12):
            assert await alerts.send_alerts(home.runtime) == 0
            await home.at(timedelta(hours=22))
        assert len(letters(home)) == alerts.MAX_TRIES
        assert {letter.outcome for letter in letters(home)} <= {Outcome.REFUSED, Outcome.DUPLICATE}
        assert not (await work_queue.load_pending_work(home.runtime)).unknowns


async def test_two_workers_write_one_letter(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await set_aside(home, "kolya")
        assert sum(await asyncio.gather(*(alerts.send_alerts(home.runtime) for _ in range(6)))) == 1
        assert len(letters(home)) == 1


@pytest.mark.parametrize(("scope", "name"), [("all", ""), ("channel", "email"), ("provider", "sandbox_email")])
async def test_an_emergency_stop_holds_it_until_it_is_lifted(
    database_url: str, tmp_path: Path, scope: str, name: str
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await set_aside(home, "kolya")
        await emergency_stops.stop(home.runtime, scope, name, by="me")
        assert await alerts.send_alerts(home.runtime) == 0
        assert not letters(home)
        assert not (await work_queue.load_pending_work(home.runtime)).unknowns, "nobody asks in a hurry"
        await emergency_stops.lift(home.runtime, scope, name)
        await home.at(timedelta(minutes=5))
        assert await alerts.send_alerts(home.runtime) == 1


async def test_dispatch_hears_of_alerts_and_of_unknowns(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, behaviour=Behaviour(default=Rates(lose=1.0)), edit=everybody) as home:
        assert not (await work_queue.load_pending_work(home.runtime)).unknowns
        await leave_carts(home, "kolya", channels=("email",))
        await home.run(CART)
        assert (await work_queue.load_pending_work(home.runtime)).unknowns
        await home.rows("UPDATE message SET ask_at = %(later)s", later=home.now + timedelta(seconds=20))
        seen = await work_queue.load_pending_work(home.runtime)
        assert not seen.unknowns and seen.next_at == home.now + timedelta(seconds=20)
        await home.rows(POISON)
        for _ in range(MAX_FAILURES):
            await home.at(timedelta(days=1))
            await home.decide(CART)
        await home.rows("UPDATE message SET ask_at = NULL")
        assert (await work_queue.load_pending_work(home.runtime)).unknowns
        home.sandbox.behaviour = Behaviour()
        await alerts.send_alerts(home.runtime)
        assert not (await work_queue.load_pending_work(home.runtime)).unknowns
