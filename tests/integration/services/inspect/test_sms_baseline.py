"""What SMS alone would have cost: only what an SMS could have reached, as things stood when it was decided."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kaskad.services.inspect.report import JourneyReport, build_report
from tests.support.delivering import everybody
from tests.support.stack import NOON, Stack, stack

pytestmark = pytest.mark.anyio
CART = "abandoned_cart"
WITHOUT_SMS = """
UPDATE journey_version SET document = jsonb_set(document, '{templates,cart_reminder,channels}', '["push"]')
 WHERE journey = 'abandoned_cart'"""


async def reminded(home: Stack) -> JourneyReport:
    """What the report says once everybody who left a cart was reminded of it."""
    await home.at(timedelta(hours=1))
    await home.tills()
    await home.run(CART)
    return await told(home)


async def told(home: Stack) -> JourneyReport:
    return (await build_report(home.runtime)).journeys[CART]


def figures(one: JourneyReport) -> tuple[int, int, Decimal | None]:
    """By SMS alone in messages of 2 RUB, how many no SMS could reach, and what was saved."""
    return int((one.cost_sms_only or 0) / 2), one.beyond_sms, one.saved


async def test_who_has_no_telephone_is_reached_by_no_sms(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        for user, channels in {"anna": ("push", "sms"), "boris": ("push",), "vera": ("email",)}.items():
            await home.person(user, *channels)
            await home.cart(user)
        found = await reminded(home)
        assert found.sent == {"push": 2, "email": 1}
        assert figures(found) == (1, 2, 2), "the e-mail's cost is compared with nothing"


async def test_a_telephone_that_came_later_could_not_be_reached(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        for user in ("anna", "boris"):
            await home.person(user, "push", *(("sms",) if user == "anna" else ()))
            await home.cart(user)
        await reminded(home)
        await home.at(timedelta(minutes=1))
        for user, phone in {"anna": "+79160000001", "boris": "+79160000002"}.items():
            await home.identify(user, phone=phone)
        assert figures(await told(home)) == (1, 1, 2)


async def test_a_dead_telephone_is_none(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        for user in ("anna", "boris"):
            await home.person(user, "push", "sms")
            await home.cart(user)
        await home.rows(
            "UPDATE contact SET state = 'dead' WHERE channel = 'sms' AND customer_id = (SELECT min(id) FROM customer)"
        )
        assert figures(await reminded(home)) == (1, 1, 2)


@pytest.mark.parametrize(
    ("journey", "channel", "before", "counted"),
    [
        ("", "sms", True, (0, 1, 0)),
        (CART, "sms", True, (0, 1, 0)),
        ("thank_you", "sms", True, (1, 0, 2)),
        ("", "viber", True, (1, 0, 2)),
        ("", "sms", False, (1, 0, 2)),
    ],
)
async def test_a_telephone_that_refused_is_none(
    database_url: str, tmp_path: Path, journey: str, channel: str, before: bool, counted: tuple[int, int, int]
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await home.person("anna", "push", "sms")
        await home.cart("anna")
        refuse = """INSERT INTO suppression (channel, address, journey, reason, source, at)
                    SELECT %(channel)s, address_key, %(journey)s, 'complained', 'x', %(at)s
                      FROM contact WHERE channel = 'sms'"""
        at = NOON if before else NOON + timedelta(days=1)
        await home.rows(refuse, channel=channel, journey=journey, at=at)
        found = await reminded(home)
        assert found.sent == {"push": 1}
        assert figures(found) == counted


async def test_a_telephone_that_is_nobodys_is_none(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await home.person("anna", "push", "sms")
        await home.cart("anna")
        await home.rows("UPDATE contact SET address_key = NULL WHERE channel = 'sms'")
        assert figures(await reminded(home)) == (0, 1, 0)


@pytest.mark.parametrize(
    ("event", "said", "before", "counted"),
    [
        ("consent_withdrawn", {"channel": "sms"}, True, (0, 1, 0)),
        ("consent_withdrawn", {"channel": "sms", "topic": "carts"}, True, (0, 1, 0)),
        ("consent_withdrawn", {"channel": "sms", "topic": "promotions"}, True, (1, 0, 2)),
        ("consent_withdrawn", {"channel": "email"}, True, (1, 0, 2)),
        ("consent_withdrawn", {"channel": "sms"}, False, (1, 0, 2)),
        ("consent_withdrawn", {}, False, (1, 0, 2)),
    ],
)
async def test_consent_counts_as_it_stood_then(
    database_url: str, tmp_path: Path, event: str, said: dict[str, str], before: bool, counted: tuple[int, int, int]
) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await home.person("anna", "push", "sms")
        await home.cart("anna")
        if before:
            await home.at(NOON + timedelta(minutes=1))
            await home.track("anna", event, purpose="marketing", **said)
        await reminded(home)
        if not before:
            await home.at(timedelta(minutes=1))
            await home.track("anna", event, purpose="marketing", **said)
        assert figures(await told(home)) == counted


async def test_a_message_that_says_nothing_by_sms_is_left_out(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await home.person("anna", "push", "sms")
        await home.cart("anna")
        assert figures(await reminded(home)) == (1, 0, 2)
        await home.rows(WITHOUT_SMS)
        assert figures(await told(home)) == (0, 1, 0)


async def test_what_was_asked_for_needs_no_consent(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await home.person("anna", "push", "sms")
        await home.cart("anna")
        await reminded(home)
        await home.rows("DELETE FROM consent")
        assert figures(await told(home)) == (0, 1, 0)
        await home.rows("UPDATE message SET purpose = 'transactional'")
        assert figures(await told(home)) == (1, 0, 2)


async def test_what_went_by_sms_was_reached_by_one(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=everybody) as home:
        await home.person("anna", "sms")
        await home.cart("anna")
        await home.rows("DELETE FROM contact WHERE channel <> 'sms'")
        await reminded(home)
        await home.rows("UPDATE contact SET state = 'dead'")
        found = await told(home)
        assert (found.sent, figures(found)) == ({"sms": 1}, (1, 0, 0))
