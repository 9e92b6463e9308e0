"""The preference centre's page: what it shows, and that only a choice changes anything."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.links import LinkKind, Links
from tests.integration.api.front import ApiClient, door, front
from tests.integration.api.preference_page import SAID, SELLS, STATE, Page, page_of, path_of, ticked_boxes
from tests.support.rules import with_journeys
from tests.support.stack import running_stack
from tests.support.stopping_by import enter, last, to

pytestmark = pytest.mark.anyio


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
