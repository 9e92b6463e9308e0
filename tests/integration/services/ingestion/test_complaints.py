"""A complaint closes the address to every purpose, for everybody who has it, however it is written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.domain.channel import Channel
from tests.support.delivering import WatchedRenderer, worker
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import OpenStack, Stack
from tests.support.stopping_by import ALL, STEPS, a_day_later, channel_steps, complain, enter, to

pytestmark = pytest.mark.anyio
ANNA = "anna@customer.example"
SUPPRESSED = """SELECT s.channel, a.key AS address, journey, reason FROM suppression s
    LEFT JOIN address a ON a.channel = s.channel AND a.hash = s.address ORDER BY 1, 2, 3"""


async def drops(stack: Stack, journey: str) -> list[tuple[str, str]]:
    """(step, reason) of what was given up."""
    sql = "SELECT step, reason FROM decision WHERE journey = %(journey)s AND kind = 'dropped' ORDER BY id"
    return [(row["step"], row["reason"]) for row in await stack.rows(sql, journey=journey)]


@pytest.mark.parametrize("journey", ["asked", "must", "sells"])
async def test_a_complaint_closes_the_address_to_every_purpose(journey: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await stack.person("anna", "email")
    await enter(stack, journey, "anna")
    await complain(stack, journey)
    for other in ("asked", "must", "sells"):
        await enter(stack, other, "anna")
    await a_day_later(stack)
    assert to(stack) == [ANNA], "nothing after the complaint, transactional neither"
    assert await stack.rows(SUPPRESSED) == [
        {"channel": "email", "address": ANNA, "journey": "", "reason": "complained"}
    ]


async def test_whoever_else_has_the_address_hears_nothing_there_either(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    for user, email in (("a", "Shared@Example.com"), ("b", " shared@example.com "), ("c", "shared2@example.com")):
        await stack.identify(user, email=email, firstName="A")
    await enter(stack, "must", "a")
    await complain(stack, "must")
    await enter(stack, "must", "b", "c")
    await enter(stack, "asked", "a", "b", "c")
    assert to(stack)[1:] == ["shared2@example.com"] * 2


WRITTEN = (
    *("79160000005", "8 (916) 000-00-05", "tel:+79160000005", "0079160000005", "+7/916/000/00/05"),
    *("8\N{NO-BREAK SPACE}916\N{NON-BREAKING HYPHEN}000\N{EN DASH}00 05", "٧٩١٦٠٠٠٠٠٠٥", "9160000005"),
)


async def test_a_number_is_the_same_however_it_is_written(open_stack: OpenStack) -> None:
    sms = with_journeys(event_journey("must", "order_completed", cascade=channel_steps("sms"), purpose="transactional"))
    stack = await open_stack(edit=sms)
    others = [f"b{n}" for n in range(len(WRITTEN))]
    for user, phone in {"a": "+7 (916) 000-00-05", **dict(zip(others, WRITTEN, strict=True))}.items():
        await stack.identify(user, phone=phone)
    await stack.identify("c", phone="+79160000006")
    await enter(stack, "must", "a")
    await complain(stack, "must", "sms")
    await enter(stack, "must", *others, "c")
    assert to(stack, Channel.SMS)[1:] == ["+79160000006"]
    (row,) = await stack.rows(SUPPRESSED)
    assert (row["channel"], row["address"]) == ("sms", "79160000005"), "in that channel alone"


async def test_of_whom_nobody_can_say_who_refused_nobody_is_written_to(open_stack: OpenStack) -> None:
    sms = with_journeys(event_journey("must", "order_completed", cascade=channel_steps("sms"), purpose="transactional"))
    stack = await open_stack(edit=sms)
    for user in ("a", "b"):
        await stack.identify(user, phone="+79160000005")
    await stack.rows("UPDATE contact SET address_key = NULL WHERE customer_id = (SELECT min(id) FROM customer)")
    await enter(stack, "must", "a", "b")
    assert await drops(stack, "must") == [("send:how_was_it", "no_contact")]
    await stack.at(timedelta(minutes=1))
    await stack.identify("a", phone="8 916 000 00 05")
    await enter(stack, "must", "a")
    assert to(stack, Channel.SMS) == ["+79160000005", "+79160000005"], "whoever tells it again has a key"


async def test_a_dead_number_is_dead_however_it_is_written(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    states = "SELECT address, state FROM contact WHERE channel = 'sms'"
    await stack.identify("a", phone="+79160000005")
    await stack.rows("UPDATE contact SET state = 'dead'")
    for phone, state in (("8 (916) 000-00-05", "dead"), ("tel:+79160000005", "dead"), ("+79160000006", "active")):
        await stack.at(timedelta(minutes=1))
        await stack.identify("a", phone=phone)
        told = "+79160000006" if state == "active" else "+79160000005"
        assert await stack.rows(states) == [{"address": told, "state": state}]


async def test_a_dead_mailbox_is_dead_however_it_is_written(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    states = "SELECT address, state FROM contact WHERE channel = 'email'"
    await stack.identify("a", email="anna@straße.example")
    await stack.rows("UPDATE contact SET state = 'dead'")
    for email, state in (
        ("ANNA@xn--strae-oqa.example", "dead"),
        (" Anna@Straße.example ", "dead"),
        ("olga@xn--strae-oqa.example", "active"),
    ):
        await stack.at(timedelta(minutes=1))
        await stack.identify("a", email=email)
        told = email.strip().partition("@")[0] + "@xn--strae-oqa.example"
        assert await stack.rows(states) == [{"address": told, "state": state}]


async def test_a_complaint_between_claim_and_look_stops_the_other_channel(open_stack: OpenStack) -> None:
    sells = event_journey("sells", "app_opened", steps=STEPS, cascade=channel_steps("email", "push"))
    stack = await open_stack(edit=with_journeys(sells))
    await stack.person("anna", "email", "push")
    await enter(stack, "sells", "anna")
    await stack.at(timedelta(hours=1))
    await stack.decide("sells")
    message_renderer = WatchedRenderer(after=lambda: complain(stack, "sells"))
    assert (await worker(stack, message_renderer=message_renderer).deliver(journey="sells")).held == {"complained": 1}
    assert [channel for channel, _ in stack.sent()] == ["email"]


async def test_a_complaint_between_claim_and_look_stops_the_address_of_somebody_else(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=ALL)
    await stack.identify("anna", email="Us@example.com")
    await stack.identify("olga", email="us@example.com")
    await enter(stack, "must", "anna")
    await stack.track("olga", "signed_up")
    await stack.decide("asked")
    message_renderer = WatchedRenderer(after=lambda: complain(stack, "must"))
    done = await worker(stack, message_renderer=message_renderer).deliver(Channel.EMAIL, "asked")
    assert (done.held, to(stack)) == ({"suppressed": 1}, ["Us@example.com"])
