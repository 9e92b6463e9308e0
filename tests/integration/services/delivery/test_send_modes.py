"""Messages that do not go to the customer's own device: calls that a person makes, and tests that the owner reads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.operations import emergency_stops
from tests.support.delivering import CART, everybody, leave_carts, phone_of, worker
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
OWNER = "crm@shop.example"
ALL = ("push", "email", "viber", "call")


def only_a_call(project: Project) -> Project:
    """The cart's journey with nothing in it but its last step."""
    project = everybody(project)
    cart = project.journeys[CART]
    return project.model_copy(
        update={"journeys": {**project.journeys, CART: cart.model_copy(update={"steps": cart.steps[-1:]})}}
    )


async def test_a_call_is_a_task_for_a_person(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=only_a_call)
    await leave_carts(stack, "kolya", channels=("call",))
    assert (await stack.run(CART)).outcomes == {"sent": 1}
    (task,) = await stack.rows("SELECT * FROM call_task")
    (message,) = await stack.rows("SELECT id, status, cost, channel FROM message")
    assert (task["id"], task["team"], task["phone"]) == (message["id"], "retention", phone_of("kolya"))
    assert (task["due_by"], task["created_at"]) == (stack.now + timedelta(days=1), stack.now)
    assert "Kolya" in task["script"]
    assert (message["status"], message["channel"], message["cost"]) == ("sent", "call", 60)
    assert stack.sandbox.received == []


async def test_a_call_task_is_opened_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=only_a_call)
    await leave_carts(stack, "kolya", channels=("call",))
    await stack.run(CART)
    await stack.rows("UPDATE message SET status = 'queued'")
    await stack.rows("UPDATE enrollment SET status = 'active', step = 'call:cart_reason'")
    await worker(stack).deliver(Channel.CALL)
    assert len(await stack.rows("SELECT id FROM call_task")) == 1


async def test_calls_are_stopped_like_everything_else(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=only_a_call)
    await leave_carts(stack, "kolya", channels=("call",))
    await emergency_stops.stop(stack.runtime, "channel", "call", by="test")
    assert (await stack.run(CART)).held == {"stopped": 1}
    assert await stack.rows("SELECT id FROM call_task") == []


async def test_a_test_goes_to_the_owner_and_to_nobody_else(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await a_cart(stack)
    await manual_enrollment.enroll(stack.runtime, CART, "kolya", mode=Mode.TEST)
    done = await _deliver_tests(stack)
    assert (done, stack.sent()) == (1, [("email", OWNER)])
    (record,) = stack.reached
    assert "Kolya" in record.fields["subject"]


async def test_a_test_does_not_wait_for_the_morning_nor_count(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await a_cart(stack)
    await stack.at(stack.now.replace(hour=20))  # 23:00 in Moscow
    await stack.rows("UPDATE contact SET state = 'dead'")
    await manual_enrollment.enroll(stack.runtime, CART, "kolya", mode=Mode.TEST)
    assert await _deliver_tests(stack) == 1
    assert stack.sent() == [("email", OWNER)]


async def test_a_test_is_stopped_by_the_emergency_stop(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await a_cart(stack)
    await manual_enrollment.enroll(stack.runtime, CART, "kolya", mode=Mode.TEST)
    await emergency_stops.stop(stack.runtime, "all", "", by="test")
    assert await _deliver_tests(stack) == 0
    assert stack.sent() == []


async def _deliver_tests(stack: Stack) -> int:
    assert {row["mode"] for row in await stack.rows("SELECT mode FROM message")} == {"test"}
    return (await worker(stack).deliver(Channel.EMAIL)).outcomes["sent"]


async def a_cart(stack: Stack) -> None:
    await stack.person("kolya", *ALL)
    await stack.cart("kolya")
    await stack.tills()
