"""What a consent counts for: until its end, for its sender; and a pause beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.decisions import send_policy
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import Reason
from kaskad.services.ingestion import receipts
from kaskad.services.ingestion.consenting.consents import CONSENT_WITHDRAWN, PREFERENCES
from kaskad.storage.facts import profiles
from tests.support.stack import NOON, Stack

pytestmark = pytest.mark.anyio
EMAIL = {"purpose": "marketing", "channel": "email"}
LEDGER = """SELECT granted, channel, topic, sender, ip, expires_at, how FROM consent ORDER BY id"""


async def refused(stack: Stack, *, sender: str | None = None, after: timedelta = timedelta(0)) -> Reason | None:
    """Why marketing by e-mail may not reach Anna so much later; None if it may."""
    async with stack.runtime.database.transaction() as connection:
        (row,) = await stack.rows("SELECT customer_id FROM identity WHERE value = 'anna'")
        someone = await profiles.load_person(connection, row["customer_id"], stack.now + after, shop=stack.project.shop)
    return send_policy.unreachable_reason(
        someone, Channel.EMAIL, Purpose.MARKETING, topic=None, templates={Channel.EMAIL}, sender=sender
    )


async def pause(stack: Stack, days: int) -> None:
    """Anna pauses for so long; 0 days end it."""
    until = (stack.now + timedelta(days=days)).isoformat()
    await stack.track("anna", CONSENT_WITHDRAWN, source=PREFERENCES, purpose="marketing", paused_until=until)


async def test_a_grant_counts_until_its_end(stack: Stack) -> None:
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "consent_given", **EMAIL, expires_at=(NOON + timedelta(days=30)).isoformat())
    assert await refused(stack, after=timedelta(days=30, seconds=-1)) is None
    assert await refused(stack, after=timedelta(days=30)) is Reason.NO_CONSENT


async def test_what_has_ended_brings_back_nothing_that_was_granted_before(stack: Stack) -> None:
    await stack.person("anna", "email")
    await stack.at(timedelta(days=1))
    await stack.track("anna", "consent_given", **EMAIL, valid_until=(stack.now + timedelta(days=1)).isoformat())
    assert await refused(stack, after=timedelta(days=2)) is Reason.NO_CONSENT


async def test_an_end_that_cannot_be_read_grants_nothing(stack: Stack) -> None:
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "consent_given", **EMAIL, expires="next year")
    assert await refused(stack) is Reason.NO_CONSENT


async def test_what_is_said_to_one_sender_counts_for_it_alone(stack: Stack) -> None:
    one, other = list(stack.project.senders)[:2]
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "consent_given", **EMAIL, sender=one)
    assert [await refused(stack, sender=name) for name in (one, other)] == [None, Reason.NO_CONSENT]
    await stack.at(timedelta(days=1))
    await stack.track("anna", "consent_given", **EMAIL)
    assert [await refused(stack, sender=name) for name in (one, other)] == [None, None]
    await stack.at(timedelta(days=1))
    await stack.track("anna", "consent_withdrawn", **EMAIL, sender=one)
    assert [await refused(stack, sender=name) for name in (one, other)] == [Reason.NO_CONSENT, None]
    await stack.track("anna", "consent_withdrawn", **EMAIL, sender="somebody else")
    assert await refused(stack, sender=other) is Reason.NO_CONSENT


async def test_a_no_to_one_sender_beside_an_address_is_none_to_the_others(stack: Stack) -> None:
    one, other = list(stack.project.senders)[:2]
    await stack.person("anna", "email")
    await stack.person("olga", "email")
    await stack.at(timedelta(hours=1))
    await stack.identify("olga", email="anna@customer.example")
    await stack.at(timedelta(days=1))
    await stack.track("anna", "consent_withdrawn", **EMAIL, sender=one, email="anna@customer.example")
    await stack.identify("anna", email="anna@customer.example")
    assert [await refused(stack, sender=name) for name in (one, other)] == [Reason.NO_CONSENT, None]
    told = await stack.rows(
        "SELECT sender, count(DISTINCT customer_id) AS who FROM consent WHERE NOT granted GROUP BY 1"
    )
    assert told == [{"sender": one, "who": 2}], "whoever has the address as well"


async def test_a_pause_ends_by_itself_or_by_another_word(stack: Stack) -> None:
    await stack.person("anna", "email", consent=False)
    await stack.track("anna", "consent_given", purpose="marketing")
    await stack.at(timedelta(days=1))
    await pause(stack, 30)
    assert await refused(stack) is Reason.NO_CONSENT
    assert await refused(stack, after=timedelta(days=30)) is None
    await stack.at(timedelta(days=1))
    await pause(stack, 0)
    assert await refused(stack) is None
    await pause(stack, 7)
    await stack.at(timedelta(days=1))
    await pause(stack, 90)
    assert await refused(stack, after=timedelta(days=8)) is Reason.NO_CONSENT


ALL = {"properties": {"channel": "all"}}


@pytest.mark.parametrize(
    "call",
    [
        {"type": "track", "event": "Email Unsubscribed"} | ALL,
        {"type": "track", "event": "consent_withdrawn"} | ALL,
        {"type": "identify", "traits": {"unsubscribed": True}},
    ],
)
async def test_a_no_within_a_pause_holds_when_the_pause_is_over(stack: Stack, call: dict[str, Any]) -> None:
    await stack.person("anna", "email")
    await stack.at(timedelta(days=1))
    for days in (7, 14):
        await pause(stack, days)
        await stack.at(timedelta(days=1))
    await stack.post("site", [stack.call(call, "anna", str(uuid4()), None)])
    assert await refused(stack, after=timedelta(days=60)) is Reason.NO_CONSENT


async def test_a_source_cannot_end_a_withdrawal_beforehand(stack: Stack) -> None:
    await stack.person("anna", "email")
    await stack.at(timedelta(days=1))
    soon = (stack.now + timedelta(days=1)).isoformat()
    await stack.track("anna", "consent_withdrawn", **EMAIL, paused_until=soon, expires_at=soon)
    assert await refused(stack, after=timedelta(days=9)) is Reason.NO_CONSENT


async def test_the_ledger_keeps_where_it_came_from(stack: Stack) -> None:
    call = {"type": "track", "event": "consent_given", "properties": EMAIL, "context": {"ip": "203.0.113.5"}}
    await stack.post("site", [stack.call(call, "anna", "a", None)])
    await stack.post("site", [stack.call(call | {"context": {"ip": "x" * 300}}, "anna", "b", None)])
    nothing = {"granted": True, "channel": "email", "topic": None, "sender": None, "expires_at": None, "how": None}
    assert await stack.rows(LEDGER) == [nothing | {"ip": "203.0.113.5"}, nothing | {"ip": None}]


A_NO = [
    {"purpose": "marketing", "channel": "e-mail"},
    {"channel": "all"},
    {"purpose": "Marketing"},
    {"purpose": " MARKETING ", "channel": "E_Mail"},
    {"purpose": "advertisement", "channel": "letters"},
    {"purpose": ["all"], "channels": ["e mail", "sms"]},
    {"purpose": "marketing", "channel": "electronic mail", "topic": "everything"},
]


@pytest.mark.parametrize("said", A_NO, ids=str)
async def test_whoever_said_no_in_any_words_is_not_written_to(stack: Stack, said: dict[str, Any]) -> None:
    await stack.person("anna", "email")
    await stack.at(timedelta(hours=1))
    await stack.track("anna", "consent_withdrawn", **said)
    assert await refused(stack) is Reason.NO_CONSENT


@pytest.mark.parametrize("clicked", [1, 2])
async def test_one_click_in_a_letter_of_the_shipped_confirmation_ends_its_letters(stack: Stack, clicked: int) -> None:
    await stack.person("anna", "email")
    await stack.track("anna", "signed_up", email="anna@customer.example")
    for hours in (6, 18)[:clicked]:
        await stack.at(timedelta(hours=hours))
        await stack.run("email_confirmation")
    sent = len(stack.sent())
    assert sent == clicked
    (message,) = await stack.rows("SELECT id FROM message WHERE status = 'sent' ORDER BY sent_at DESC LIMIT 1")
    assert await receipts.unsubscribe(stack.runtime, message["id"])
    for _ in range(3):
        await stack.at(timedelta(days=1))
        await stack.run("email_confirmation")
    await stack.track("anna", "signed_up", email="anna@customer.example")
    await stack.at(timedelta(hours=6))
    await stack.run("email_confirmation")
    assert len(stack.sent()) == sent, "nothing more of that journey by that address"
