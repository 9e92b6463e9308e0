"""`kaskad watch`, over real HTTP and, where one is installed, in a real browser. No database is anywhere near."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from kaskad.api.server import serve_api
from kaskad.cli.watch.project_state import ProjectState
from kaskad.cli.watch.server import create_watch_app
from kaskad.services.links import Links
from kaskad.services.projects import loading
from tests.support.paths import ROOT
from tests.support.shipped import CACHE

pytestmark = pytest.mark.anyio
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@dataclass
class Tab:
    """An open tab: the desk's address, and what was heard."""

    url: str
    client: httpx.AsyncClient
    root: Path

    async def text(self, path: str = "/") -> str:
        answer = await self.client.get(path)
        return answer.text

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    @asynccontextmanager
    async def saving(self) -> AsyncIterator[asyncio.Future[str]]:
        """What the tab is told to show after what is saved inside."""
        async with self.client.stream("GET", "/tidings") as tidings:
            lines = tidings.aiter_lines()
            assert await anext(lines) == ": here"

            async def heard() -> str:
                async for line in lines:
                    if line.startswith("data: "):
                        shown: str = json.loads(line.removeprefix("data: "))["show"]
                        return shown
                raise AssertionError("the watcher hung up")

            task = asyncio.ensure_future(heard())
            try:
                yield task
                await asyncio.wait_for(task, 20)
            finally:
                task.cancel()


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncIterator[Tab]:
    """A tab on a copy of the shipped project."""
    root = tmp_path / "shop"
    for part in ("configs", "templates"):
        shutil.copytree(ROOT / part, root / part)
    desk = ProjectState(root, CACHE, Links("http://127.0.0.1:8000", ""))
    async with (
        serve_api(create_watch_app(desk), "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as client,
    ):
        yield Tab(url, client, root)


async def test_a_saved_message_is_shown_with_what_is_wrong_with_it(tab: Tab) -> None:
    assert "sms_unicode" not in await tab.text()
    async with tab.saving() as saved:
        tab.edit("templates/cart_help/sms.yaml", "{{ shop.name }}", "🛒 {{ shop.name }}")
    assert saved.result() == "messages/cart_help"
    page = await tab.text()
    assert "sms_unicode" in page and "templates/cart_help/sms.yaml:1:8" in page
    assert 'src="/messages/cart_help"' in page
    assert "🛒 Kaskad Shop" in await tab.text("/messages/cart_help?locale=en&who=usual")


async def test_errors_are_told_and_the_last_whole_project_stays(tab: Tab) -> None:
    async with tab.saving() as saved:
        tab.edit("configs/journeys/thank_you.yaml", "\nsteps:", "\nstepz:")
        tab.edit("templates/cart_help/push.yaml", "cart.", "crt.")
    assert saved.result() in ("journeys/thank_you", "messages/cart_help")
    page = await tab.text()
    assert "unknown key &#39;stepz&#39;" in page and "unknown name &#39;crt&#39;" in page
    assert "as it was before these errors" in page
    assert "<svg" in await tab.text("/journeys/thank_you")
    async with tab.saving():
        tab.edit("configs/journeys/thank_you.yaml", "\nstepz:", "\nsteps:")
        tab.edit("templates/cart_help/push.yaml", "crt.", "cart.")
    assert "before these errors" not in await tab.text()


async def test_what_is_taken_away_while_it_is_read_is_told_and_the_watch_goes_on(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(
            loading, "load_project_with", lambda *_, **__: Path("gone.yaml").read_text()
        )  # by a checkout, say
        async with tab.saving():
            tab.edit("configs/journeys/thank_you.yaml", "\nsteps:", "\n\nsteps:")
    assert "gone.yaml:1:1" in (page := await tab.text()) and "cannot be read: No such file" in page
    async with tab.saving():
        tab.edit("configs/journeys/thank_you.yaml", "\n\nsteps:", "\nsteps:")
    assert "cannot be read" not in await tab.text()


async def test_only_this_machine_s_own_pages_are_answered(tab: Tab) -> None:
    strange = await tab.client.get("/", headers={"Host": "shop.evil.example"})
    assert strange.status_code == 400
    assert (await tab.client.get("/messages/nothing")).status_code == 404
    assert (await tab.client.get("/messages/..%2f..%2fconfigs")).status_code == 404


@pytest.mark.skipif(BROWSER is None, reason="no browser here")
async def test_a_browser_shows_the_message_and_its_mail(tab: Tab, tmp_path: Path) -> None:
    page = await browsed(f"{tab.url}/messages/cart_reminder?locale=ru", tmp_path, "--virtual-time-budget=2000")
    assert "Анна, мы сохранили вашу корзину" in page
    heights = [part.partition("px")[0] for part in page.split('style="height: ')[1:]]
    assert len(heights) == 2 and all(float(height) > 400 for height in heights), "each mail is as high as it is long"


@pytest.mark.skipif(BROWSER is None, reason="no browser here")
async def test_a_browser_loads_again_when_something_is_saved(tab: Tab, tmp_path: Path) -> None:
    async with open_browser(tab.url, tmp_path) as tools:
        first = await shown_in(tools, f"{tab.url}/")
        tab.edit("templates/cart_help/sms.yaml", "{{ shop.name }}", "🛒 {{ shop.name }}")
        then = await shown_in(tools, f"{tab.url}/?show=messages%2Fcart_help")
    assert then["title"].startswith("! ") and then["title"] != first["title"]


@asynccontextmanager
async def open_browser(address: str, folder: Path) -> AsyncIterator[str]:
    """The address of its developer tools."""
    assert BROWSER
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    profile = f"--user-data-dir={folder / 'profile'}"
    browser = await asyncio.create_subprocess_exec(BROWSER, *options, profile, address, stderr=asyncio.subprocess.PIPE)
    try:
        assert browser.stderr
        async with asyncio.timeout(30):
            while not (line := (await browser.stderr.readline()).decode()).startswith("DevTools listening on ws://"):
                assert line, "the browser did not start"
        yield f"http://{line.split('/')[2]}"
    finally:
        browser.terminate()
        await browser.wait()


async def shown_in(tools: str, address: str) -> dict[str, str]:
    """The browser's page, once it is at that address and has its title."""
    async with httpx.AsyncClient() as client, asyncio.timeout(20):
        while True:
            for page in (await client.get(f"{tools}/json/list")).json():
                if page["url"] == address and page["title"].endswith("Kaskad"):
                    found: dict[str, str] = page
                    return found
            await asyncio.sleep(0.1)


async def browsed(address: str, folder: Path, *options: str) -> str:
    """The page as a browser has it in the end."""
    assert BROWSER
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    ended = await asyncio.to_thread(
        subprocess.run,
        [*command, *options, "--dump-dom", address],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
