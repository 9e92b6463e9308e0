"""What SMS alone would have cost: only what an SMS could have reached, as things stood when it was decided."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from kaskad.services.inspect.report import JourneyReport, build_report
from tests.support.delivering import everybody
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
CART = "abandoned_cart"
WITHOUT_SMS = """
UPDATE journey_version SET document = jsonb_set(document, '{templates,cart_reminder,channels}', '["push"]')
 WHERE journey = 'abandoned_cart'"""


async def reminded(stack: Stack) -> JourneyReport:
    """What the report says once everybody who left a cart was reminded of it."""
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run(CART)
    return await journey_report(stack)


async def journey_report(stack: Stack) -> JourneyReport:
    return (await build_report(stack.runtime)).journeys[CART]


def figures(report: JourneyReport) -> tuple[int, int, Decimal | None]:
    """By SMS alone in messages of 2 RUB, how many no SMS could reach, and what was saved."""
    return int((report.cost_sms_only or 0) / 2), report.beyond_sms, report.saved


async def test_who_has_no_telephone_is_reached_by_no_sms(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    for user, channels in {"anna": ("push", "sms"), "boris": ("push",), "vera": ("email",)}.items():
        await stack.person(user, *channels)
        await stack.cart(user)
    found = await reminded(stack)
    assert found.sent == {"push": 2, "email": 1}
    assert figures(found) == (1, 2, 2), "the e-mail's cost is compared with nothing"


async def test_a_telephone_that_came_later_could_not_be_reached(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    for user in ("anna", "boris"):
        await stack.person(user, "push", *(("sms",) if user == "anna" else ()))
        await stack.cart(user)
    await reminded(stack)
    await stack.at(timedelta(minutes=1))
    for user, phone in {"anna": "+79160000001", "boris": "+79160000002"}.items():
        await stack.identify(user, phone=phone)
    assert figures(await journey_report(stack)) == (1, 1, 2)


async def test_a_dead_telephone_is_none(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    for user in ("anna", "boris"):
        await stack.person(user, "push", "sms")
        await stack.cart(user)
    await stack.rows(
        "UPDATE contact SET state = 'dead' WHERE channel = 'sms' AND customer_id = (SELECT min(id) FROM customer)"
    )
    assert figures(await reminded(stack)) == (1, 1, 2)


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
    journey: str, channel: str, before: bool, counted: tuple[int, int, int], open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("anna", "push", "sms")
    await stack.cart("anna")
    refuse = """INSERT INTO suppression (channel, address, journey, reason, source, at)
                    SELECT %(channel)s, address_key, %(journey)s, 'complained', 'x', %(at)s
                      FROM contact WHERE channel = 'sms'"""
    at = NOON if before else NOON + timedelta(days=1)
    await stack.rows(refuse, channel=channel, journey=journey, at=at)
    found = await reminded(stack)
    assert found.sent == {"push": 1}
    assert figures(found) == counted


async def test_a_telephone_that_is_nobodys_is_none(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("anna", "push", "sms")
    await stack.cart("anna")
    await stack.rows("UPDATE contact SET address_key = NULL WHERE channel = 'sms'")
    assert figures(await reminded(stack)) == (0, 1, 0)


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
    event: str, said: dict[str, str], before: bool, counted: tuple[int, int, int], open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("anna", "push", "sms")
    await stack.cart("anna")
    if before:
        await stack.at(NOON + timedelta(minutes=1))
        await stack.track("anna", event, purpose="marketing", **said)
    await reminded(stack)
    if not before:
        await stack.at(timedelta(minutes=1))
        await stack.track("anna", event, purpose="marketing", **said)
    assert figures(await journey_report(stack)) == counted


async def test_a_message_that_says_nothing_by_sms_is_left_out(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("anna", "push", "sms")
    await stack.cart("anna")
    assert figures(await reminded(stack)) == (1, 0, 2)
    await stack.rows(WITHOUT_SMS)
    assert figures(await journey_report(stack)) == (0, 1, 0)


async def test_what_was_asked_for_needs_no_consent(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("anna", "push", "sms")
    await stack.cart("anna")
    await reminded(stack)
    await stack.rows("DELETE FROM consent")
    assert figures(await journey_report(stack)) == (0, 1, 0)
    await stack.rows("UPDATE message SET purpose = 'transactional'")
    assert figures(await journey_report(stack)) == (1, 0, 2)


async def test_what_went_by_sms_was_reached_by_one(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("anna", "sms")
    await stack.cart("anna")
    await stack.rows("DELETE FROM contact WHERE channel <> 'sms'")
    await reminded(stack)
    await stack.rows("UPDATE contact SET state = 'dead'")
    found = await journey_report(stack)
    assert (found.sent, figures(found)) == ({"sms": 1}, (1, 0, 0))
