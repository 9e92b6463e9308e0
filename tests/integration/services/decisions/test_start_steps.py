"""Starting another journey: whoever waits at its door for a quiet time waits no more."""

from __future__ import annotations

import pytest

from tests.support.rules import event_journey, statuses, with_journeys
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio


async def test_whoever_waits_for_its_quiet_time_is_let_in_at_once(open_stack: OpenStack) -> None:
    started = event_journey("started", "app_opened", enter={"quiet_for": {"seconds": 3600}})
    first = event_journey("first", "signed_up", steps=[{"kind": "start", "journey": "started"}])
    stack = await open_stack(edit=with_journeys(first, started))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.decide("started")
    assert await statuses(stack, "started") == ["candidate"]
    await stack.track("anna", "signed_up", email="anna@customer.example")
    await stack.decide("first")
    await stack.run("started")
    assert await statuses(stack, "started") == ["done"]
    assert len(stack.reached) == 1
