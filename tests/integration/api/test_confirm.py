"""Double opt-in: a link that confirms an address, and what counts from then on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.domain.journeys.project import Project
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.links import LinkKind
from tests.integration.api.front import ApiClient, front
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import Stack, running_stack
from tests.support.stopping_by import ASKED, enter, last, tell, to

pytestmark = pytest.mark.anyio
SELLS = event_journey("sells", "app_opened", topic="carts")
GIVEN = {"purpose": "marketing", "channel": "email", "text_version": "form/3", "text_hash": "abc"}
CONFIRMED = "SELECT channel, topic, text_version, source, ip, how FROM consent WHERE how IS NOT NULL ORDER BY id"
EVENTS = "SELECT source, properties FROM event WHERE name = 'email_confirmed' ORDER BY id"
STATE = """SELECT (SELECT count(*) FROM consent) AS consents, (SELECT count(*) FROM event) AS events,
    (SELECT count(*) FROM confirmed_address) AS confirmed"""


def asks(project: Project) -> Project:
    """The shop in which consent to e-mail counts once the address is confirmed."""
    edited = with_journeys(SELLS, ASKED)(project)
    policy = edited.policy.model_copy(update={"double_opt_in": (Channel.EMAIL,)})
    return edited.model_copy(update={"policy": policy})


@asynccontextmanager
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Stack, ApiClient]]:
    async with running_stack(database_url, tmp_path, edit=asks) as stack, front(stack) as api:
        await stack.person("anna", "email", consent=False)
        yield stack, api


async def link(stack: Stack, journey: str = "asked") -> str:
    return path(stack, await last(stack, journey))


def path(stack: Stack, message: UUID) -> str:
    return httpx.URL(stack.runtime.links.url(message, LinkKind.CONFIRM)).path


async def test_a_grant_counts_once_its_address_is_confirmed(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await stack.track("anna", "consent_given", **GIVEN)
        await stack.track("anna", "consent_given", **GIVEN, topic="promotions")
        await enter(stack, "sells", "anna")
        assert to(stack) == []
        assert await stack.rows("SELECT reason FROM decision WHERE reason IS NOT NULL") == [{"reason": "unconfirmed"}]
        await enter(stack, "asked", "anna", email="Anna@Customer.example")
        assert len(to(stack)) == 1, "what was asked for needs no consent"
        await stack.at(timedelta(hours=1))
        for _ in range(2):
            page = await api.client.post(await link(stack))
            assert page.status_code == 200
            assert "Thank you, it is confirmed" in page.text
        proof = {
            "channel": "email",
            "text_version": "form/3",
            "source": "kaskad",
            "ip": "127.0.0.1",
            "how": "confirmed",
        }
        assert {row["topic"] for row in await stack.rows(CONFIRMED)} == {None, "promotions"}
        assert all(row | {"topic": None} == proof | {"topic": None} for row in await stack.rows(CONFIRMED))
        (event,) = await stack.rows(EVENTS)
        assert event == {"source": "kaskad", "properties": {"email": "Anna@Customer.example"}}
        await enter(stack, "sells", "anna")
        assert len(to(stack)) == 2


async def test_what_was_confirmed_is_known_where_the_events_are_repeated(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, _):
        await stack.track("anna", "consent_given", **GIVEN)
        known = "SELECT address FROM confirmed_address"
        await stack.track("anna", "email_confirmed", email="anna@customer.example")
        assert await stack.rows(known) == [], "a source's word is not the address's"
        await stack.track("anna", "email_confirmed", source="kaskad", email="Anna@Customer.example")
        assert await stack.rows(known) == [{"address": "anna@customer.example"}]
        await enter(stack, "sells", "anna")
        assert len(to(stack)) == 1


async def test_who_confirms_without_having_agreed_has_not_agreed(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await stack.track("anna", "consent_given", **GIVEN)
        await stack.at(timedelta(hours=1))
        await stack.track("anna", "consent_withdrawn", channel="email")
        await enter(stack, "asked", "anna")
        await api.client.post(await link(stack))
        assert await stack.rows(CONFIRMED) == []
        await enter(stack, "sells", "anna")
        assert len(to(stack)) == 1


async def test_another_address_has_to_be_confirmed_again(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await stack.track("anna", "consent_given", **GIVEN)
        await enter(stack, "asked", "anna")
        old = await link(stack)
        await api.client.post(old)
        await stack.at(timedelta(hours=1))
        await stack.identify("anna", email="new@customer.example")
        await enter(stack, "sells", "anna")
        assert len(to(stack)) == 1
        before = await stack.rows(STATE)
        page = await api.client.post(old)
        assert "You have another address by now" in page.text
        assert await stack.rows(STATE) == before


async def test_asking_confirms_nothing(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await enter(stack, "asked", "anna")
        before = await stack.rows(STATE)
        for method in ("GET", "HEAD", "GET"):
            page = await api.client.request(method, await link(stack))
            assert page.status_code == 200
        assert '<button type="submit">Yes, it is mine</button>' in page.text
        assert await stack.rows(STATE) == before
        assert (await api.client.post((await link(stack))[:-2])).status_code == 404


async def test_a_test_confirms_nothing(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await manual_enrollment.enroll(stack.runtime, "asked", "anna", mode=Mode.TEST)
        await stack.run("asked")
        before = await stack.rows(STATE)
        assert "Nothing was changed." in (await api.client.post(await link(stack))).text
        assert await stack.rows(STATE) == before


async def test_a_grant_that_the_address_confirmed_lifts_what_was_unsubscribed_by_it(
    database_url: str, tmp_path: Path
) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        nobody = {"type": "track", "event": "Unsubscribed", "properties": {"email": "anna@customer.example"}}
        await stack.post("site", [nobody | {"messageId": "m1", "userId": None}])
        await stack.at(timedelta(hours=1))
        await stack.track("anna", "consent_given", **GIVEN)
        await enter(stack, "asked", "anna")
        assert len(await stack.rows("SELECT * FROM refused_address")) == 1
        await api.client.post(await link(stack))
        assert await stack.rows("SELECT * FROM refused_address") == []
        await enter(stack, "sells", "anna")
        assert len(to(stack)) == 2


async def test_a_complaint_is_lifted_by_no_confirmation(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await stack.track("anna", "consent_given", **GIVEN)
        await enter(stack, "asked", "anna")
        message = await last(stack, "asked")
        await tell(stack, message, ReceiptKind.COMPLAINED)
        await stack.at(timedelta(hours=1))
        await stack.track("anna", "consent_given", **GIVEN)
        await api.client.post(path(stack, message))
        suppressed: list[Any] = await stack.rows("SELECT reason FROM suppression")
        assert suppressed == [{"reason": "complained"}]
        await enter(stack, "sells", "anna")
        assert len(to(stack)) == 1


async def test_the_shipped_letter_carries_the_link_and_its_journey_ends_by_it(
    database_url: str, tmp_path: Path
) -> None:
    async with running_stack(database_url, tmp_path) as stack, front(stack) as api:
        await stack.person("anna", "email")
        await stack.track("anna", "signed_up", email="anna@customer.example")
        await stack.at(timedelta(hours=6))
        await stack.run("email_confirmation")
        message = await last(stack, "email_confirmation")
        assert stack.runtime.links.url(message, LinkKind.CONFIRM) in str(stack.reached[0])
        await stack.at(timedelta(minutes=5))
        await api.client.post(path(stack, message))
        await stack.at(timedelta(hours=18))
        await stack.run("email_confirmation")
        assert len(to(stack)) == 1
        assert await stack.rows("SELECT status FROM enrollment") == [{"status": "left"}]
