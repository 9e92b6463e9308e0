"""Those who go over to another version while another system is told: not after an exit, and not twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.journeys.journey import Journey
from tests.support.listening import TOLD, call_all, listening, with_listener
from tests.support.rules import enrollments, event_journey, published_anew, wait, with_journeys
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.anyio


def telling(name: str = "tell", **said: Any) -> Journey:
    """A journey that tells another system, and then waits."""
    steps = [{"kind": "webhook", "webhook": TOLD, "name": name}, wait(3600) | {"name": "pause"}]
    return event_journey("telling", "signed_up", steps=steps, edits="follow", **said)


async def signed_up(stack: Stack) -> None:
    """Somebody stands at the step that tells."""
    await stack.person("anna", "email")
    await stack.track("anna", "signed_up", email="anna@customer.example")
    await stack.decide("telling")


async def test_an_exit_of_the_new_version_stops_the_call_of_the_old_one(database_url: str, tmp_path: Path) -> None:
    """Also where nobody has decided yet about those who have gone over."""
    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()))) as stack,
    ):
        await signed_up(stack)
        await stack.track("anna", "email_confirmed", email="anna@customer.example")
        await published_anew(stack, telling(leave=[{"when": "email_confirmed"}]))
        assert await call_all(stack, ear) == {"dropped": 1}
        assert ear.heard == []
        await stack.decide("telling")
        assert (await enrollments(stack, "telling"))[0]["status"] == "left"


async def test_what_was_told_at_the_old_step_is_not_told_again_at_the_new_one(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling()))) as stack,
    ):
        await signed_up(stack)
        assert await call_all(stack, ear) == {"sent": 1}
        await published_anew(stack, telling("say", moved={"webhook:tell": "webhook:say"}))
        await stack.decide("telling")
        assert await call_all(stack, ear) == {}
        assert len(ear.heard) == 1
        await stack.decide("telling")
        assert (await enrollments(stack, "telling"))[0]["step"] == "wait:pause"
