"""What goes wrong about one customer stops nobody else: a few tries, then set aside, told, and released by hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from psycopg import DataError, Error, OperationalError
from psycopg.errors import (
    AdminShutdown,
    DiskFull,
    InvalidTextRepresentation,
    LockNotAvailable,
    OutOfMemory,
    ProgramLimitExceeded,
    StatementTooComplex,
    TooManyConnections,
    UniqueViolation,
)
from sqlalchemy.exc import DBAPIError

from kaskad.domain.errors import NotFound, TemplateError, Unavailable
from kaskad.services.decisions import runner
from kaskad.services.delivery.rendering import MessageRenderer
from kaskad.services.explaining.explain import explain
from kaskad.services.failures.enrollment_failures import MAX_FAILURES, describe_failure, is_outage
from kaskad.services.failures.failpoints import Failpoint, failpoint_hook
from kaskad.services.operations import quarantine
from tests.support.delivering import CART, everybody, leave_carts, queue
from tests.support.rules import holding
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
OF = "(SELECT customer_id FROM identity WHERE kind = 'user_id' AND value = %(user)s)"
LOST_STEP = f"UPDATE enrollment SET step = 'send:no_such_step', status = 'active' WHERE customer_id = {OF}"
UNREADABLE = f"UPDATE enrollment SET entered_at = 'infinity' WHERE customer_id = {OF}"  # no Python time holds it
BROKEN = """
UPDATE template SET compiled = replace(compiled::text, 'Корзина ждёт вас', '{{ customer.nickname }}')::jsonb
 WHERE name = 'cart_reminder'"""
ADDRESSED = """
UPDATE customer SET attributes = attributes || '{"nickname": "Tolik"}' WHERE attributes->>'first_name' = 'Tolya'"""
MENDED = """
UPDATE template SET compiled = replace(compiled::text, '{{ customer.nickname }}', 'Корзина ждёт вас')::jsonb
 WHERE name = 'cart_reminder'"""


async def standing(stack: Stack, user: str) -> dict[str, Any]:
    (row,) = await stack.rows(
        f"""SELECT id, status, step, faults, fault, due_at FROM enrollment
             WHERE customer_id = {OF} AND journey = %(journey)s ORDER BY id DESC LIMIT 1""",
        user=user,
        journey=CART,
    )
    return row


async def until_set_aside(stack: Stack, user: str) -> None:
    """Passes, each when the next one is due."""
    while (row := await standing(stack, user))["status"] != "quarantined":
        assert row["faults"] < MAX_FAILURES
        await stack.at(max(stack.now, row["due_at"]))
        await stack.tills()
        await stack.run(CART)


@pytest.mark.parametrize(
    "poison", [LOST_STEP, UNREADABLE], ids=["an exception while deciding", "data that break a query"]
)
async def test_the_others_go_on_in_the_same_pass(poison: str, open_stack: OpenStack) -> None:
    users = [f"n{number}" for number in range(9)]
    stack = await open_stack(edit=everybody)
    await leave_carts(stack, *users)
    await stack.rows(poison, user="n4")
    passed = await runner.decide_batch(stack.runtime, CART)
    assert (passed.faults, passed.entered) == (1, 8)
    assert passed.queued == {CART: {"push": 8}}
    row = await standing(stack, "n4")
    assert (row["faults"], row["due_at"] - stack.now) == (1, timedelta(minutes=1))
    assert (await stack.deliver(CART)).outcomes == {"sent": 8}


async def test_several_faults_in_one_batch(open_stack: OpenStack) -> None:
    users = [f"n{number}" for number in range(12)]
    stack = await open_stack(edit=everybody)
    await leave_carts(stack, *users)
    for user in ("n0", "n1", "n7", "n11"):
        await stack.rows(LOST_STEP, user=user)
    passed = await runner.decide_batch(stack.runtime, CART)
    assert (passed.faults, passed.entered) == (4, 8)


async def test_after_three_tries_it_is_set_aside_with_the_reason(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await leave_carts(stack, "kolya", "tolya")
    await stack.rows(LOST_STEP, user="kolya")
    await until_set_aside(stack, "kolya")
    assert not (await runner.decide_batch(stack.runtime, CART)).faults
    (quarantined,) = await quarantine.list_quarantined(stack.runtime)
    assert (quarantined.customer, quarantined.journey, quarantined.step, quarantined.faults) == (
        "kolya",
        CART,
        "send:no_such_step",
        MAX_FAILURES,
    )
    assert quarantined.fault.startswith("KeyError in ") and "engine.py:" in quarantined.fault
    passage = (await explain(stack.runtime, "kolya", CART)).passages[-1]
    assert "set aside" in passage.lines[-1].text


async def test_each_journey_of_one_person_by_itself(open_stack: OpenStack) -> None:
    def often(project: Any) -> Any:
        project = everybody(project)
        cart = project.journeys[CART]
        enter = cart.enter.model_copy(update={"again_after": "always"})
        return project.model_copy(
            update={"journeys": {**project.journeys, CART: cart.model_copy(update={"enter": enter})}}
        )

    stack = await open_stack(edit=often)
    await stack.cart("kolya", cart="k2")
    await leave_carts(stack, "kolya")
    await stack.rows("UPDATE enrollment SET step = 'send:gone', status = 'active' WHERE key = 'k2'")
    passed = await runner.decide_batch(stack.runtime, CART)
    assert (passed.faults, passed.entered) == (1, 1)
    rows = await stack.rows("SELECT key, faults FROM enrollment ORDER BY key")
    assert rows == [{"key": "k1", "faults": 0}, {"key": "k2", "faults": 1}]


@pytest.mark.parametrize(
    "outage", [OperationalError("gone"), Unavailable("gone"), LockNotAvailable("busy"), OSError("full")]
)
async def test_an_outage_is_nobodys_fault(outage: Exception, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await leave_carts(stack, "kolya", "tolya")

    async def break_down(point: Failpoint) -> None:
        raise outage

    with failpoint_hook(break_down), pytest.raises(type(outage)):
        await runner.decide_batch(stack.runtime, CART)
    rows = await stack.rows("SELECT faults, status FROM enrollment")
    assert rows == [{"faults": 0, "status": "candidate"}] * 2


async def test_a_cancelled_pass_is_nobodys_fault(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await leave_carts(stack, "kolya")

    async def cancel(point: Failpoint) -> None:
        raise asyncio.CancelledError

    with failpoint_hook(cancel), pytest.raises(asyncio.CancelledError):
        await runner.decide_batch(stack.runtime, CART)
    assert (await standing(stack, "kolya"))["faults"] == 0


async def test_who_is_held_by_somebody_else_is_passed_over(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await leave_carts(stack, "kolya", "tolya", "olya")
    await stack.rows(LOST_STEP, user="kolya")
    (held,) = await stack.rows("SELECT customer_id FROM identity WHERE value = 'olya'")
    async with holding(stack, held["customer_id"]):
        passed = await runner.decide_batch(stack.runtime, CART)
    assert (passed.faults, passed.entered) == (1, 1)


async def test_a_template_error_is_tried_again_and_then_set_aside(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.rows(BROKEN)
    await queue(stack, "kolya", "tolya")
    await stack.rows(ADDRESSED)
    done = await stack.deliver(CART)
    assert (done.outcomes, done.held) == ({"sent": 1}, {"template_error": 1})
    row = await standing(stack, "kolya")
    assert (row["status"], row["faults"]) == ("active", 1)
    assert "nickname" in row["fault"]
    await until_set_aside(stack, "kolya")
    assert Counter(row["status"] for row in await stack.rows("SELECT status FROM message")) == {"sent": 1, "held": 1}


async def set_aside_then_mended(stack: Stack) -> None:
    """Kolya's reminder could not be rendered, so he was set aside; now its template is right."""
    await stack.rows(BROKEN)
    await queue(stack, "kolya")
    await stack.deliver(CART)
    await until_set_aside(stack, "kolya")
    await stack.rows(MENDED)
    stack.runtime.message_renderer = MessageRenderer()  # what a worker keeps of a template never changes, but here


