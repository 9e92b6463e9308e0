"""A complaint closes the address to everything, and "unsubscribe" ends what the message stood on; the step is over."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from kaskad.domain.channel import ReceiptKind
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.ingestion import receipts
from kaskad.services.ingestion.refusals.opt_outs import UnsubscribeScope
from tests.support.delivering import statuses
from tests.support.rules import event_journey, send, wait, with_journeys
from tests.support.stack import OpenStack, Stack
from tests.support.stopping_by import (
    ALL,
    DAY,
    STEPS,
    a_day_later,
    channel_steps,
    click,
    complain,
    enter,
    last,
    tell,
    to,
)

pytestmark = pytest.mark.anyio
ANNA = "anna@customer.example"
SUPPRESSED = """SELECT s.channel, a.key AS address, journey, reason FROM suppression s
    LEFT JOIN address a ON a.channel = s.channel AND a.hash = s.address ORDER BY 1, 2, 3"""
WITHDRAWN = "SELECT channel, topic FROM consent WHERE NOT granted"


async def drops(stack: Stack, journey: str) -> list[tuple[str, str]]:
    """(step, reason) of what was given up."""
    sql = "SELECT step, reason FROM decision WHERE journey = %(journey)s AND kind = 'dropped' ORDER BY id"
    return [(row["step"], row["reason"]) for row in await stack.rows(sql, journey=journey)]


@pytest.mark.parametrize("say_no", [complain, click])
async def test_no_other_channel_carries_what_was_refused_and_the_next_step_comes(
    say_no: object, open_stack: OpenStack
) -> None:
    steps = [send("how_was_it"), wait(DAY), send("how_was_it", name="again", cascade=channel_steps("viber"))]
    sells = event_journey(
        "sells", "app_opened", steps=steps, cascade=channel_steps("email", "viber", "sms"), topic=None
    )
    stack = await open_stack(edit=with_journeys(sells))
    await stack.person("anna", "email", "viber", "sms")
    await enter(stack, "sells", "anna")
    await say_no(stack, "sells")  # type: ignore[operator]
    await stack.run("sells")
    await a_day_later(stack, "sells")
    assert [channel for channel, _ in stack.sent()] == ["email", "viber"], "of the next step, and not before"
    reason = "complained" if say_no is complain else "unsubscribed"
    assert await drops(stack, "sells") == [("send:how_was_it", reason)]


@pytest.mark.parametrize("say_no", [complain, click])
@pytest.mark.parametrize("purpose", ["requested", "transactional"])
async def test_what_was_refused_by_mail_goes_by_no_other_channel_whatever_its_purpose(
    purpose: str, say_no: object, open_stack: OpenStack
) -> None:
    steps = [send("how_was_it"), wait(DAY), send("how_was_it", name="again", cascade=channel_steps("email"))]
    cascade = channel_steps("email", "viber", "sms")
    asked = event_journey("asked", "signed_up", steps=steps, cascade=cascade, purpose=purpose, topic=None)
    stack = await open_stack(edit=with_journeys(asked))
    await stack.person("anna", "email", "viber", "sms")
    await enter(stack, "asked", "anna")
    await say_no(stack, "asked")  # type: ignore[operator]
    for _ in range(3):
        await stack.at(timedelta(hours=1))
        await stack.run("asked")
    await a_day_later(stack, "asked")
    assert stack.sent() == [("email", ANNA)]


@pytest.mark.parametrize("waiting", ["queued", "held"])
async def test_what_waits_of_the_step_is_dropped_with_a_reason(waiting: str, open_stack: OpenStack) -> None:
    sells = event_journey("sells", "app_opened", steps=STEPS, cascade=channel_steps("email", "push"))
    stack = await open_stack(edit=with_journeys(sells))
    await stack.person("anna", "email", "push")
    await enter(stack, "sells", "anna")
    await stack.at(timedelta(hours=1))
    await stack.decide("sells")
    if waiting == "held":
        await stack.rows("UPDATE message SET status = 'held', reason = 'stopped' WHERE channel = 'push'")
    await complain(stack, "sells")
    await stack.run("sells")
    (push,) = [row for row in await statuses(stack) if row[0] == "push"]
    assert (push[1], bool(push[2])) == ("dropped", True)
    assert [channel for channel, _ in stack.sent()] == ["email"]


async def test_one_click_in_the_letter_that_asks_to_confirm_stops_the_second(open_stack: OpenStack) -> None:
    """As shipped: the second letter would come eighteen hours later, and another with each sign-up."""
    sign_up = {"email": ANNA, "confirm_url": "https://shop.example/confirm/1"}
    stack = await open_stack(edit=with_journeys(keep=["email_confirmation"]))
    await stack.identify("anna", email=ANNA)
    await stack.track("anna", "signed_up", **sign_up)
    await stack.at(timedelta(hours=6))
    await stack.run("email_confirmation")
    await click(stack, "email_confirmation")
    for _ in range(3):
        await stack.at(timedelta(hours=18))
        await stack.run("email_confirmation")
    await stack.track("anna", "signed_up", **sign_up)
    await stack.at(timedelta(hours=6))
    await stack.run("email_confirmation")
    assert to(stack) == [ANNA]
    assert await stack.rows(SUPPRESSED) == [
        {"channel": "email", "address": ANNA, "journey": "email_confirmation", "reason": "unsubscribed"}
    ]


@pytest.mark.parametrize("journey", ["asked", "must"])
async def test_one_click_ends_that_journey_at_that_address_and_nothing_else(
    journey: str, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=ALL)
    await stack.person("anna", "email")
    await enter(stack, journey, "anna")
    await click(stack, journey)
    await a_day_later(stack)
    await enter(stack, journey, "anna")
    assert to(stack) == [ANNA], "no later step, no later entry"
    assert await stack.rows(WITHDRAWN) == []
    for other in {"asked", "must", "sells"} - {journey}:
        await enter(stack, other, "anna")
    assert to(stack) == [ANNA] * 3, "other journeys write as before"
    await a_day_later(stack, journey)
    await stack.identify("anna", email="new@customer.example")
    await enter(stack, journey, "anna")
    assert to(stack)[3:] == ["new@customer.example"], "it was that address that refused"


@pytest.mark.parametrize("topic", ["carts", None])
async def test_one_click_in_an_advertisement_ends_it_for_whoever_has_the_address_now(
    topic: str | None, open_stack: OpenStack
) -> None:
    sells = event_journey("sells", "app_opened", topic=topic)
    stack = await open_stack(edit=with_journeys(sells))
    for user, email in (("a", "Shared@Example.com"), ("b", " shared@example.com "), ("c", "c@example.com")):
        await stack.person(user, email=email)
    await stack.person("d", email="shared@example.com")
    await stack.at(timedelta(minutes=1))
    await stack.identify("d", email="d@example.com")
    await stack.at(timedelta(minutes=1))
    await enter(stack, "sells", "a")
    for _ in range(2):
        await click(stack, "sells")
    assert len(await stack.rows(WITHDRAWN)) == 2, "twice is the same as once"
    await stack.at(timedelta(days=1))
    await enter(stack, "sells", "a", "b", "c", "d")
    assert sorted(to(stack)[1:]) == ["c@example.com", "d@example.com"]


async def test_whoever_else_has_the_address_is_locked_before_a_click_counts(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    for user in ("anna", "olga"):
        await stack.person(user, email="shared@example.com")
    await enter(stack, "sells", "anna")
    async with stack.runtime.database.transaction() as connection:
        await connection.execute(
            "SELECT id FROM customer WHERE id = (SELECT customer_id FROM identity WHERE value = 'olga')"
            " FOR NO KEY UPDATE"
        )
        no = asyncio.create_task(click(stack, "sells"))
        assert not (await asyncio.wait([no], timeout=0.3))[0]
    await no
    assert len(await stack.rows(WITHDRAWN)) == 2


async def test_one_journey_is_refused_whatever_is_decided_before_it_in_the_same_pass(open_stack: OpenStack) -> None:
    """A pass decides about all of a person; what one journey may not write to, another may."""
    stack = await open_stack(edit=ALL)
    await stack.person("anna", "email")
    await enter(stack, "asked", "anna")
    await click(stack, "asked")
    for event in ("order_completed", "signed_up", "app_opened"):
        await stack.track("anna", event)
    await stack.decide("asked")
    queued = await stack.rows("SELECT journey FROM message WHERE status = 'queued' ORDER BY journey")
    assert [row["journey"] for row in queued] == ["must", "sells"]


async def test_a_click_after_coming_back_counts_again(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await stack.person("anna", "email")
    await enter(stack, "sells", "anna")
    for again in range(2):
        for _ in range(2):
            await click(stack, "sells")
        assert len(await stack.rows(WITHDRAWN)) == again + 1, "twice is the same as once"
        await stack.at(timedelta(minutes=1))
        await stack.track("anna", "consent_given", purpose="marketing", topic="carts", channel="email")
        await stack.at(timedelta(minutes=1))
    await click(stack, "sells")
    await enter(stack, "sells", "anna")
    await a_day_later(stack, "sells")
    assert to(stack) == [ANNA]


async def test_what_a_provider_repeats_is_no_new_word(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await stack.person("anna", "email")
    await enter(stack, "sells", "anna")
    message = await last(stack, "sells")
    assert (await tell(stack, message, ReceiptKind.UNSUBSCRIBED)).new == 1
    await stack.at(timedelta(minutes=1))
    await stack.track("anna", "consent_given", purpose="marketing", topic="carts")
    assert (await tell(stack, message, ReceiptKind.UNSUBSCRIBED)).new == 0
    assert len(await stack.rows(WITHDRAWN)) == 1


async def test_a_no_takes_back_what_was_granted_before_it_was_heard(open_stack: OpenStack) -> None:
    """However late it is told, and whatever time it names."""
    stack = await open_stack(edit=ALL)
    await stack.person("anna", "email")
    await enter(stack, "sells", "anna")
    said_at = stack.now
    await stack.at(timedelta(hours=1))
    await stack.track("anna", "consent_given", purpose="marketing", topic="carts")
    await stack.at(timedelta(hours=1))
    receipt = receipts.Receipt(await last(stack, "sells"), ReceiptKind.UNSUBSCRIBED, said_at)
    await receipts.apply_provider_receipts(stack.runtime, "sandbox_email", [receipt])
    await a_day_later(stack, "sells")
    assert to(stack) == [ANNA]


async def test_a_test_says_nothing_of_the_customer(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await stack.person("anna", "email")
    await manual_enrollment.enroll(stack.runtime, "asked", "anna", mode=Mode.TEST)
    await stack.run("asked")
    message = await last(stack, "asked")
    done = await receipts.unsubscribe(stack.runtime, message)
    assert done is not None
    assert done.ended is UnsubscribeScope.NOTHING
    assert [rejection.code for rejection in (await tell(stack, message, ReceiptKind.COMPLAINED)).rejected] == [
        "only_a_test"
    ]
    assert await stack.rows(SUPPRESSED) == await stack.rows(WITHDRAWN) == []
    assert await stack.rows("SELECT name FROM event WHERE name LIKE 'message_%%'") == []
    await enter(stack, "asked", "anna")
    assert to(stack)[-1] == ANNA
