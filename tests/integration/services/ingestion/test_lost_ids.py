"""A no under an id that another event has is no repeat of it; the same no sent again is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.services.ingestion import ingest, segment_events
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
LETTER = event_journey("letter", "app_opened")
COUNT = "SELECT customer_id FROM event WHERE name = 'consent_withdrawn'"


async def send(stack: Stack, *calls: dict[str, Any]) -> int:
    batch = [{"type": "track", "messageId": "1", "timestamp": stack.now.isoformat()} | call for call in calls]
    judged = segment_events.parse_request({"batch": batch}, stack.now, stack.project, source="crm")
    return (await ingest.ingest(stack.runtime, "crm", judged.events)).new


NO: list[dict[str, Any]] = [
    {"event": "Unsubscribe", "userId": "anna"},
    {"event": "consent_withdrawn", "userId": "anna"},
    {"event": "Unsubscribe", "properties": {"email": "anna@customer.example"}},
]


@pytest.mark.parametrize("no", NO, ids=repr)
@pytest.mark.parametrize("together", [True, False])
async def test_a_no_under_the_id_of_another_event_counts(
    no: dict[str, Any], together: bool, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    for user in ("anna", "olga"):
        await stack.person(user, email=f"{user}@customer.example")
    await stack.at(timedelta(minutes=1))
    others = [{"event": "app_opened", "userId": "olga"}, {"event": "app_opened", "userId": "anna"}]
    if together:
        assert await send(stack, *others, no) == 2
    else:
        assert await send(stack, *others) == 1
        assert await send(stack, no) == 1
    assert await send(stack, no) == 0, "sent again it is a repeat"
    await stack.track("anna", "app_opened")
    await stack.run("letter")
    assert [record.to for record in stack.reached] == ["olga@customer.example"], "and nobody else has said no"


async def test_the_same_no_sent_again_takes_nothing_back_that_was_granted_since(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    no = {"event": "Unsubscribe", "userId": "anna", "timestamp": None}
    assert [await send(stack, no), await send(stack, no)] == [1, 0]
    await stack.at(timedelta(minutes=1))
    assert await send(stack, no) == 0
    assert await send(stack, no | {"userId": "olga"}) == 1
    assert len(await stack.rows(COUNT)) == 2
