"""A complaint closes the address to everything, and "unsubscribe" ends what the message stood on; the step is over."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.ingestion import receipts
from kaskad.services.ingestion.opt_outs import UnsubscribeScope
from tests.support.delivering import WatchedRenderer, statuses, worker
from tests.support.rules import event_journey, send, wait, with_journeys
from tests.support.stack import Stack, stack
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
SUPPRESSED = "SELECT channel, address, journey, reason FROM suppression ORDER BY channel, address, journey"
WITHDRAWN = "SELECT channel, topic FROM consent WHERE NOT granted"


async def drops(home: Stack, journey: str) -> list[tuple[str, str]]:
    """(step, reason) of what was given up."""
    sql = "SELECT step, reason FROM decision WHERE journey = %(journey)s AND kind = 'dropped' ORDER BY id"
    return [(row["step"], row["reason"]) for row in await home.rows(sql, journey=journey)]


@pytest.mark.parametrize("journey", ["asked", "must", "sells"])
async def test_a_complaint_closes_the_address_to_every_purpose(database_url: str, tmp_path: Path, journey: str) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        await home.person("anna", "email")
        await enter(home, journey, "anna")
        await complain(home, journey)
        for other in ("asked", "must", "sells"):
            await enter(home, other, "anna")
        await a_day_later(home)
        assert to(home) == [ANNA], "nothing after the complaint, transactional neither"
        assert await home.rows(SUPPRESSED) == [
            {"channel": "email", "address": ANNA, "journey": "", "reason": "complained"}
        ]


async def test_whoever_else_has_the_address_hears_nothing_there_either(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        for user, email in (("a", "Shared@Example.com"), ("b", " shared@example.com "), ("c", "shared2@example.com")):
            await home.identify(user, email=email, firstName="A")
        await enter(home, "must", "a")
        await complain(home, "must")
        await enter(home, "must", "b", "c")
        await enter(home, "asked", "a", "b", "c")
        assert to(home)[1:] == ["shared2@example.com"] * 2


WRITTEN = (
    *("79160000005", "8 (916) 000-00-05", "tel:+79160000005", "0079160000005", "+7/916/000/00/05"),
    *("8\N{NO-BREAK SPACE}916\N{NON-BREAKING HYPHEN}000\N{EN DASH}00 05", "٧٩١٦٠٠٠٠٠٠٥", "9160000005"),
)


async def test_a_number_is_the_same_however_it_is_written(database_url: str, tmp_path: Path) -> None:
    sms = with_journeys(event_journey("must", "order_completed", cascade=channel_steps("sms"), purpose="transactional"))
    async with stack(database_url, tmp_path, edit=sms) as home:
        others = [f"b{n}" for n in range(len(WRITTEN))]
        for user, phone in {"a": "+7 (916) 000-00-05", **dict(zip(others, WRITTEN, strict=True))}.items():
            await home.identify(user, phone=phone)
        await home.identify("c", phone="+79160000006")
        await enter(home, "must", "a")
        await complain(home, "must", "sms")
        await enter(home, "must", *others, "c")
        assert to(home, Channel.SMS)[1:] == ["+79160000006"]
        (row,) = await home.rows(SUPPRESSED)
        assert (row["channel"], row["address"]) == ("sms", "79160000005"), "in that channel alone"


async def test_of_whom_nobody_can_say_who_refused_nobody_is_written_to(database_url: str, tmp_path: Path) -> None:
    sms = with_journeys(event_journey("must", "order_completed", cascade=channel_steps("sms"), purpose="transactional"))
    async with stack(database_url, tmp_path, edit=sms) as home:
        for user in ("a", "b"):
            await home.identify(user, phone="+79160000005")
        await home.rows("UPDATE contact SET address_key = NULL WHERE customer_id = (SELECT min(id) FROM customer)")
        await enter(home, "must", "a", "b")
        assert await drops(home, "must") == [("send:how_was_it", "no_contact")]
        await home.at(timedelta(minutes=1))
        await home.identify("a", phone="8 916 000 00 05")
        await enter(home, "must", "a")
        assert to(home, Channel.SMS) == ["+79160000005", "8 916 000 00 05"], "whoever tells it again has a key"


async def test_a_dead_number_is_dead_however_it_is_written(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        states = "SELECT address, state FROM contact WHERE channel = 'sms'"
        await home.identify("a", phone="+79160000005")
        await home.rows("UPDATE contact SET state = 'dead'")
        for phone, state in (("8 (916) 000-00-05", "dead"), ("tel:+79160000005", "dead"), ("+79160000006", "active")):
            await home.at(timedelta(minutes=1))
            await home.identify("a", phone=phone)
            assert await home.rows(states) == [{"address": phone, "state": state}]


@pytest.mark.parametrize("say_no", [complain, click])
async def test_no_other_channel_carries_what_was_refused_and_the_next_step_comes(
    database_url: str, tmp_path: Path, say_no: object
) -> None:
    steps = [send("how_was_it"), wait(DAY), send("how_was_it", name="again", cascade=channel_steps("viber"))]
    sells = event_journey(
        "sells", "app_opened", steps=steps, cascade=channel_steps("email", "viber", "sms"), topic=None
    )
    async with stack(database_url, tmp_path, edit=with_journeys(sells)) as home:
        await home.person("anna", "email", "viber", "sms")
        await enter(home, "sells", "anna")
        await say_no(home, "sells")  # type: ignore[operator]
        await home.run("sells")
        await a_day_later(home, "sells")
        assert [channel for channel, _ in home.sent()] == ["email", "viber"], "of the next step, and not before"
        reason = "complained" if say_no is complain else "unsubscribed"
        assert await drops(home, "sells") == [("send:how_was_it", reason)]


@pytest.mark.parametrize("waiting", ["queued", "held"])
async def test_what_waits_of_the_step_is_dropped_with_a_reason(database_url: str, tmp_path: Path, waiting: str) -> None:
    sells = event_journey("sells", "app_opened", steps=STEPS, cascade=channel_steps("email", "push"))
    async with stack(database_url, tmp_path, edit=with_journeys(sells)) as home:
        await home.person("anna", "email", "push")
        await enter(home, "sells", "anna")
        await home.at(timedelta(hours=1))
        await home.decide("sells")
        if waiting == "held":
            await home.rows("UPDATE message SET status = 'held', reason = 'stopped' WHERE channel = 'push'")
        await complain(home, "sells")
        await home.run("sells")
        (push,) = [row for row in await statuses(home) if row[0] == "push"]
        assert (push[1], bool(push[2])) == ("dropped", True)
        assert [channel for channel, _ in home.sent()] == ["email"]


async def test_a_complaint_between_claim_and_look_stops_the_other_channel(database_url: str, tmp_path: Path) -> None:
    sells = event_journey("sells", "app_opened", steps=STEPS, cascade=channel_steps("email", "push"))
    async with stack(database_url, tmp_path, edit=with_journeys(sells)) as home:
        await home.person("anna", "email", "push")
        await enter(home, "sells", "anna")
        await home.at(timedelta(hours=1))
        await home.decide("sells")
        message_renderer = WatchedRenderer(after=lambda: complain(home, "sells"))
        assert (await worker(home, message_renderer=message_renderer).deliver(journey="sells")).held == {
            "complained": 1
        }
        assert [channel for channel, _ in home.sent()] == ["email"]


async def test_a_complaint_between_claim_and_look_stops_the_address_of_somebody_else(
    database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        await home.identify("anna", email="Us@example.com")
        await home.identify("olga", email="us@example.com")
        await enter(home, "must", "anna")
        await home.track("olga", "signed_up")
        await home.decide("asked")
        message_renderer = WatchedRenderer(after=lambda: complain(home, "must"))
        done = await worker(home, message_renderer=message_renderer).deliver(Channel.EMAIL, "asked")
        assert (done.held, to(home)) == ({"suppressed": 1}, ["Us@example.com"])


async def test_one_click_in_the_letter_that_asks_to_confirm_stops_the_second(database_url: str, tmp_path: Path) -> None:
    """As shipped: the second letter would come eighteen hours later, and another with each sign-up."""
    sign_up = {"email": ANNA, "confirm_url": "https://shop.example/confirm/1"}
    async with stack(database_url, tmp_path, edit=with_journeys(keep=["email_confirmation"])) as home:
        await home.identify("anna", email=ANNA)
        await home.track("anna", "signed_up", **sign_up)
        await home.at(timedelta(hours=6))
        await home.run("email_confirmation")
        await click(home, "email_confirmation")
        for _ in range(3):
            await home.at(timedelta(hours=18))
            await home.run("email_confirmation")
        await home.track("anna", "signed_up", **sign_up)
        await home.at(timedelta(hours=6))
        await home.run("email_confirmation")
        assert to(home) == [ANNA]
        assert await home.rows(SUPPRESSED) == [
            {"channel": "email", "address": ANNA, "journey": "email_confirmation", "reason": "unsubscribed"}
        ]


@pytest.mark.parametrize("journey", ["asked", "must"])
async def test_one_click_ends_that_journey_at_that_address_and_nothing_else(
    database_url: str, tmp_path: Path, journey: str
) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        await home.person("anna", "email")
        await enter(home, journey, "anna")
        await click(home, journey)
        await a_day_later(home)
        await enter(home, journey, "anna")
        assert to(home) == [ANNA], "no later step, no later entry"
        assert await home.rows(WITHDRAWN) == []
        for other in {"asked", "must", "sells"} - {journey}:
            await enter(home, other, "anna")
        assert to(home) == [ANNA] * 3, "other journeys write as before"
        await a_day_later(home, journey)
        await home.identify("anna", email="new@customer.example")
        await enter(home, journey, "anna")
        assert to(home)[3:] == ["new@customer.example"], "it was that address that refused"


@pytest.mark.parametrize("topic", ["carts", None])
async def test_one_click_in_an_advertisement_ends_it_for_whoever_has_the_address_now(
    database_url: str, tmp_path: Path, topic: str | None
) -> None:
    sells = event_journey("sells", "app_opened", topic=topic)
    async with stack(database_url, tmp_path, edit=with_journeys(sells)) as home:
        for user, email in (("a", "Shared@Example.com"), ("b", " shared@example.com "), ("c", "c@example.com")):
            await home.person(user, email=email)
        await home.person("d", email="shared@example.com")
        await home.at(timedelta(minutes=1))
        await home.identify("d", email="d@example.com")
        await home.at(timedelta(minutes=1))
        await enter(home, "sells", "a")
        for _ in range(2):
            await click(home, "sells")
        assert len(await home.rows(WITHDRAWN)) == 2, "twice is the same as once"
        await home.at(timedelta(days=1))
        await enter(home, "sells", "a", "b", "c", "d")
        assert sorted(to(home)[1:]) == ["c@example.com", "d@example.com"]


async def test_whoever_else_has_the_address_is_locked_before_a_click_counts(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        for user in ("anna", "olga"):
            await home.person(user, email="shared@example.com")
        await enter(home, "sells", "anna")
        async with home.runtime.database.transaction() as connection:
            await connection.execute(
                "SELECT id FROM customer WHERE id = (SELECT customer_id FROM identity WHERE value = 'olga')"
                " FOR NO KEY UPDATE"
            )
            no = asyncio.create_task(click(home, "sells"))
            assert not (await asyncio.wait([no], timeout=0.3))[0]
        await no
        assert len(await home.rows(WITHDRAWN)) == 2


async def test_one_journey_is_refused_whatever_is_decided_before_it_in_the_same_pass(
    database_url: str, tmp_path: Path
) -> None:
    """A pass decides about all of a person; what one journey may not write to, another may."""
    async with stack(database_url, tmp_path, edit=ALL) as home:
        await home.person("anna", "email")
        await enter(home, "asked", "anna")
        await click(home, "asked")
        for event in ("order_completed", "signed_up", "app_opened"):
            await home.track("anna", event)
        await home.decide("asked")
        queued = await home.rows("SELECT journey FROM message WHERE status = 'queued' ORDER BY journey")
        assert [row["journey"] for row in queued] == ["must", "sells"]


async def test_a_click_after_coming_back_counts_again(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        await home.person("anna", "email")
        await enter(home, "sells", "anna")
        for again in range(2):
            for _ in range(2):
                await click(home, "sells")
            assert len(await home.rows(WITHDRAWN)) == again + 1, "twice is the same as once"
            await home.at(timedelta(minutes=1))
            await home.track("anna", "consent_given", purpose="marketing", topic="carts", channel="email")
            await home.at(timedelta(minutes=1))
        await click(home, "sells")
        await enter(home, "sells", "anna")
        await a_day_later(home, "sells")
        assert to(home) == [ANNA]


async def test_what_a_provider_repeats_is_no_new_word(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        await home.person("anna", "email")
        await enter(home, "sells", "anna")
        message = await last(home, "sells")
        assert (await tell(home, message, ReceiptKind.UNSUBSCRIBED)).new == 1
        await home.at(timedelta(minutes=1))
        await home.track("anna", "consent_given", purpose="marketing", topic="carts")
        assert (await tell(home, message, ReceiptKind.UNSUBSCRIBED)).new == 0
        assert len(await home.rows(WITHDRAWN)) == 1


async def test_a_no_takes_back_what_was_granted_before_it_was_heard(database_url: str, tmp_path: Path) -> None:
    """However late it is told, and whatever time it names."""
    async with stack(database_url, tmp_path, edit=ALL) as home:
        await home.person("anna", "email")
        await enter(home, "sells", "anna")
        said_at = home.now
        await home.at(timedelta(hours=1))
        await home.track("anna", "consent_given", purpose="marketing", topic="carts")
        await home.at(timedelta(hours=1))
        told = receipts.Receipt(await last(home, "sells"), ReceiptKind.UNSUBSCRIBED, said_at)
        await receipts.apply_provider_receipts(home.runtime, "sandbox_email", [told])
        await a_day_later(home, "sells")
        assert to(home) == [ANNA]


async def test_a_test_says_nothing_of_the_customer(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=ALL) as home:
        await home.person("anna", "email")
        await manual_enrollment.enroll(home.runtime, "asked", "anna", mode=Mode.TEST)
        await home.run("asked")
        message = await last(home, "asked")
        done = await receipts.unsubscribe(home.runtime, message)
        assert done is not None
        assert done.ended is UnsubscribeScope.NOTHING
        assert [one.code for one in (await tell(home, message, ReceiptKind.COMPLAINED)).rejected] == ["only_a_test"]
        assert await home.rows(SUPPRESSED) == await home.rows(WITHDRAWN) == []
        assert await home.rows("SELECT name FROM event WHERE name LIKE 'message_%%'") == []
        await enter(home, "asked", "anna")
        assert to(home)[-1] == ANNA
