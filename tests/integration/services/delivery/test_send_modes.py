"""Messages that do not go to the customer's own device: calls that a person makes, and tests that the owner reads."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.operations import emergency_stops
from tests.support.delivering import CART, everybody, leave_carts, phone_of, worker
from tests.support.stack import Stack, stack

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


async def test_a_call_is_a_task_for_a_person(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=only_a_call) as home:
        await leave_carts(home, "kolya", channels=("call",))
        assert (await home.run(CART)).outcomes == {"sent": 1}
        (task,) = await home.rows("SELECT * FROM call_task")
        (message,) = await home.rows("SELECT id, status, cost, channel FROM message")
        assert (task["id"], task["team"], task["phone"]) == (message["id"], "retention", phone_of("kolya"))
        assert (task["due_by"], task["created_at"]) == (home.now + timedelta(days=1), home.now)
        assert "Kolya" in task["script"]
        assert (message["status"], message["channel"], message["cost"]) == ("sent", "call", 60)
        assert home.sandbox.received == []


async def test_a_call_task_is_opened_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=only_a_call) as home:
        await leave_carts(home, "kolya", channels=("call",))
        await home.run(CART)
        await home.rows("UPDATE message SET status = 'queued'")
        await home.rows("UPDATE enrollment SET status = 'active', step = 'call:cart_reason'")
        await worker(home).deliver(Channel.CALL)
        assert len(await home.rows("SELECT id FROM call_task")) == 1


async def test_calls_are_stopped_like_everything_else(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=only_a_call) as home:
        await leave_carts(home, "kolya", channels=("call",))
        await emergency_stops.stop(home.runtime, "channel", "call", by="test")
        assert (await home.run(CART)).held == {"stopped": 1}
        assert await home.rows("SELECT id FROM call_task") == []


async def test_a_test_goes_to_the_owner_and_to_nobody_else(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await a_cart(home)
        await manual_enrollment.enroll(home.runtime, CART, "kolya", mode=Mode.TEST)
        done = await _deliver_tests(home)
        assert (done, home.sent()) == (1, [("email", OWNER)])
        (record,) = home.reached
        assert "Kolya" in record.fields["subject"]


async def test_a_test_does_not_wait_for_the_morning_nor_count(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await a_cart(home)
        await home.at(home.now.replace(hour=20))  # 23:00 in Moscow
        await home.rows("UPDATE contact SET state = 'dead'")
        await manual_enrollment.enroll(home.runtime, CART, "kolya", mode=Mode.TEST)
        assert await _deliver_tests(home) == 1
        assert home.sent() == [("email", OWNER)]


async def test_a_test_is_stopped_by_the_emergency_stop(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await a_cart(home)
        await manual_enrollment.enroll(home.runtime, CART, "kolya", mode=Mode.TEST)
        await emergency_stops.stop(home.runtime, "all", "", by="test")
        assert await _deliver_tests(home) == 0
        assert home.sent() == []


async def _deliver_tests(home: Stack) -> int:
    assert {row["mode"] for row in await home.rows("SELECT mode FROM message")} == {"test"}
    return (await worker(home).deliver(Channel.EMAIL)).outcomes["sent"]


async def a_cart(home: Stack) -> None:
    await home.person("kolya", *ALL)
    await home.cart("kolya")
    await home.tills()
