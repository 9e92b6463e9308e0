"""Unsubscribing in one click: GET only asks, POST really stops what is on its way."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from kaskad.api.page_texts import choose_language
from kaskad.domain.journeys.project import Project, Topic
from kaskad.domain.outcome import Mode
from kaskad.services.decisions import manual_enrollment
from kaskad.services.links import Links
from tests.integration.api.front import ApiClient, door, front
from tests.support.rules import CARTS, event_journey, with_journeys
from tests.support.stack import Stack, running_stack
from tests.support.stopping_by import ASKED, MUST, SELLS, enter, last

pytestmark = pytest.mark.anyio
ONE_CLICK = {"content": b"List-Unsubscribe=One-Click", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
EVERY = with_journeys(SELLS, ASKED, MUST, event_journey("plain", "review_written", topic=None))
WITHDRAWN = "SELECT topic, channel FROM consent WHERE NOT granted"
STATE = """SELECT (SELECT count(*) FROM consent) AS consents, (SELECT count(*) FROM event) AS events,
    (SELECT count(*) FROM suppression) AS suppressed"""


async def queued(stack: Stack, *users: str) -> list[UUID]:
    """Each of them has a message waiting in the queue; the messages, in the same order."""
    for user in users:
        await stack.person(user, "email")
        await stack.cart(user, cart=user)
    await stack.at(timedelta(hours=1))
    await stack.decide("abandoned_cart")
    rows = await stack.rows(
        "SELECT m.id, i.value FROM message m JOIN identity i USING (customer_id) WHERE status = 'queued'"
    )
    ids = {row["value"]: row["id"] for row in rows}
    return [ids[user] for user in users]


def path_of(stack: Stack, message: UUID) -> str:
    return httpx.URL(stack.runtime.links.unsubscribe(message)).path


async def test_who_unsubscribes_gets_not_even_what_was_queued(database_url: str, tmp_path: Path) -> None:
    async with running_stack(database_url, tmp_path, edit=CARTS) as stack, front(stack) as api:
        kolya, _ = await queued(stack, "kolya", "olya")
        for _ in range(2):  # twice is the same as once
            answer = await api.client.post(path_of(stack, kolya), **ONE_CLICK)
            assert answer.status_code == 200
            assert not answer.cookies
            assert not answer.history
        assert await stack.rows(WITHDRAWN) == [{"topic": "carts", "channel": None}]
        await stack.deliver("abandoned_cart")
        assert [to for _, to in stack.sent()] == ["olya@customer.example"]


async def test_the_link_in_the_mails_header_works(database_url: str, tmp_path: Path) -> None:
    async with running_stack(database_url, tmp_path, edit=CARTS) as stack, front(stack) as api:
        await queued(stack, "kolya")
        await stack.deliver("abandoned_cart")
        (record,) = stack.reached
        assert record.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = record.headers["List-Unsubscribe"].strip("<>")
        assert link.startswith(api.settings.public_url)
        assert (await api.client.post(httpx.URL(link).path, **ONE_CLICK)).status_code == 200
        assert await stack.rows(WITHDRAWN) == [{"topic": "carts", "channel": None}]


async def test_looking_at_the_page_changes_nothing_and_its_button_does(database_url: str, tmp_path: Path) -> None:
    async with running_stack(database_url, tmp_path, edit=CARTS) as stack, front(stack) as api:
        (message,) = await queued(stack, "kolya")
        before = await stack.rows(STATE)
        for method in ("GET", "HEAD", "GET"):
            page = await api.client.request(method, path_of(stack, message))
            assert page.status_code == 200
        assert await stack.rows(STATE) == before
        assert re.findall("<form[^>]*>", page.text) == ['<form method="post">'], "it posts to its own address"
        await api.client.post(path_of(stack, message), data={})
        assert await stack.rows(WITHDRAWN) == [{"topic": "carts", "channel": None}]


SAID = {
    "sells": ("no more advertising on this topic: Cart.", "рекламу на тему: Корзина."),
    "plain": ("no more advertising by e-mail.", "рекламу по электронной почте."),
    "asked": ("no more messages of this kind by e-mail to this address.", "по электронной почте на этот адрес."),
    "must": ("no more messages of this kind by e-mail to this address.", "по электронной почте на этот адрес."),
}


@pytest.mark.parametrize("journey", SAID)
async def test_the_page_says_what_was_done_and_nothing_else(database_url: str, tmp_path: Path, journey: str) -> None:
    async with running_stack(database_url, tmp_path, edit=EVERY) as stack, front(stack) as api:
        await stack.person("anna", "email")
        await enter(stack, journey, "anna")
        path = path_of(stack, await last(stack, journey))
        for language, said in zip(("en", "ru"), SAID[journey], strict=True):
            page = await api.client.post(path, headers={"Accept-Language": language}, data={})
            (text,) = re.findall("<p>(.*)</p>", page.text)
            assert text.endswith(said)
            others = {text for texts in SAID.values() for text in texts} - {said}
            assert not [text for text in others if text in page.text]
            assert "<form" not in page.text
        assert len(await stack.rows("SELECT * FROM consent WHERE NOT granted")) == (journey in ("sells", "plain"))
        assert len(await stack.rows("SELECT * FROM suppression")) == (journey in ("asked", "must"))


async def test_whoever_clicks_in_a_test_is_told_that_nothing_was_changed(database_url: str, tmp_path: Path) -> None:
    async with running_stack(database_url, tmp_path, edit=EVERY) as stack, front(stack) as api:
        await stack.person("anna", "email")
        await manual_enrollment.enroll(stack.runtime, "sells", "anna", mode=Mode.TEST)
        await stack.run("sells")
        before = await stack.rows(STATE)
        page = await api.client.post(path_of(stack, await last(stack, "sells")), **ONE_CLICK)
        assert page.status_code == 200
        assert "Nothing was changed." in page.text
        assert await stack.rows(STATE) == before


async def test_a_topic_s_title_is_text_and_nothing_else(database_url: str, tmp_path: Path) -> None:
    def edit(project: Project) -> Project:
        carts = Topic(name="carts", title={"en": "<b>Cart</b> {channel} & co"})
        return EVERY(project).model_copy(update={"topics": {**project.topics, "carts": carts}})

    async with running_stack(database_url, tmp_path, edit=edit) as stack, front(stack) as api:
        await stack.person("anna", "email")
        await enter(stack, "sells", "anna")
        page = await api.client.post(path_of(stack, await last(stack, "sells")), **ONE_CLICK)
        assert "topic: &lt;b&gt;Cart&lt;/b&gt; {channel} &amp; co." in page.text
        page = await api.client.post(path_of(stack, await last(stack, "sells")), headers={"Accept-Language": "ru"})
        assert "рекламу на тему этого сообщения." in page.text, "where it has no title in that language"


async def test_a_damaged_link_is_a_page_that_says_so_and_does_nothing(api: ApiClient) -> None:
    message = uuid4()
    good = httpx.URL(Links("", api.settings.derived("links")).unsubscribe(message)).path.removeprefix("/u/")
    forged = httpx.URL(Links("", "another secret").unsubscribe(message)).path.removeprefix("/u/")
    assert (await api.client.get(f"/u/{good}")).status_code == 200
    for token in (forged, good[:-1], good[1:], "A" + good, good.swapcase(), "x", "%D1%8F", "a b", "'--", "=" * 500):
        for method in ("GET", "POST"):
            answer = await api.client.request(method, f"/u/{token}")
            assert answer.status_code == 404, token
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert "<form" not in answer.text
    assert await api.rows(STATE) == [{"consents": 0, "events": 0, "suppressed": 0}]


async def test_the_page_lets_nothing_in_and_speaks_the_readers_language(api: ApiClient) -> None:
    link = httpx.URL(api_link(api)).path
    for accept, language, button in (("ru-RU,ru;q=0.9,en;q=0.8", "ru", "Отписаться"), ("de", "en", "Unsubscribe")):
        page = await api.client.get(link, headers={"Accept-Language": accept})
        assert f'<html lang="{language}">' in page.text
        assert f'<button type="submit">{button}</button>' in page.text
        assert 'name="viewport"' in page.text
        assert not re.search(r"<script|https?://|src=|href=| on\w+=| style=", page.text)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "set-cookie" not in page.headers
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["vary"] == "Accept-Language"


async def test_who_cannot_be_unsubscribed_now_is_told_so(tmp_path: Path) -> None:
    async with door(tmp_path, KASKAD_DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing") as api:
        answer = await api.client.post(httpx.URL(api_link(api)).path, **ONE_CLICK)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "<form" in answer.text


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("ru", "ru"),
        ("RU-ru", "ru"),
        ("en,ru", "en"),
        ("ru;q=0.5,en;q=0.7", "en"),
        ("en;q=0.5, ru;q=0.7", "ru"),
        ("fr, ru;q=0.1", "ru"),
        ("ru;q=0", "en"),
        ("ru;q=x;;,=,", "en"),
    ],
)
def test_languages_are_chosen_by_weight(accept: str, language: str) -> None:
    assert choose_language(accept) == language


def api_link(api: ApiClient) -> str:
    """A link for a message, signed as the API signs."""
    return Links("http://x", api.settings.derived("links")).unsubscribe(uuid4())
