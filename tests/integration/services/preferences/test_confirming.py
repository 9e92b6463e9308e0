"""What a confirmation of an address brings back: what stands and waited for it, and nothing that was withdrawn."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.channel import Channel
from kaskad.services.ingestion import receipts
from kaskad.services.preferences.choices import Save
from kaskad.services.preferences.choosing import Proof, choose
from kaskad.services.simulation import recorded_history
from tests.integration.api.test_confirm import CONFIRMED, EVENTS, GIVEN, link, shop
from tests.support.stack import Stack
from tests.support.stopping_by import enter, last, to

pytestmark = pytest.mark.anyio
REFUSED = "SELECT channel, topic FROM refused_address ORDER BY channel, topic"
CLOSED = "SELECT reason FROM suppression"


async def refuse(stack: Stack, event: str = "consent_withdrawn", **said: Any) -> None:
    """Somebody says no by Anna's address alone."""
    call = {"type": "track", "event": event, "userId": None, "messageId": f"no-{stack.now.isoformat()}"}
    await stack.post("site", [call | {"properties": {"email": "anna@customer.example"} | said}])


@pytest.mark.parametrize("wider", [{"channel": "email"}, {}, {"purpose": "all"}], ids=str)
async def test_a_grant_to_one_sender_stays_withdrawn(database_url: str, tmp_path: Path, wider: dict[str, str]) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await stack.track("anna", "consent_given", **GIVEN, sender="shop")
        await stack.at(timedelta(hours=1))
        await stack.track("anna", "consent_withdrawn", **wider)
        await enter(stack, "asked", "anna")
        await stack.at(timedelta(hours=1))
        await api.client.post(await link(stack))
        assert await stack.rows(CONFIRMED) == []
        await enter(stack, "sells", "anna")
        assert len(to(stack)) == 1, "only what she asked for"


async def test_what_a_wider_grant_ended_with_it_does_not_come_back(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await stack.track("anna", "consent_given", **GIVEN, sender="shop")
        await stack.at(timedelta(hours=1))
        end = (stack.now + timedelta(hours=1)).isoformat()
        await stack.track("anna", "consent_given", purpose="marketing", expires_at=end)
        await enter(stack, "asked", "anna")
        await stack.at(timedelta(hours=2))
        await api.client.post(await link(stack))
        assert await stack.rows(CONFIRMED) == []


async def test_who_unsubscribed_and_consented_again_can_confirm_again(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await stack.track("anna", "consent_given", **GIVEN)
        await enter(stack, "asked", "anna")
        await api.client.post(await link(stack))
        await stack.at(timedelta(hours=1))
        await receipts.unsubscribe(stack.runtime, await last(stack, "asked"))
        await refuse(stack)
        await stack.at(timedelta(days=1))
        await api.client.post(await link(stack))
        assert (len(await stack.rows(CLOSED)), len(await stack.rows(REFUSED))) == (1, 1), "nothing was granted since"
        await stack.track("anna", "consent_given", **GIVEN)
        await stack.at(timedelta(hours=1))
        for _ in range(2):
            await api.client.post(await link(stack))
            assert (await stack.rows(CLOSED), await stack.rows(REFUSED)) == ([], [])
        assert len(await stack.rows(CONFIRMED)) == 2, "the first grant, and the new one once"
        await enter(stack, "sells", "anna")
        assert len(to(stack)) == 2


async def test_only_what_the_grant_is_about_is_lifted(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        for said in ({"channel": "sms"}, {"channel": "email", "topic": "carts"}, {"topic": "carts"}, {}):
            await refuse(stack, **said)
            await stack.at(timedelta(hours=1))
        await refuse(stack, channel="email")
        await stack.at(timedelta(hours=1))
        await stack.track("anna", "consent_given", **GIVEN)
        await enter(stack, "asked", "anna")
        await api.client.post(await link(stack))
        assert await stack.rows(REFUSED) == [
            {"channel": "", "topic": "carts"},
            {"channel": "email", "topic": "carts"},
            {"channel": "sms", "topic": ""},
        ]


@pytest.mark.parametrize("narrow", [{"sender": "shop"}, {"topic": "promotions"}], ids=str)
async def test_a_grant_of_less_lifts_nothing(database_url: str, tmp_path: Path, narrow: dict[str, str]) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await refuse(stack, channel="email")
        await stack.at(timedelta(hours=1))
        await stack.track("anna", "consent_given", **GIVEN, **narrow)
        await enter(stack, "asked", "anna")
        await api.client.post(await link(stack))
        assert await stack.rows(REFUSED) == [{"channel": "email", "topic": ""}]


@pytest.mark.parametrize("by", ["link", "page"])
async def test_a_simulation_knows_of_a_confirmation_however_old(database_url: str, tmp_path: Path, by: str) -> None:
    async with shop(database_url, tmp_path) as (stack, api):
        await enter(stack, "asked", "anna", email="Anna@Customer.example")
        if by == "link":
            await api.client.post(await link(stack))
        for on in (True, False, True) if by == "page" else ():
            await stack.at(timedelta(hours=1))
            chosen = Save({Channel.EMAIL: on})
            assert await choose(stack.runtime, await last(stack, "asked"), chosen, proof=Proof("v", "h"))
        said = [{"source": "kaskad", "properties": {"email": "Anna@Customer.example"}}]
        assert await stack.rows(EVENTS) == said, "once for an address"
        await stack.at(timedelta(days=200))
        known = await recorded_history.load_history(stack.runtime.database, stack.now - timedelta(days=30), stack.now)
        assert [told.event.name for told in known.script.before if told.source == "kaskad"] == ["email_confirmed"]
