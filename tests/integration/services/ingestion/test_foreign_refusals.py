"""Whoever says no in the words of another system is not written to, and a yes in such words grants nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.services.ingestion import ingest, segment_events
from tests.integration.services.ingestion.refusing import letters, post_call
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack
from tests.support.stopping_by import ALL, enter, to

pytestmark = pytest.mark.anyio
LETTER = event_journey("letter", "app_opened")
ANNA = "Anna@customer.example"
MINUTE = timedelta(minutes=1)
SUPPRESSED = """SELECT a.key AS address, journey, reason FROM suppression s
    LEFT JOIN address a ON a.channel = s.channel AND a.hash = s.address ORDER BY 1, 2, 3"""


async def test_a_complaint_in_foreign_words_closes_the_address_to_every_purpose(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    for user in ("anna", "olga", "clara"):
        await stack.person(user, email=f"{user}@customer.example")
    await post_call(stack, type="track", event="Email Marked as Spam", properties={"email": "anna@customer.example"})
    await post_call(stack, type="track", event="users.messages.email.MarkAsSpam", userId="olga")
    for nothing in ("Phone Complaint", "User Reported For Abuse"):
        await post_call(stack, type="track", event=nothing, userId="clara", properties={"about": "cold pizza"})
    for journey in ("must", "asked", "sells"):
        await enter(stack, journey, "anna", "olga", "clara")
    assert set(to(stack, Channel.EMAIL)) == {"clara@customer.example"}
    assert await stack.rows(SUPPRESSED) == [
        {"address": f"{user}@customer.example", "journey": "", "reason": "complained"} for user in ("anna", "olga")
    ]


@pytest.mark.parametrize("with_id", [False, True])
async def test_who_is_named_by_nothing_but_an_address_shares_no_contacts_with_others(
    with_id: bool, open_stack: OpenStack
) -> None:
    vera = {"email": "vera@customer.example", "phone": "+79160000005", "email_opt_out": True}
    stack = await open_stack(edit=ALL)
    await post_call(stack, type="identify", traits=vera, **({"userId": "vera"} if with_id else {}))
    await post_call(stack, type="track", event="Spam Report", properties={"email": "stranger@customer.example"})
    await post_call(stack, type="track", event="Email Marked as Spam", properties={"email": "other@customer.example"})
    closed = await stack.rows(SUPPRESSED)
    assert [row["address"] for row in closed] == ["other@customer.example", "stranger@customer.example"]
    assert await stack.rows("SELECT channel FROM contact WHERE customer_id = 0") == []
    await stack.person("olga", email="Vera@customer.example")
    await enter(stack, "must", "olga")
    assert to(stack, Channel.EMAIL) == ["Vera@customer.example"], "what must be told still is"


FOREIGN: list[dict[str, Any]] = [
    {"type": "track", "event": "Email Unsubscribed"},
    {"type": "track", "event": "Contact Unsubscribed via API"},
    {"type": "identify", "traits": {"email_marketing_consent": {"state": "not_subscribed"}}},
    {"type": "track", "event": "Subscription Updated", "properties": {"status": "unsubscribed"}},
    {"type": "identify", "traits": {"unsubscribed": True}},
    {"type": "identify", "traits": {"email_subscribe": "unsubscribed"}},
    {"type": "identify", "context": {"consent": {"categoryPreferences": {"marketing": False}}}},
]


async def test_a_no_in_foreign_words_stops_the_customer_and_a_yes_grants_nothing(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    for number in range(len(FOREIGN)):
        await stack.person(f"u{number}", "email")
    await stack.person("clara", "email")
    await stack.at(MINUTE)
    for number, said in enumerate(FOREIGN):
        await post_call(stack, userId=f"u{number}", **said)
    for number, yes in enumerate(({"email_subscribe": "opted_in"}, {"$consent": ["email"]}, {"marketing": True})):
        await stack.person(f"y{number}", "email", consent=False)
        await post_call(stack, userId=f"y{number}", type="identify", traits=yes)
    users = [f"u{number}" for number in range(len(FOREIGN))] + ["y0", "y1", "y2", "clara"]
    assert await letters(stack, *users) == ["clara@customer.example"]


async def test_each_of_several_answers_counts_although_something_is_wrong_beside_them(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    answers = {"sms": False, "email": False, "age": float("nan")}
    await post_call(stack, userId="anna", type="track", event="Preferences Updated", properties=answers)
    rows = await stack.rows("SELECT channel FROM consent WHERE NOT granted AND purpose = 'marketing'")
    assert sorted(row["channel"] for row in rows) == ["email", "sms"]


async def test_a_standing_no_is_kept_as_its_first_and_its_last(open_stack: OpenStack) -> None:
    standing: dict[str, Any] = {"userId": "anna", "type": "identify", "traits": {"email_opt_out": True}}
    asked = "SELECT granted, at FROM consent WHERE purpose = 'marketing' AND channel = 'email' ORDER BY at"
    stack = await open_stack(edit=with_journeys(LETTER))
    start = stack.now
    for _ in range(5):
        await stack.at(MINUTE)
        await post_call(stack, **standing)
    first, last = await stack.rows(asked)
    assert (first["at"], last["at"]) == (start + MINUTE, stack.now)
    await post_call(stack, **standing, timestamp=(stack.now - MINUTE / 2).isoformat())
    assert len(await stack.rows(asked)) == 2, "an earlier one says nothing new"
    await stack.at(MINUTE)
    await stack.track("anna", "consent_given", channel="email")
    await stack.at(MINUTE)
    await post_call(stack, **standing)
    assert [row["granted"] for row in await stack.rows(asked)] == [False, False, True, False], "said anew, it counts"


async def test_a_standing_no_by_an_address_is_kept_twice_of_each_who_has_it(open_stack: OpenStack) -> None:
    standing: dict[str, Any] = {"userId": "anna", "type": "identify", "traits": {"email": ANNA, "email_opt_out": True}}
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("olga", email=ANNA)
    for _ in range(5):
        await stack.at(MINUTE)
        await post_call(stack, **standing)
    kept = await stack.rows(
        "SELECT count(*) AS of_each FROM consent WHERE NOT granted AND channel = 'email' GROUP BY customer_id"
    )
    assert [row["of_each"] for row in kept] == [2, 2]
    assert await letters(stack, "anna", "olga") == []


async def test_of_two_noes_with_one_id_each_counts(open_stack: OpenStack) -> None:
    """The second has other words: it is no repeat."""
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", email=ANNA)
    await stack.person("olga", email="olga@customer.example")
    no = {"type": "track", "event": "Unsubscribed", "messageId": "m", "timestamp": stack.now.isoformat()}
    batch = [no | {"properties": {"email": email}} for email in (ANNA, "olga@customer.example")]
    await stack.at(MINUTE)
    judged = segment_events.parse_request({"batch": batch}, stack.now, stack.project, source="crm")
    assert (await ingest.ingest(stack.runtime, "crm", judged.events)).new == 2
    assert await letters(stack, "anna", "olga") == []
