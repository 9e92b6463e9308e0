"""A paused journey takes no entries and sends nothing; clocks run on, and what expires meanwhile drops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from prefect.client.schemas.responses import DeploymentResponse

from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.services.decisions import runner
from kaskad.services.operations import pausing
from tests.support.delivering import CART, everybody, queue, worker
from tests.support.rules import CARTS, enrollments, event_journey, published_anew, send, wait, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
NAME = "letter"
BRIEF = {"relevant_for": {"seconds": 1800}}
LETTER = event_journey(NAME, "app_opened", steps=[wait(3600), send("how_was_it")], leave=[{"when": "signed_up"}])
HURRIED = event_journey(NAME, "app_opened", steps=[wait(3600), send("how_was_it", **BRIEF)])


async def test_it_takes_nobody_in_and_what_happened_meanwhile_lets_nobody_in_later(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email")
    await pausing.set_paused(stack.runtime, NAME, True)
    await stack.track("anna", "app_opened")
    await pausing.set_paused(stack.runtime, NAME, False)
    await stack.at(HOUR)
    await stack.run(NAME)
    assert await enrollments(stack, NAME) == []


async def test_its_clocks_run_on(open_stack: OpenStack) -> None:
    """The hour's wait ends during the pause: with the end of it the message goes at once, not an hour later."""
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.run(NAME)
    await pausing.set_paused(stack.runtime, NAME, True)
    await stack.at(2 * HOUR)
    await stack.run(NAME)
    assert stack.reached == []
    await pausing.set_paused(stack.runtime, NAME, False)
    await stack.run(NAME)
    assert [channel for channel, _ in stack.sent()] == ["email"]


@pytest.mark.parametrize("queued", [True, False])
async def test_what_expires_meanwhile_drops(queued: bool, open_stack: OpenStack) -> None:
    """The same for what was queued when the pause began as for what fell due during it."""
    stack = await open_stack(edit=with_journeys(HURRIED))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.run(NAME)
    if queued:
        await stack.at(HOUR)
        await stack.decide(NAME)
    await pausing.set_paused(stack.runtime, NAME, True)
    await stack.at(HOUR if queued else 2 * HOUR)
    await pausing.set_paused(stack.runtime, NAME, False)
    await stack.run(NAME)
    assert stack.reached == []
    (row,) = await enrollments(stack, NAME)
    assert row["status"] == "done"
    dropped = await stack.rows("SELECT reason FROM decision WHERE kind = 'dropped'")
    assert {row["reason"] for row in dropped} == {"expired"}


async def test_who_leaves_meanwhile_has_left(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.run(NAME)
    await pausing.set_paused(stack.runtime, NAME, True)
    await stack.track("anna", "signed_up")
    await stack.at(2 * HOUR)
    await pausing.set_paused(stack.runtime, NAME, False)
    await stack.run(NAME)
    (row,) = await enrollments(stack, NAME)
    assert (row["status"], stack.reached) == ("left", [])


async def test_an_edit_of_a_paused_journey_is_published_and_it_stays_paused(open_stack: OpenStack) -> None:
    follow = event_journey(NAME, "app_opened", steps=[wait(3600), send("how_was_it")], edits="follow")
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.run(NAME)
    await pausing.set_paused(stack.runtime, NAME, True)
    await published_anew(stack, follow)
    await stack.at(HOUR)
    await stack.run(NAME)
    assert stack.reached == []
    await pausing.set_paused(stack.runtime, NAME, False)
    await stack.run(NAME)
    assert len(stack.reached) == 1


class Deployment(PrefectGateway):
    """The journey's switch in Prefect. `meanwhile` happens after it was looked at, before the answer is here."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1/api")
        self.paused = False
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def set_paused(self, name: str, paused: bool) -> None:
        self.paused = paused

    async def deployments(self, name: str | None = None) -> list[DeploymentResponse]:
        found = DeploymentResponse(name=name or NAME, flow_id=uuid4(), parameters={"journey": NAME}, paused=self.paused)
        if self.meanwhile:
            await self.meanwhile()
        return [found]


async def paused(stack: Stack) -> bool:
    return (await stack.rows("SELECT paused FROM journey"))[0]["paused"] is True


async def test_the_journey_follows_its_deployment(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    deployment = Deployment()
    seen = await pausing.sync_from_prefect(stack.runtime, deployment, {})
    for turned in (True, False, True):
        deployment.paused = turned
        seen = await pausing.sync_from_prefect(stack.runtime, deployment, seen)
        assert await paused(stack) is turned


async def test_who_only_begins_to_look_at_deployments_resumes_nothing(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await pausing.set_paused(stack.runtime, NAME, True)
    await pausing.sync_from_prefect(stack.runtime, Deployment(), {})
    assert await paused(stack)


@pytest.mark.parametrize("at_last", [True, False])
async def test_what_prefect_said_before_a_command_does_not_undo_it(at_last: bool, open_stack: OpenStack) -> None:
    """The dispatcher asks, the command turns the switch, and the answer that comes then is of before."""
    stack = await open_stack(edit=with_journeys(LETTER))
    deployment = Deployment()
    command, undone = (pausing.pause, pausing.resume) if at_last else (pausing.resume, pausing.pause)
    await undone(stack.runtime, deployment, NAME)
    deployment.meanwhile = lambda: command(stack.runtime, deployment, NAME)
    seen = await pausing.sync_from_prefect(stack.runtime, deployment, {NAME: at_last})
    assert await paused(stack) is at_last
    deployment.meanwhile = None
    await pausing.sync_from_prefect(stack.runtime, deployment, seen)
    assert await paused(stack) is at_last


async def test_a_pause_holds_although_the_deployment_was_looked_at_before_it_was_told(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    deployment = Deployment()

    class Slow(Deployment):
        async def set_paused(self, name: str, paused: bool) -> None:
            await pausing.sync_from_prefect(stack.runtime, deployment, {NAME: True})

    await pausing.pause(stack.runtime, Slow(), NAME)
    assert await paused(stack)


async def test_nothing_of_a_paused_journey_is_claimed(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    await pausing.set_paused(stack.runtime, CART, True)
    assert (await worker(stack).deliver()).claimed == 0


async def test_nobody_is_locked_for_a_paused_journey(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.person("anna", "email")
    await stack.cart("anna")
    await stack.at(timedelta(minutes=61))
    await pausing.set_paused(stack.runtime, "abandoned_cart", True)
    assert (await runner.decide_batch(stack.runtime, "abandoned_cart")).people == 0
