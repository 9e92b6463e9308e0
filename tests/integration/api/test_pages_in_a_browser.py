"""The pages for customers in a real browser: on a desk and on a phone, in two languages, without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kaskad.services.links import LinkKind
from tests.integration.api.front import ApiClient, front
from tests.integration.api.preference_page import SELLS, path_of
from tests.support.browser import Tab, axe_source, open_tab
from tests.support.rules import with_journeys
from tests.support.stack import Stack, running_stack
from tests.support.stopping_by import enter, last

pytestmark = pytest.mark.anyio
DESK, PHONE = (1280, 800), (360, 740)
SAVED = {"en": "Saved. This is what stands now.", "ru": "Сохранено. Вот что действует сейчас."}
LEFT = {"en": "You get no advertising from us now.", "ru": "Сейчас вы не получаете от нас рекламу."}
FAULTS = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
    .filter(fault => ['serious', 'critical'].includes(fault.impact))
    .map(fault => [fault.id, fault.nodes.map(node => node.html)]))"""


@asynccontextmanager
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Stack, ApiClient, Tab]]:
    """A shop that wrote to two customers, and a browser."""
    async with (
        open_tab(tmp_path / "browser") as tab,
        running_stack(database_url, tmp_path, edit=with_journeys(SELLS)) as stack,
        front(stack) as api,
    ):
        for user in ("anna", "olga"):
            await stack.person(user, "email", "sms")
            await enter(stack, "sells", user)
        yield stack, api, tab


def form(action: str) -> str:
    return f"form:has([value={action}])"


async def links_of(stack: Stack, api: ApiClient, kind: LinkKind = LinkKind.PREFERENCES) -> list[str]:
    rows = await stack.rows("SELECT id FROM message WHERE status = 'sent' ORDER BY id")
    return [str(api.client.base_url.join(path_of(stack, row["id"], kind))) for row in rows]


async def fits(tab: Tab) -> bool:
    return bool(await tab.read("document.documentElement.scrollWidth <= innerWidth"))


async def test_a_customer_walks_through_the_page(database_url: str, tmp_path: Path) -> None:
    async with shop(database_url, tmp_path) as (stack, api, tab):
        await tab.allow_scripts(False)
        sizes = zip(await links_of(stack, api), ((DESK, "en"), (PHONE, "ru")), strict=True)
        for url, (size, language) in sizes:
            await tab.become(*size, language)
            await tab.open(url)
            assert await tab.read("document.documentElement.lang") == language
            assert await fits(tab)
            carts = "input[value=carts][type=checkbox]"
            assert await tab.read(f"document.querySelector('{carts}').checked")
            await tab.click(carts)
            await tab.press(f"{form('save')} button")
            assert await tab.read("document.querySelector('[role=status]').innerText") == SAVED[language]
            assert not await tab.read(f"document.querySelector('{carts}').checked")
            await tab.click("input[name=days][value='30']")
            await tab.press(f"{form('pause')} button")
            assert await tab.read(f"Boolean(document.querySelector('{form('pause')} input[value=\"0\"]'))")
            await tab.press(f"{form('pause')} button")
            assert await tab.read("document.querySelectorAll('input[name=days][type=radio]').length") == 3
            await tab.click("input[name=reason][value=too_many]")
            await tab.press(f"{form('leave')} button")
            assert LEFT[language] in await tab.read("document.body.innerText")
            assert await fits(tab)
        assert {address for address in tab.asked if not address.startswith(str(api.client.base_url))} <= {"about:blank"}
        left = await stack.rows("SELECT properties->>'reason' AS reason FROM event WHERE name = 'left'")
        assert left == [{"reason": "too_many"}] * 2


async def test_nothing_serious_keeps_anybody_out(database_url: str, tmp_path: Path) -> None:
    axe = axe_source()
    async with shop(database_url, tmp_path) as (stack, api, tab):
        message = await last(stack, "sells")
        base = str(api.client.base_url).rstrip("/")
        urls = [f"{base}{path_of(stack, message, kind)}" for kind in LinkKind]
        for size, language in ((DESK, "en"), (PHONE, "ru")):
            await tab.become(*size, language)
            for url in urls:
                await tab.open(url)
                assert await tab.read(f"{axe}; {FAULTS}") == [], (url, size)
        await tab.press("button")
        assert await tab.read(f"{axe}; {FAULTS}") == [], "the page that thanks"
        await tab.read("document.documentElement.removeAttribute('lang')")
        assert await tab.read(FAULTS), "a fault is found where there is one"
