"""Whoever says no by an address alone is not written to there, whoever has the address now or gets it later."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.journeys.project import Project
from kaskad.storage.people import addresses
from tests.integration.services.ingestion.refusing import letters, withdrawn
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio
LETTER = event_journey("letter", "app_opened")
SMS = event_journey("letter", "app_opened", cascade={"channels": [{"channel": "sms"}]})
ANNA = "Anna@customer.example"
MINUTE = timedelta(minutes=1)


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
    for channel in ("sms", "all"):
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
