"""Those who go over to another version while another system is told: not after an exit, and not twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.journeys.journey import Journey
from tests.support.listening import TOLD, call_all, listening, told
from tests.support.rules import enrollments, event_journey, published_anew, wait, with_journeys
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio


def telling(name: str = "tell", **said: Any) -> Journey:
    """A journey that tells another system, and then waits."""
    steps = [{"kind": "webhook", "webhook": TOLD, "name": name}, wait(3600) | {"name": "pause"}]
    return event_journey("telling", "signed_up", steps=steps, edits="follow", **said)


async def signed_up(home: Stack) -> None:
    """Somebody stands at the step that tells."""
    await home.person("anna", "email")
    await home.track("anna", "signed_up", email="anna@customer.example")
    await home.decide("telling")


async def test_an_exit_of_the_new_version_stops_the_call_of_the_old_one(database_url: str, tmp_path: Path) -> None:
    """Also where nobody has decided yet about those who have gone over."""
    async with listening() as ear, stack(database_url, tmp_path, edit=told(ear, with_journeys(telling()))) as home:
        await signed_up(home)
        await home.track("anna", "email_confirmed", email="anna@customer.example")
        await published_anew(home, telling(leave=[{"when": "email_confirmed"}]))
        assert await call_all(home, ear) == {"dropped": 1}
        assert ear.heard == []
        await home.decide("telling")
        assert (await enrollments(home, "telling"))[0]["status"] == "left"


async def test_what_was_told_at_the_old_step_is_not_told_again_at_the_new_one(
    database_url: str, tmp_path: Path
) -> None:
    async with listening() as ear, stack(database_url, tmp_path, edit=told(ear, with_journeys(telling()))) as home:
        await signed_up(home)
        assert await call_all(home, ear) == {"sent": 1}
        await published_anew(home, telling("say", moved={"webhook:tell": "webhook:say"}))
        await home.decide("telling")
        assert await call_all(home, ear) == {}
        assert len(ear.heard) == 1
        await home.decide("telling")
        assert (await enrollments(home, "telling"))[0]["step"] == "wait:pause"
