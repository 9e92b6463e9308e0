"""The owner of a journey hears once of what is set aside, in one plain e-mail, whatever the caps and the hour."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from kaskad.domain.channel import OutboundMessage, Retry, SendResult, Unknown
from kaskad.sandbox.providers import Behaviour, Outcome, Rates, Record
from kaskad.services import work_queue
from kaskad.services.failures.enrollment_failures import MAX_FAILURES
from kaskad.services.operations import alerts, emergency_stops, quarantine
from tests.support.delivering import CART, Watched, everybody, leave_carts, worker
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
POISON = "UPDATE enrollment SET step = 'send:no_such_step', status = 'active'"
OWNER = "crm@shop.example"
NIGHT = timedelta(hours=14)


async def set_aside(stack: Stack, *users: str) -> None:
    """All of them, in the journey."""
    await leave_carts(stack, *users)
    await stack.rows(POISON)
    for _ in range(MAX_FAILURES):
        await stack.decide(CART)
        await stack.at(timedelta(minutes=30))
    assert len(await quarantine.list_quarantined(stack.runtime)) == len(users)


def letters(stack: Stack) -> list[Record]:
    return [record for record in stack.sandbox.received if record.to == OWNER]


async def test_one_letter_for_many_customers(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await set_aside(stack, "kolya", "tolya", "olya")
    assert await alerts.send_alerts(stack.runtime) == 1
    (letter,) = letters(stack)
    assert letter.fields["subject"].endswith("3 customers were set aside")
    assert "KeyError" in letter.fields["text"] and "kaskad quarantine release" in letter.fields["text"]
    assert "kolya" not in letter.fields["text"]
    assert not {"list-unsubscribe"} & {name.lower() for name in letter.headers}


async def test_it_is_told_once_while_it_lasts_and_again_after_a_release(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await set_aside(stack, "kolya")
    await alerts.send_alerts(stack.runtime)
    await stack.at(timedelta(days=1))
    assert await alerts.send_alerts(stack.runtime) == 0
    await quarantine.release(stack.runtime, CART)
    (row,) = await stack.rows("SELECT count, told_at, closed_at FROM alert")
    assert row["count"] == 1 and row["told_at"] and row["closed_at"] == stack.now
    await stack.rows(POISON)
    for _ in range(MAX_FAILURES):
        await stack.decide(CART)
        await stack.at(timedelta(minutes=30))
    assert await alerts.send_alerts(stack.runtime) == 1
    assert len({letter.key for letter in letters(stack)}) == 2


async def test_more_of_the_same_only_counts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await set_aside(stack, "kolya")
    await alerts.send_alerts(stack.runtime)
    await leave_carts(stack, "tolya")
    await stack.rows(POISON + " WHERE status = 'candidate'")
    for _ in range(MAX_FAILURES):
        await stack.decide(CART)
        await stack.at(timedelta(minutes=30))
    (row,) = await stack.rows("SELECT count FROM alert")
    assert row["count"] == 2
    assert await alerts.send_alerts(stack.runtime) == 0
    assert len(letters(stack)) == 1


async def test_neither_night_nor_caps_hold_it_back(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await set_aside(stack, "kolya")
    await stack.at(NIGHT)
    assert await alerts.send_alerts(stack.runtime) == 1


@pytest.mark.parametrize("answer", [Unknown("?"), Retry("later")])
async def test_what_may_not_have_gone_is_tried_again_later_under_the_same_key(
    answer: SendResult, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=everybody)
    await set_aside(stack, "kolya")
    keys = []

    async def deaf(outgoing: OutboundMessage) -> SendResult | None:
        keys.append(outgoing.id)
        return answer if len(keys) < 3 else None

    teller = worker(stack, Watched(stack.runtime.providers["sandbox_email"], before=deaf))
    assert await alerts.send_alerts(teller) == 0
    assert await alerts.send_alerts(teller) == 0, "not at once"
    await stack.at(timedelta(minutes=5))
    assert await alerts.send_alerts(teller) == 0
    await stack.at(timedelta(minutes=20))
    assert await alerts.send_alerts(teller) == 1
    assert len(set(keys)) == 1
    assert len(letters(stack)) == 1


async def test_an_owner_who_cannot_be_reached_is_given_up(open_stack: OpenStack) -> None:
    refusing = Behaviour(default=Rates(), to={OWNER: Rates(refuse=1.0)})
    stack = await open_stack(behaviour=refusing, edit=everybody)
    await set_aside(stack, "kolya")
    for _ in range(12):
        assert await alerts.send_alerts(stack.runtime) == 0
        await stack.at(timedelta(hours=22))
    assert len(letters(stack)) == alerts.MAX_TRIES
    assert {letter.outcome for letter in letters(stack)} <= {Outcome.REFUSED, Outcome.DUPLICATE}
    assert not (await work_queue.load_pending_work(stack.runtime)).unknowns


async def test_two_workers_write_one_letter(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await set_aside(stack, "kolya")
    assert sum(await asyncio.gather(*(alerts.send_alerts(stack.runtime) for _ in range(6)))) == 1
    assert len(letters(stack)) == 1


@pytest.mark.parametrize(("scope", "name"), [("all", ""), ("channel", "email"), ("provider", "sandbox_email")])
async def test_an_emergency_stop_holds_it_until_it_is_lifted(scope: str, name: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await set_aside(stack, "kolya")
    await emergency_stops.stop(stack.runtime, scope, name, by="me")
    assert await alerts.send_alerts(stack.runtime) == 0
    assert not letters(stack)
    assert not (await work_queue.load_pending_work(stack.runtime)).unknowns, "nobody asks in a hurry"
    await emergency_stops.lift(stack.runtime, scope, name)
    await stack.at(timedelta(minutes=5))
    assert await alerts.send_alerts(stack.runtime) == 1


async def test_dispatch_hears_of_alerts_and_of_unknowns(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=Behaviour(default=Rates(lose=1.0)), edit=everybody)
    assert not (await work_queue.load_pending_work(stack.runtime)).unknowns
    await leave_carts(stack, "kolya", channels=("email",))
    await stack.run(CART)
    assert (await work_queue.load_pending_work(stack.runtime)).unknowns
    await stack.rows("UPDATE message SET ask_at = %(later)s", later=stack.now + timedelta(seconds=20))
    seen = await work_queue.load_pending_work(stack.runtime)
    assert not seen.unknowns and seen.next_at == stack.now + timedelta(seconds=20)
    await stack.rows(POISON)
    for _ in range(MAX_FAILURES):
        await stack.at(timedelta(days=1))
        await stack.decide(CART)
    await stack.rows("UPDATE message SET ask_at = NULL")
    assert (await work_queue.load_pending_work(stack.runtime)).unknowns
    stack.sandbox.behaviour = Behaviour()
    await alerts.send_alerts(stack.runtime)
    assert not (await work_queue.load_pending_work(stack.runtime)).unknowns
