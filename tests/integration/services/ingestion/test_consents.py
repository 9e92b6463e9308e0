"""Whoever said no, in whatever words, is not written to; whoever said something unclear has not said yes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.services.ingestion import ingest, segment_events
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
LETTER = event_journey("letter", "app_opened")
OFFER = event_journey("offer", "app_opened", topic="promotions")

REFUSED: list[dict[str, Any]] = [
    {"purpose": "marketing", "channel": "e-mail"},
    {"purpose": "marketing", "channel": "all"},
    {"purpose": "Marketing", "channel": "email"},
    {"channel": " Mail "},
    {"channel": "E_MAIL"},
    {"channel": "*"},
    {"channel": ""},
    {"channel": ["sms", "Email"]},
    {"channel": "every channel"},
    {"channel": {"email": True}},
    {"purpose": "all"},
    {"purpose": "mailings"},
    {"purpose": 5, "channel": "email"},
    {"topic": "all"},
    {"topic": "Service"},
    {"topic": "news of the shop", "channel": "email"},
    {},
]


async def withdrawn(stack: Stack, user: str, **said: Any) -> None:
    """The event as it comes over HTTP, with what is said in place of its parts."""
    call = {"type": "track", "event": "consent_withdrawn", "userId": user, "timestamp": stack.now.isoformat()}
    judged = segment_events.parse_request({"batch": [call | said]}, stack.now, stack.project, source="site")
    assert len(judged.events) == 1
    assert (await ingest.ingest(stack.runtime, "site", judged.events)).new == 1


async def test_a_withdrawal_in_any_words_is_one(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    for number in range(len(REFUSED)):
        await stack.person(f"u{number}", "email")
    await stack.person("anna", "email")
    await stack.at(timedelta(minutes=1))
    for number, said in enumerate(REFUSED):
        await withdrawn(stack, f"u{number}", properties=said)
    await stack.at(timedelta(minutes=1))
    for user in (*(f"u{number}" for number in range(len(REFUSED))), "anna"):
        await stack.track(user, "app_opened")
    await stack.run("letter")
    assert stack.sent() == [("email", "anna@customer.example")]


async def test_a_withdrawal_is_no_wider_than_what_is_understood(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", "email")
    await stack.at(timedelta(minutes=1))
    said = (
        {"channel": "S-M-S"},
        {"topic": "Promotions"},
        {"purpose": "Ads"},
        {"channel": ["Web Push", "telegram"]},
    )
    for properties in said:
        await withdrawn(stack, "anna", properties=properties)
    await stack.track("anna", "app_opened")
    await stack.run("letter")
    assert stack.sent() == [("email", "anna@customer.example")]


async def test_a_withdrawal_whose_time_cannot_be_read_is_of_now(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    odd = ("29.11.2026 10:00", 20_261_129, "soon", None, "0001-01-01T00:00:00Z")
    for number in range(len(odd)):
        await stack.person(f"u{number}", "email")
    await stack.at(timedelta(minutes=1))
    for number, at in enumerate(odd):
        await withdrawn(stack, f"u{number}", timestamp=at)
    times = await stack.rows("SELECT DISTINCT at FROM consent WHERE NOT granted")
    assert times == [{"at": NOON + timedelta(minutes=1)}]
    await stack.at(timedelta(minutes=1))
    await stack.track("u0", "consent_given", channel="email")
    for number in range(len(odd)):
        await stack.track(f"u{number}", "app_opened")
    await stack.run("letter")
    assert stack.sent() == [("email", "u0@customer.example")], "what is granted later holds"


async def test_an_unclear_grant_grants_nothing_and_takes_nothing_back(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    unclear: list[dict[str, Any]] = [
        {"channel": "every channel"},
        {"channel": ["email", "fax"]},
        {"channel": {"email": True}},
        {"channel": []},
        {"purpose": "all"},
        {"purpose": "mailings", "channel": "email"},
        {"topic": "news of the shop", "channel": "email"},
    ]
    for number, properties in enumerate(unclear):
        await stack.person(f"u{number}", "email", consent=False)
        await stack.track(f"u{number}", "consent_given", **properties)
    assert await stack.rows("SELECT id FROM consent") == []
    stored = await stack.rows("SELECT id FROM event WHERE name = 'consent_given'")
    assert len(stored) == len(unclear)
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "consent_given", channel="E-Mail", purpose="MARKETING")
    await stack.at(timedelta(minutes=1))
    await stack.track("anna", "consent_given", channel="fax")
    await stack.person("boris", "email", consent=False)
    await stack.track("boris", "consent_given", channel="All")
    for user in (*(f"u{number}" for number in range(len(unclear))), "anna", "boris"):
        await stack.track(user, "app_opened")
    await stack.run("letter")
    assert sorted(stack.sent()) == [("email", f"{user}@customer.example") for user in ("anna", "boris")]


async def test_a_grant_grants_nothing_against_its_own_words_or_context(open_stack: OpenStack) -> None:
    against: list[dict[str, Any]] = [
        {"properties": {"channel": "email", "status": "NOT_SUBSCRIBED"}},
        {"properties": {"email": True}},
        {"properties": {}, "context": {"consent": {"categoryPreferences": {"Marketing": False}}}},
        {"properties": {}, "context": {"consentManagement": {"deniedConsentIds": ["Marketing"]}}},
    ]
    stack = await open_stack(edit=with_journeys(LETTER))
    calls = [
        {"type": "track", "event": "Consent Given", "userId": f"u{number}", "messageId": f"m{number}"} | said
        for number, said in enumerate(against)
    ]
    yes = {"consent": {"categoryPreferences": {"Marketing": True, "Analytics": False}}}
    calls.append(calls[0] | {"userId": "anna", "messageId": "yes", "properties": {}, "context": yes})
    await stack.post("site", calls)
    assert [row["message_id"] for row in await stack.rows("SELECT message_id FROM consent WHERE granted")] == ["yes"]


async def test_topics_are_granted_and_taken_back_by_their_folded_names(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OFFER))
    for user in ("anna", "boris", "clara"):
        await stack.person(user, "email")
    for user in ("anna", "boris"):
        await stack.track(user, "consent_given", topic=" PROMOTIONS ")
    await stack.at(timedelta(minutes=1))
    await withdrawn(stack, "boris", properties={"topic": "Promo-tions"})
    for user in ("anna", "boris", "clara"):
        await stack.track(user, "app_opened")
    await stack.run("offer")
    assert stack.sent() == [("email", "anna@customer.example")], "nobody gets offers who did not ask for them"


@pytest.mark.parametrize(
    "context",
    [
        {"campaign": {"medium": "none", "content": "false"}},
        {"page": {"path": "/unsubscribe", "title": "No"}},
        {"referrer": {"type": "analytics", "url": "https://search.example/?q=stop"}},
    ],
    ids=repr,
)
async def test_the_page_where_somebody_agreed_is_no_part_of_what_they_agreed_to(context: Any, stack: Stack) -> None:
    call = {"type": "track", "event": "Consent Given", "properties": {"purpose": "marketing", "channel": "email"}}
    await stack.post("site", [stack.call(call | {"context": context}, "kolya", "c1", None)])
    rows = await stack.rows("SELECT purpose, channel, granted FROM consent")
    assert rows == [{"purpose": "marketing", "channel": "email", "granted": True}]
