"""What a customer chooses in the preference centre: what is written down, and what follows from it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.explaining.explain import explain
from kaskad.services.inspect.consents import ConsentState, load_consents
from kaskad.services.preferences.choices import Leave, Save
from kaskad.services.preferences.choosing import Proof, choose
from kaskad.services.preferences.state import load_preferences
from tests.integration.api.preference_page import SAID, SELLS, STATE, page_of, ticked_boxes
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import running_stack
from tests.support.stopping_by import ASKED, channel_steps, enter, last, tell, to

pytestmark = pytest.mark.anyio
TOLD = "SELECT name, properties FROM event WHERE source = 'preferences' AND name IN ('left', 'preferences_changed')"


async def test_each_choice_is_written_down_with_its_proof_and_only_once(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path) as page:
        for _ in range(2):
            text = await page.save({"topic:promotions"}, without={"topic:service", "channel:sms"})
            assert not ticked_boxes(text) & {"topic:service", "channel:sms"}
            assert "topic:promotions" in ticked_boxes(text)
        assert "Nothing was changed." in text
        nothing = {"purpose": "marketing", "channel": None, "topic": None, "sender": None}
        assert await page.stack.rows(SAID, who="anna") == [
            nothing | {"topic": "service", "granted": False},
            nothing | {"channel": "sms", "granted": False},
            nothing | {"topic": "promotions", "granted": True},
        ]
        proofs = await page.stack.rows(
            "SELECT DISTINCT text_version, length(text_hash) AS hash, ip FROM consent WHERE source = 'preferences'"
        )
        assert proofs == [{"text_version": "pages/en/1", "hash": 64, "ip": "127.0.0.1"}]
        (told,) = await page.stack.rows(TOLD)
        assert told["name"] == "preferences_changed"
        assert told["properties"] == {
            "topics_left": ["service"],
            "channels_left": ["sms"],
            "topics_joined": ["promotions"],
            "channel": "email",
            "journey": "sells",
            "message": "how_was_it",
        }


async def test_what_was_left_is_not_written_about_and_comes_back_when_it_is_joined(
    database_url: str, tmp_path: Path
) -> None:
    async with page_of(database_url, tmp_path) as page:
        await page.save(set(), without={"topic:carts"})
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 1, "only the first"
        await page.save({"topic:carts"})
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 2


async def test_leaving_everything_ends_all_marketing_and_keeps_why(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path, "anna", "olga") as page:
        await page.stack.identify("olga", email="Anna@customer.example")
        comment = "Слишком\x00 часто " + "!" * 600
        for _ in range(2):
            text = await page.post({"action": "leave", "reason": "too_many", "comment": comment})
            assert "You get no advertising from us now." in text
        said = await page.stack.rows(SAID, who="anna")
        assert {row["purpose"] for row in said if row["channel"] is None} == {"marketing", "ads", "profiling", "calls"}
        assert {row["granted"] for row in said} == {False}
        others = await page.stack.rows(SAID, who="olga")
        assert {row["purpose"] for row in others} == {row["purpose"] for row in said}, "whoever has the address as well"
        told = await page.stack.rows(TOLD + " ORDER BY occurred_at, message_id")
        assert [(row["name"], row["properties"]["reason"]) for row in told] == [("left", "too_many")]
        assert len(told[0]["properties"]["comment"]) == 500
        assert "\x00" not in told[0]["properties"]["comment"]
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 1
        await page.post({"action": "leave", "reason": "other"})
        assert len(await page.stack.rows(TOLD)) == 2, "another reason is another word"
        await page.save({"channel:email"})
        assert "channel:email" in ticked_boxes(await page.get()), "and one may come back"


async def test_a_pause_is_no_leaving(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path) as page:
        before = ticked_boxes(await page.get())
        for _ in range(2):
            text = await page.post({"action": "pause", "days": "30"})
            assert "You get no advertising until April 1, 2027." in text
            assert ticked_boxes(text) == before
        assert len(await page.stack.rows(SAID, who="anna")) == 1
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 1
        text = await page.post({"action": "pause", "days": "0"})
        assert "until" not in text
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 2


async def test_a_pause_ends_by_itself(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path) as page:
        await page.post({"action": "pause", "days": "7"})
        await page.stack.at(timedelta(days=6, hours=23))
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 1
        await page.stack.at(timedelta(hours=2))
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 2


async def test_a_test_changes_nothing_whoever_asks(database_url: str, tmp_path: Path) -> None:
    async with running_stack(database_url, tmp_path, edit=with_journeys(SELLS)) as stack:
        await stack.person("anna", "email")
        await manual_enrollment.enroll(stack.runtime, "sells", "anna", mode=Mode.TEST)
        await stack.run("sells")
        before = await stack.rows(STATE)
        assert await choose(stack.runtime, await last(stack, "sells"), Leave(), proof=Proof("v", "h"))
        assert await stack.rows(STATE) == before


async def test_by_an_old_address_one_can_only_take_back(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path) as page:
        await page.stack.identify("anna", email="new@customer.example")
        text = await page.save({"topic:promotions"}, without={"topic:carts"}, locale="ru")
        assert not ticked_boxes(text) & {"topic:promotions", "topic:carts"}
        assert [row["granted"] for row in await page.stack.rows(SAID, who="anna")] == [False]
        assert await page.stack.rows("SELECT * FROM customer WHERE locale IS NOT NULL") == []


async def test_two_presses_at_once_are_one_choice(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path) as page:
        data = {"action": "leave", "reason": "other"}
        answers = await asyncio.gather(*(page.api.client.post(page.path, data=data) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {200}
        assert [row["name"] for row in await page.stack.rows(TOLD)] == ["left"]


async def test_what_was_chosen_can_be_explained(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path) as page:
        await page.save(set(), without={"channel:sms", "channel:viber", "topic:carts", "sender:shop"})
        told = "\n".join((await explain(page.stack.runtime, "anna", None)).text())
        for said in (
            "marketing, SMS, Viber",
            "marketing, every channel, topic carts",
            "sender shop",
            "changed what they",
        ):
            assert said in told


@pytest.mark.parametrize("said", [{}, {"channel": "email"}, {"channel": "email", "sender": "shop"}], ids=str)
async def test_no_grant_ends_a_pause(database_url: str, tmp_path: Path, said: dict[str, str]) -> None:
    async with page_of(database_url, tmp_path) as page:
        await page.post({"action": "pause", "days": "30"})
        await page.stack.at(timedelta(days=1))
        await page.stack.track("anna", "consent_given", purpose="marketing", **said)
        await page.save({"topic:promotions"})
        assert "You get no advertising until April 1, 2027." in await page.get()
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 1
        await page.stack.at(timedelta(days=30))
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 2, "then all is as it was, and as it was granted meanwhile"


GRANTS = [
    {"purpose": "marketing", "channel": "email", "sender": "shop"},
    {"purpose": "marketing", "channel": "viber"},
    {"purpose": "marketing", "channel": "whatsapp"},
    {"purpose": "profiling"},
    {"purpose": "ads", "channel": "email"},
]
STANDING = """SELECT count(*) AS words, (SELECT count(*) FROM event WHERE name = 'left') AS left FROM consent"""


@pytest.mark.parametrize("grant", [*GRANTS, None], ids=str)
async def test_who_leaves_leaves_nothing_behind(
    database_url: str, tmp_path: Path, grant: dict[str, str] | None
) -> None:
    async with running_stack(database_url, tmp_path, edit=with_journeys(ASKED)) as stack:
        await stack.person("anna", "email", consent=False)
        if grant:
            await stack.track("anna", "consent_given", **grant)
        await enter(stack, "asked", "anna")
        message = await last(stack, "asked")
        before = await load_preferences(stack.runtime, message)
        assert before is not None
        assert before.gets_marketing is (grant is GRANTS[0]), "the page says whether anything comes"
        for _ in range(2):
            await stack.at(timedelta(hours=1))
            left = await choose(stack.runtime, message, Leave(), proof=Proof("v", "h"))
            assert left is not None
            assert (left.gets_marketing, left.has_left) == (False, True)
            words = 5 if grant else 4  # calls are withdrawn from marketing as well
            assert await stack.rows(STANDING) == [{"words": words + 1, "left": 1}], "and only once"
        standing = (await load_consents(stack.runtime, "anna")).standing
        assert not [word for word in standing if word.standing is ConsentState.GRANTED]
        if grant:
            await stack.track("anna", "consent_given", **grant)
            assert not (await load_preferences(stack.runtime, message)).has_left  # type: ignore[union-attr]


async def test_a_closed_channel_is_not_shown_as_chosen(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path) as page:
        assert "channel:sms" in ticked_boxes(await page.get())
        await page.stack.track("anna", "STOP")
        await page.stack.at(timedelta(hours=1))
        await page.stack.track("anna", "consent_given", purpose="marketing")  # opens no address that is closed
        text = await page.get()
        assert "channel:sms" not in text
        assert {"channel:email", "channel:viber"} <= ticked_boxes(text)


@pytest.mark.parametrize(("kind", "shown"), [(ReceiptKind.UNSUBSCRIBED, True), (ReceiptKind.COMPLAINED, False)])
async def test_who_stopped_a_channel_may_choose_it_again_by_a_link_that_came_there(
    database_url: str, tmp_path: Path, kind: ReceiptKind, shown: bool
) -> None:
    texts = event_journey("sells", "app_opened", cascade=channel_steps("sms"), topic=None)
    async with running_stack(database_url, tmp_path, edit=with_journeys(texts)) as stack:
        await stack.person("anna", "email", "sms")
        await enter(stack, "sells", "anna")
        message = await last(stack, "sells", "sms")
        await tell(stack, message, kind, "sms")
        await stack.at(timedelta(hours=1))
        stopped = await load_preferences(stack.runtime, message)
        assert stopped is not None
        assert stopped.channels.get(Channel.SMS) is (False if shown else None)
        again = await choose(stack.runtime, message, Save({Channel.SMS: True}), proof=Proof("v", "h"))
        assert again is not None
        assert again.channels.get(Channel.SMS) is (True if shown else None)
        await stack.at(timedelta(days=1))
        await enter(stack, "sells", "anna")
        assert len(to(stack, Channel.SMS)) == (2 if shown else 1)
