"""What Prefect refuses, or answers oddly, stops neither dispatch nor anything else that dispatch asks of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.services import health
from kaskad.services.dispatcher import Dispatcher
from kaskad.services.publishing.deployment_sync import DeploymentSync
from tests.support.outages.odd_providers import Answer, Prefect, answering, id_of
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio

BAD, GOOD = "a_letter", "b_letter"  # dispatch comes to the bad one first
ODD: list[Answer] = [
    (422, '{"detail": "Validation failed for field journey"}'),
    (409, '{"detail": "Error updating deployment"}'),
    (401, '{"detail": "Unauthorized"}'),
    (200, "<html>sign in</html>"),
    (200, "[]"),
    (200, '{"id": "no id"}'),
]


async def dispatched(stack: Stack, prefect: Prefect, enough: Callable[[], bool], *, mending: bool = False) -> int:
    """How many runs it started until it was `enough`."""
    started, stop = list[None](), asyncio.Event()

    def heard() -> None:
        started.append(None)
        if enough():
            stop.set()

    async with PrefectGateway(prefect.url) as gateway:
        deployments = DeploymentSync(stack.runtime, gateway) if mending else None
        dispatcher = Dispatcher(stack.runtime, gateway, heard, deployments=deployments)
        async with asyncio.timeout(20):
            await dispatcher.serve(stop)
    return len(started)


async def with_two_due(stack: Stack) -> None:
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")


TWO = with_journeys(event_journey(BAD, "app_opened"), event_journey(GOOD, "app_opened"))


def run_of(name: str) -> str:
    return f"POST /deployments/{id_of(name.replace('_', '-'))}/create_flow_run"


@pytest.mark.parametrize("answer", ODD, ids=str)
async def test_a_run_that_prefect_refuses_is_asked_for_again_said_once_and_stops_no_other(
    answer: Answer, caplog: pytest.LogCaptureFixture, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=TWO)
    await with_two_due(stack)
    with answering() as prefect, caplog.at_level(logging.WARNING, "kaskad.services.dispatcher"):
        prefect.odd[run_of(BAD)] = answer
        runs = await dispatched(stack, prefect, lambda: prefect.asked[run_of(BAD)] >= 2)
    assert runs >= 2
    said = [record.getMessage() for record in caplog.records if BAD in record.getMessage()]
    assert len(said) == 1 and said[0].startswith(f"Prefect refuses a run of {BAD}, it is asked again: ")


@pytest.mark.parametrize("answer", [*ODD[:2], *ODD[3:5]], ids=str)
@pytest.mark.parametrize(
    "asked", ["/automations", "/deployments/name/", "POST /flows/"], ids=["automation", "name", "flow"]
)
async def test_what_is_refused_of_deployments_starts_runs_all_the_same(
    asked: str, answer: Answer, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=TWO)
    await with_two_due(stack)
    with answering() as prefect:
        prefect.odd[asked] = answer
        await dispatched(stack, prefect, lambda: prefect.asked[run_of(GOOD)] > 0, mending=True)
    assert prefect.asked[run_of(BAD)] > 0
    assert prefect.asked["POST /flows/"] > 1, "what is refused of one is asked of the others"


@pytest.mark.parametrize("answer", ODD, ids=str)
async def test_an_odd_answer_is_said_of_the_stack_and_breaks_no_look_at_it(answer: Answer, stack: Stack) -> None:
    with answering() as prefect:
        prefect.odd["/deployments/count"] = answer
        async with PrefectGateway(prefect.url) as gateway:
            [why] = await health.HealthCheck(stack.runtime, gateway).check_prefect(frozenset(["journey"]))
    assert why.code is health.ProblemCode.PREFECT
    assert "refuses" in why.detail or "oddly" in why.detail
