"""STOP as the answer to an SMS closes the number to everything there, for everybody who has it."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.domain.channel import ReceiptKind
from kaskad.services.ingestion import ingest, segment_events
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack
from tests.support.stopping_by import channel_steps, click, enter, last, tell

pytestmark = pytest.mark.anyio
SMS = event_journey("must", "order_completed", cascade=channel_steps("sms"), purpose="transactional", topic=None)
VIBER = event_journey("plain", "review_written", cascade=channel_steps("viber"), purpose="transactional", topic=None)
PHONE = "+7 (916) 000-00-05"
STOPS: list[dict[str, Any]] = [
    {"event": "STOP", "properties": {"phone": "89160000005"}},
    {"event": "SMS STOP Received", "properties": {"phone": "+79160000005"}},
    {"event": "stop", "userId": "anna"},
]


@pytest.mark.parametrize("said", STOPS, ids=repr)
async def test_stop_closes_the_number_to_everything_by_sms(said: dict[str, Any], open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(SMS, VIBER))
    for user, phone in (("anna", PHONE), ("olga", "89160000005"), ("clara", "+79160000006")):
        await stack.person(user, phone=phone)
    call = {"type": "track", "messageId": "s", "timestamp": stack.now.isoformat(), **said}
    judged = segment_events.parse_request({"batch": [call]}, stack.now, stack.project, source="crm")
    assert (await ingest.ingest(stack.runtime, "crm", judged.events)).new == 1
    await enter(stack, "must", "anna", "olga", "clara")
    await enter(stack, "plain", "olga")
    assert stack.sent() == [("sms", "+79160000006"), ("viber", "+79160000005")]


@pytest.mark.parametrize("by", ["the provider", "a link"])
async def test_an_answer_to_an_sms_is_wider_than_a_click_in_it(by: str, open_stack: OpenStack) -> None:
    other = event_journey("plain", "review_written", cascade=channel_steps("sms"), purpose="transactional", topic=None)
    stack = await open_stack(edit=with_journeys(SMS, other))
    await stack.person("anna", phone=PHONE)
    await enter(stack, "must", "anna")
    if by == "a link":
        await click(stack, "must", "sms")
    else:
        await tell(stack, await last(stack, "must", "sms"), ReceiptKind.UNSUBSCRIBED, "sms")
    await enter(stack, "plain", "anna")
    assert len(stack.sent()) == (2 if by == "a link" else 1)
