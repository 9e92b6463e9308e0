"""Who is set aside is told of to nobody, and told of once they go on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.services.operations import quarantine
from tests.support.listening import TOLD, call_all, listening, with_listener
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)
SET_ASIDE = "UPDATE enrollment SET status = 'quarantined', fault = 'a fault'"


async def test_another_system_is_told_of_who_was_set_aside_once_they_go_on(database_url: str, tmp_path: Path) -> None:
    telling = event_journey("telling", "signed_up", steps=[{"kind": "webhook", "webhook": TOLD}])
    async with (
        listening() as ear,
        running_stack(database_url, tmp_path, edit=with_listener(ear, with_journeys(telling))) as stack,
    ):
        await stack.person("anna", "email")
        await stack.track("anna", "signed_up", email="anna@customer.example")
        await stack.decide("telling")
        await stack.rows(SET_ASIDE)
        await call_all(stack, ear)
        assert ear.heard == []
        await quarantine.release(stack.runtime, "telling")
        await stack.at(HOUR)
        await stack.decide("telling")
        await call_all(stack, ear)
        assert len(ear.heard) == 1
