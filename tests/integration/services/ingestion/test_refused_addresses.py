"""Whoever says no by an address alone is not written to there, whoever has the address now or gets it later."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project
from kaskad.services.ingestion import ingest, segment_events
from kaskad.storage.people import addresses
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack, Stack
from tests.support.stopping_by import ALL, enter, to

pytestmark = pytest.mark.anyio
LETTER = event_journey("letter", "app_opened")
SMS = event_journey("letter", "app_opened", cascade={"channels": [{"channel": "sms"}]})
ANNA = "Anna@customer.example"
MINUTE = timedelta(minutes=1)
SUPPRESSED = """SELECT a.key AS address, journey, reason FROM suppression s
    LEFT JOIN address a ON a.channel = s.channel AND a.hash = s.address ORDER BY 1, 2, 3"""


async def post_call(stack: Stack, **said: Any) -> None:
    """A call as it comes over HTTP, of now; all of it is taken."""
    judged = segment_events.parse_request(
        {"batch": [{"timestamp": stack.now.isoformat()} | said]}, stack.now, stack.project, source="crm"
    )
    assert len(judged.events) == 1
    assert (await ingest.ingest(stack.runtime, "crm", judged.events)).new == 1


async def withdrawn(stack: Stack, **said: Any) -> None:
    await post_call(stack, type="track", event="Consent Withdrawn", **said)


async def letters(stack: Stack, *users: str) -> list[str]:
    """Whom a letter reaches a minute later, when all of these would get one."""
    await stack.at(MINUTE)
    before = len(stack.reached)
    for user in users:
        await stack.track(user, "app_opened")
    await stack.run("letter")
    return sorted(record.to for record in stack.reached[before:])


BY_ADDRESS: list[dict[str, Any]] = [
    {"context": {"traits": {"email": "anna@customer.example"}}},
    {"properties": {"email": " ANNA@customer.EXAMPLE "}},
    {"traits": {"email": "anna@customer.example"}, "anonymousId": "a stranger's device"},
    {"context": {"externalIds": [{"type": "email", "id": "anna@customer.example"}]}},
    {"userId": "anna@customer.example"},
]


@pytest.mark.parametrize("said", BY_ADDRESS, ids=repr)
async def test_a_withdrawal_by_an_address_stops_everybody_who_has_it(
    said: dict[str, Any], open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", email=ANNA)
    await stack.person("olga", email=" anna@customer.example")
    await stack.person("clara", email="clara@customer.example")
    await stack.at(MINUTE)
    await withdrawn(stack, **said)
    assert await letters(stack, "anna", "olga", "clara") == ["clara@customer.example"]
    await stack.track("anna", "consent_given", channel="email")
    assert await letters(stack, "anna", "olga") == [ANNA], "who grants it again gets letters again"


def in_ukraine(project: Project) -> Project:
    """A shop of another country than its time zone says, with the journey by SMS."""
    edited = with_journeys(SMS)(project)
    return edited.model_copy(update={"shop": edited.shop.model_copy(update={"region": "UA"})})


@pytest.mark.parametrize("written", ["067 123-45-67", "671234567", "380671234567", "+380 (0)67 123 45 67"])
async def test_a_withdrawal_by_a_number_without_its_country_is_one_of_the_shop_s(
    written: str, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=in_ukraine)
    await stack.person("anna", phone="(067) 123-45-67")
    await stack.person("olga", phone="+380671234567")
    await stack.person("clara", phone="067 123 45 68")
    for channel in ("sms", None):
        await stack.track("ida", "consent_given", channel=channel)
    await stack.at(MINUTE)
    await withdrawn(stack, properties={"phone": written})
    assert await letters(stack, "anna", "olga", "clara") == ["+380671234568"]
    await stack.identify("ida", phone="00380671234567")
    assert await letters(stack, "ida") == [], "whoever gets the number later gets the no with it"


async def test_a_withdrawal_by_another_spelling_of_the_mailbox_stops_everybody_who_has_it(
    open_stack: OpenStack,
) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", email="ivan@почта.рф")
    await stack.person("olga", email="Ivan@xn--80a1acny.xn--p1ai")
    await stack.person("clara", "email")
    await stack.at(MINUTE)
    await withdrawn(stack, properties={"email": "MAILTO:ivan@xn--80a1acny.рф."})
    assert await letters(stack, "anna", "olga", "clara") == ["clara@customer.example"]


async def test_a_withdrawal_by_a_number_stops_everybody_who_has_it(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(SMS))
    for user, phone in (("anna", "+7 (916) 000-00-05"), ("olga", "79160000005"), ("clara", "+79160000006")):
        await stack.person(user, phone=phone)
    await stack.at(MINUTE)
    await withdrawn(stack, properties={"phone": "7 916 000 00 05"})
    assert await letters(stack, "anna", "olga", "clara") == ["+79160000006"]


async def test_it_is_no_wider_than_what_it_says(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", email=ANNA)
    await stack.at(MINUTE)
    await withdrawn(stack, properties={"email": ANNA, "channel": "sms"})
    await withdrawn(stack, properties={"email": ANNA, "topic": "promotions"})
    assert await letters(stack, "anna") == [ANNA]


@pytest.mark.parametrize("granted", ["before", "after"])
async def test_whoever_gets_the_address_later_gets_the_no_with_it(granted: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    for channel in ("email", None) if granted == "before" else ():
        await stack.track("anna", "consent_given", channel=channel)
    await stack.at(MINUTE)
    await withdrawn(stack, properties={"email": ANNA})
    await stack.at(MINUTE)
    if granted == "after":
        await stack.track("anna", "consent_given", channel="email")
    await stack.identify("anna", email=ANNA)
    await stack.identify("anna", email=ANNA, firstName="Anna")
    assert await letters(stack, "anna") == ([] if granted == "before" else [ANNA])
    rows = await stack.rows("SELECT id FROM consent WHERE NOT granted")
    assert len(rows) == 1, "it is written once, however often the address is told"


async def test_whoever_took_the_address_back_is_not_meant(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", email=ANNA)
    await stack.at(MINUTE)
    await stack.identify("anna", email=None)
    await withdrawn(stack, properties={"email": ANNA})
    assert await stack.rows("SELECT id FROM consent WHERE NOT granted") == []


async def test_an_address_that_is_told_while_it_is_refused_is_refused(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    users = [f"u{number}" for number in range(8)]
    for user in users:
        await stack.track(user, "consent_given", channel="email")
    await stack.at(MINUTE)
    await asyncio.gather(
        *(stack.identify(user, email=f"{user}@customer.example") for user in users),
        *(withdrawn(stack, properties={"email": f"{user}@customer.example"}) for user in users),
    )
    assert await letters(stack, *users) == []


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


async def test_of_two_events_with_one_id_the_first_one_s_no_counts(open_stack: OpenStack) -> None:
    """It is the one that is stored; the second is a repeat, whatever it says."""
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", email=ANNA)
    await stack.person("olga", email="olga@customer.example")
    no = {"type": "track", "event": "Unsubscribed", "messageId": "m", "timestamp": stack.now.isoformat()}
    batch = [no | {"properties": {"email": email}} for email in (ANNA, "olga@customer.example")]
    await stack.at(MINUTE)
    judged = segment_events.parse_request({"batch": batch}, stack.now, stack.project, source="crm")
    assert (await ingest.ingest(stack.runtime, "crm", judged.events)).new == 1
    assert await letters(stack, "anna", "olga") == ["olga@customer.example"]


async def test_who_says_no_by_an_address_waits_for_whoever_is_just_getting_it(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.track("anna", "consent_given", channel="email")
    await stack.at(MINUTE)
    async with stack.runtime.database.transaction() as connection:
        await addresses.lock_addresses(connection, stack.runtime.address_hasher, [("email", "anna@customer.example")])
        no = asyncio.create_task(withdrawn(stack, properties={"email": ANNA}))
        assert not (await asyncio.wait([no], timeout=0.3))[0]
        await connection.execute(
            """INSERT INTO contact (customer_id, channel, address, address_key, updated_at)
                   SELECT customer_id, 'email', %(email)s, lower(%(email)s), %(now)s
                     FROM identity WHERE value = 'anna'""",
            {"email": ANNA, "now": stack.now},
        )
    await no
    assert len(await stack.rows("SELECT id FROM consent WHERE NOT granted")) == 1
    assert await letters(stack, "anna") == []


async def test_whoever_has_the_address_is_locked_before_anything_is_taken_back(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(LETTER))
    await stack.person("anna", email=ANNA)
    async with stack.runtime.database.transaction() as connection:
        await connection.execute("SELECT id FROM customer FOR NO KEY UPDATE")
        no = asyncio.create_task(withdrawn(stack, properties={"email": ANNA}))
        assert not (await asyncio.wait([no], timeout=0.3))[0]
    await no
    assert len(await stack.rows("SELECT id FROM consent WHERE NOT granted")) == 1
