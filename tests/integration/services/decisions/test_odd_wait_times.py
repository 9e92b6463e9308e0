"""A wait until a time that no calendar here has: it is not known, which sets nobody aside."""

from __future__ import annotations

import pytest

from tests.support.rules import enrollments, event_journey, send, with_journeys
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio
ODD = [
    "0001-01-01",
    "0001-01-01 BC",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31",
    "2027-13-45",
]


@pytest.mark.parametrize("kind", ["time", "date"])
@pytest.mark.parametrize("odd", ODD)
async def test_it_is_no_fault(odd: str, kind: str, open_stack: OpenStack) -> None:
    moment = {"kind": "moment", "by": {"days": 1}, "side": "before", "path": "event.starts", "type": kind}
    later = {**moment, "side": "after"}
    steps = [{"kind": "wait", "until": moment, "name": "a"}, {"kind": "wait", "until": later, "name": "b"}]
    journey = event_journey("talk", "app_opened", steps=[*steps, send("how_was_it")])
    stack = await open_stack(edit=with_journeys(journey))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened", starts=odd)
    assert (await stack.decide("talk")).faults == 0
    assert (await enrollments(stack, "talk"))[0]["fault"] is None
