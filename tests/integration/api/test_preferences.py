"""The preference centre: what stands now, every choice, and that only a choice changes anything."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.explaining.explain import explain
from kaskad.services.links import LinkKind, Links
from kaskad.services.preferences.choices import Leave
from kaskad.services.preferences.choosing import Proof, choose
from tests.integration.api.front import ApiClient, door, front
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import Stack, running_stack
from tests.support.stopping_by import enter, last, to

pytestmark = pytest.mark.anyio
SELLS = event_journey("sells", "app_opened", topic="carts")
STATE = """SELECT (SELECT count(*) FROM consent) AS consents, (SELECT count(*) FROM event) AS events,
    (SELECT count(*) FROM suppression) AS suppressed, (SELECT count(*) FROM confirmed_address) AS confirmed"""
SAID = """SELECT purpose, channel, topic, sender, granted FROM consent
    WHERE source = 'preferences' AND customer_id = (SELECT customer_id FROM identity WHERE value = %(who)s)
    ORDER BY at, id"""
TOLD = "SELECT name, properties FROM event WHERE source = 'preferences' AND name IN ('left', 'preferences_changed')"


@dataclass
class Page:
    """The page of one customer, and what they do on it."""

    stack: Stack
    api: ApiClient
    path: str

    async def get(self, **headers: str) -> str:
        answer = await self.api.client.get(self.path, headers=headers)
        assert answer.status_code == 200
        return answer.text

    async def post(self, data: dict[str, Any], **headers: str) -> str:
        await self.stack.at(timedelta(seconds=5))
        answer = await self.api.client.post(self.path, data=data, headers=headers)
        assert answer.status_code == 200
        assert not answer.history
        assert not answer.cookies
        return answer.text

    async def save(self, ticked: set[str], *, without: set[str] = frozenset(), **more: str) -> str:  # type: ignore[assignment]
        """Sends the first form with exactly these boxes ticked, besides those that are ticked by now."""
        page = await self.get()
        boxes = set(re.findall(r'name="shown" value="([^"]*)"', page))
        on = (ticked_boxes(page) | ticked) - without
        selected = re.findall(r'<option value="([^"]*)"[^>]* selected>', page)
        data: dict[str, Any] = {"action": "save", "shown": sorted(boxes), "locale": selected, "locale_shown": selected}
        data |= more
        for box in sorted(on):
            name, _, value = box.partition(":")
            data.setdefault(name, []).append(value)
        return await self.post(data)


def ticked_boxes(page: str) -> set[str]:
    return {
        f"{name}:{value}" for name, value in re.findall(r'type="checkbox" name="(\w+)" value="([^"]*)" checked', page)
    }


def path_of(stack: Stack, message: UUID, kind: LinkKind = LinkKind.PREFERENCES) -> str:
    return httpx.URL(stack.runtime.links.url(message, kind)).path


@asynccontextmanager
async def page_of(database_url: str, tmp_path: Path, *users: str, **person: Any) -> AsyncIterator[Page]:
    """Each of these was written to; the page in the message to the first of them."""
    async with running_stack(database_url, tmp_path, edit=with_journeys(SELLS)) as stack, front(stack) as api:
        for user in users or ("anna",):
            await stack.person(user, "email", "sms", **person)
        await enter(stack, "sells", *(users or ("anna",))[:1])
        page = Page(stack, api, path_of(stack, await last(stack, "sells")))
        await stack.at(timedelta(hours=1))
        yield page


async def test_it_shows_what_stands_now(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path) as page:
        await page.stack.track("anna", "consent_withdrawn", channel="sms")
        await page.stack.track("anna", "consent_withdrawn", topic="carts")
        ticked = ticked_boxes(await page.get())
        assert {box for box in ticked if box.startswith("channel")} == {
            "channel:email",
            "channel:viber",
            "channel:call",
        }
        assert "topic:service" in ticked
        assert not ticked & {"topic:carts", "topic:promotions"}, "left, and never joined"


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


async def test_it_speaks_the_customers_language_and_they_may_choose_another(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path, locale="en-GB") as page:
        text = await page.get(**{"Accept-Language": "ru"})
        assert '<html lang="en">' in text
        assert "How was your order" in text
        text = await page.save(set(), locale="ru")
        assert '<html lang="ru">' in text
        assert "Оценка заказов" in text
        assert '<option value="ru" lang="ru" selected>Русский</option>' in text
        (row,) = await page.stack.rows("SELECT locale FROM customer WHERE locale IS NOT NULL")
        assert row == {"locale": "ru"}
        await page.save(set(), locale="<b>")
        assert await page.stack.rows("SELECT locale FROM customer WHERE locale IS NOT NULL") == [row]


@pytest.mark.parametrize(("accept", "language"), [("ru-RU,ru;q=0.9", "ru"), ("de", "en")])
async def test_without_a_known_language_the_browsers_counts(
    database_url: str, tmp_path: Path, accept: str, language: str
) -> None:
    async with page_of(database_url, tmp_path) as page:
        assert f'<html lang="{language}">' in await page.get(**{"Accept-Language": accept})


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"action": "everything"},
        {"action": ["save", "leave"]},
        {"action": "pause", "days": "31"},
        {"action": "pause"},
        {"action": "save"},
        {"action": "save", "topic": ["nothing", "carts"]},
        {"action": "save", "shown": ["topic:nothing", "sender:nobody", "channel:fax", "x"]},
        {"List-Unsubscribe": "One-Click"},
    ],
    ids=str,
)
async def test_what_is_no_choice_changes_nothing(database_url: str, tmp_path: Path, data: dict[str, Any]) -> None:
    async with page_of(database_url, tmp_path) as page:
        before = await page.stack.rows(STATE)
        await page.post(data)
        assert await page.stack.rows(STATE) == before


async def test_looking_changes_nothing_and_tells_nobody_who_it_is(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path, lastName="Karenina") as page:
        before = await page.stack.rows(STATE)
        for method in ("GET", "HEAD", "GET"):
            assert (await page.api.client.request(method, page.path)).status_code == 200
        assert await page.stack.rows(STATE) == before
        text = (await page.get()).lower()
        assert not [private for private in ("anna", "karenina", "customer.example", "+7") if private in text]
        assert not re.search(r"<script|https?://|src=|href=| on\w+=| style=", text)


async def test_a_test_shows_the_page_and_changes_nothing(database_url: str, tmp_path: Path) -> None:
    async with running_stack(database_url, tmp_path, edit=with_journeys(SELLS)) as stack, front(stack) as api:
        await stack.person("anna", "email")
        await manual_enrollment.enroll(stack.runtime, "sells", "anna", mode=Mode.TEST)
        await stack.run("sells")
        page = Page(stack, api, path_of(stack, await last(stack, "sells")))
        before = await stack.rows(STATE)
        for data in ({"action": "leave"}, {"action": "pause", "days": "7"}):
            assert "nothing is changed" in await page.post(data)
        assert await stack.rows(STATE) == before


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


async def test_senders_are_shown_where_the_shop_has_several(database_url: str, tmp_path: Path) -> None:
    async with page_of(database_url, tmp_path) as page:
        assert "> Kaskad Shop</label>" in await page.get()
        assert "sender:shop" in ticked_boxes(await page.get())
        text = await page.save(set(), without={"sender:shop"})
        assert "sender:shop" not in ticked_boxes(text)
        (row,) = await page.stack.rows(SAID, who="anna")
        assert (row["sender"], row["granted"]) == ("shop", False)
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 1
        await page.stack.at(timedelta(hours=1))
        assert "sender:shop" in ticked_boxes(await page.save({"sender:shop"}))
        await enter(page.stack, "sells", "anna")
        assert len(to(page.stack)) == 2


async def test_a_link_for_one_thing_does_no_other(api: ApiClient) -> None:
    links = Links("", api.settings.derived("links"))
    tokens = {kind: httpx.URL(links.url(uuid4(), kind)).path.rpartition("/")[2] for kind in LinkKind}
    for path, own in (("u", LinkKind.UNSUBSCRIBE), ("p", LinkKind.PREFERENCES), ("c", LinkKind.CONFIRM)):
        for kind, token in tokens.items():
            for method in ("GET", "POST"):
                answer = await api.client.request(method, f"/{path}/{token}")
                known = kind is own and method == "GET" and path != "p"  # nothing was ever sent
                assert (answer.status_code == 200) is known, (path, kind, method)
                assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_whoever_cannot_be_served_now_is_told_so(tmp_path: Path) -> None:
    async with door(tmp_path, KASKAD_DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing") as api:
        links = Links("", api.settings.derived("links"))
        for kind in (LinkKind.PREFERENCES, LinkKind.CONFIRM):
            answer = await api.client.post(httpx.URL(links.url(uuid4(), kind)).path, data={"action": "leave"})
            assert answer.status_code == 503
            assert answer.headers["retry-after"]


async def test_a_scanner_that_fetches_every_link_of_a_message_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with page_of(database_url, tmp_path) as page:
        (record,) = page.stack.reached
        own = page.api.settings.public_url
        found = set(re.findall(rf"{re.escape(own)}/[ucp]/[\w-]+", str(record)))
        assert {url.removeprefix(f"{own}/")[0] for url in found} >= {"u", "p"}
        before = await page.stack.rows(STATE)
        for url in sorted(found):
            for method in ("HEAD", "GET", "OPTIONS"):
                await page.api.client.request(method, httpx.URL(url).path)
        assert await page.stack.rows(STATE) == before