async def test_when_it_is_mended_they_go_on_where_they_stood(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await set_aside_then_mended(stack)
    done = await quarantine.release(stack.runtime, CART)
    assert [released.customer for released in done.released] == ["kolya"]
    row = await standing(stack, "kolya")
    assert (row["status"], row["faults"], row["fault"], row["due_at"]) == ("active", 0, None, stack.now)
    assert (await stack.run(CART)).outcomes == {"sent": 1}
    assert stack.sent() == [("push", "push-kolya")]


async def test_who_bought_while_set_aside_leaves_when_released(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await set_aside_then_mended(stack)
    await stack.track("kolya", "Order Completed", order_id="o1", total=1500)
    await quarantine.release(stack.runtime, CART)
    await stack.run(CART)
    assert (await standing(stack, "kolya"))["status"] == "left"
    assert not stack.sent()


async def test_a_message_that_waits_is_kept_while_its_customer_is_set_aside(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    await stack.rows("UPDATE enrollment SET status = 'quarantined'")
    assert (await stack.deliver(CART)).held == {"quarantined": 1}
    await quarantine.release(stack.runtime, CART)
    assert (await stack.run(CART)).outcomes == {"sent": 1}


async def test_a_candidate_comes_back_as_one(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await leave_carts(stack, "kolya")
    await stack.rows("UPDATE enrollment SET status = 'quarantined'")
    await quarantine.release(stack.runtime, id_=(await standing(stack, "kolya"))["id"])
    assert (await standing(stack, "kolya"))["status"] == "candidate"
    assert (await stack.run(CART)).outcomes == {"sent": 1}


async def test_who_came_in_anew_is_not_let_in_twice(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await leave_carts(stack, "kolya")
    await stack.rows("UPDATE enrollment SET status = 'quarantined'")
    await stack.cart("kolya", price=1600)
    done = await quarantine.release(stack.runtime, CART)
    assert (len(done.released), len(done.refused)) == (0, 1)
    rows = await stack.rows("SELECT status FROM enrollment ORDER BY id")
    assert [row["status"] for row in rows] == ["quarantined", "candidate"]


async def test_an_id_that_is_not_there_is_said(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    with pytest.raises(NotFound, match="no enrollment 99 is in quarantine"):
        await quarantine.release(stack.runtime, id_=99)


async def test_faults_are_counted_anew_at_each_step(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await leave_carts(stack, "kolya")
    await stack.rows("UPDATE enrollment SET faults = 2, fault = 'once'")
    await stack.run(CART)
    row = await standing(stack, "kolya")
    assert (row["status"], row["faults"], row["fault"]) == ("active", 0, None)


def test_what_an_error_quotes_is_not_kept() -> None:
    def said(error: Exception) -> str:
        return describe_failure(error)

    assert said(ValueError("bad phone '+79161234567'")) == "ValueError: bad phone …"
    assert said(KeyError("kolya@customer.example")) == "KeyError: …"
    assert said(InvalidTextRepresentation('invalid input for type numeric: "Kolya"\nCONTEXT: x')) == (
        "InvalidTextRepresentation: invalid input for type numeric: …"
    )
    assert (
        said(TemplateError("a/push.yaml, title: 'nickname' is undefined"))
        == "a/push.yaml, title: 'nickname' is undefined"
    )


@pytest.mark.parametrize("error", [ProgramLimitExceeded, StatementTooComplex, UniqueViolation, DataError])
def test_what_the_database_never_takes_is_no_outage(error: type[Error]) -> None:
    assert not is_outage(error())
    assert not is_outage(DBAPIError("COMMIT", None, error())), "the commit wraps it up"


@pytest.mark.parametrize("error", [AdminShutdown, DiskFull, TooManyConnections, OutOfMemory, OperationalError])
def test_a_database_that_is_away_or_full_is_an_outage(error: type[Error]) -> None:
    assert is_outage(error())
    assert is_outage(DBAPIError("COMMIT", None, error()))
