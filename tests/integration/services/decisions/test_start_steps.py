"""Starting another journey: whoever waits at its door for a quiet time waits no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.rules import event_journey, statuses, with_journeys
from tests.support.stack import stack

pytestmark = pytest.mark.anyio


async def test_whoever_waits_for_its_quiet_time_is_let_in_at_once(database_url: str, tmp_path: Path) -> None:
    started = event_journey("started", "app_opened", enter={"quiet_for": {"seconds": 3600}})
    first = event_journey("first", "signed_up", steps=[{"kind": "start", "journey": "started"}])
    async with stack(database_url, tmp_path, edit=with_journeys(first, started)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.decide("started")
        assert await statuses(home, "started") == ["candidate"]
        await home.track("anna", "signed_up", email="anna@customer.example")
        await home.decide("first")
        await home.run("started")
        assert await statuses(home, "started") == ["done"]
        assert len(home.reached) == 1
