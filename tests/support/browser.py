"""A real Chromium without a window, over its DevTools protocol: just what tests of pages for customers need."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.support.paths import ROOT

PATIENCE = 60.0  # seconds, on a busy machine
AXE = ROOT / "build" / "axe"


@dataclass
class Tab:
    """One tab. `asked` are the addresses that it requested."""

    socket: ClientConnection
    asked: list[str] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: count(1))
    _loaded: int = 0

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command; its result."""
        id_ = next(self._ids)
        await self.socket.send(json.dumps({"id": id_, "method": method, "params": params}))
        while True:
            told = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            self._hear(told)
            if told.get("id") == id_:
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result

    async def open(self, url: str) -> None:
        """Opens the address, and waits until it is there."""
        before = self._loaded
        await self.call("Page.navigate", url=url)
        await self._wait(before)

    async def press(self, selector: str) -> None:
        """Presses a button that leads to another page, and waits for it."""
        before = self._loaded
        assert await self.read(f"Boolean(document.querySelector({json.dumps(selector)}))"), selector
        await self.read(f"document.querySelector({json.dumps(selector)}).click()")
        await self._wait(before)

    async def click(self, selector: str) -> None:
        """Clicks something on the page."""
        await self.read(f"document.querySelector({json.dumps(selector)}).click()")

    async def read(self, expression: str) -> Any:
        """The value of an expression, which may be a promise; scripts of the page itself need not be allowed."""
        found = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def become(self, width: int, height: int, language: str) -> None:
        """Takes this size and language; narrow ones are phones."""
        phone = width < 600
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )
        await self.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})

    async def allow_scripts(self, allowed: bool) -> None:
        """Lets pages run scripts, or not."""
        await self.call("Emulation.setScriptExecutionDisabled", value=not allowed)

    async def _wait(self, before: int) -> None:
        while self._loaded == before:
            self._hear(json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE)))

    def _hear(self, told: dict[str, Any]) -> None:
        if told.get("method") == "Page.loadEventFired":
            self._loaded += 1
        elif told.get("method") == "Network.requestWillBeSent":
            self.asked.append(told["params"]["request"]["url"])


@asynccontextmanager
async def open_tab(folder: Path) -> AsyncIterator[Tab]:
    """A tab of a browser with a profile of its own in that folder; skips the test where there is no Chromium."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("chromium is not installed")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"]
    process = await asyncio.create_subprocess_exec(
        browser,
        *options,
        f"--user-data-dir={folder}",
        "about:blank",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port = await _port(folder / "DevToolsActivePort")
        async with httpx.AsyncClient() as client:
            targets = (await client.get(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE)).json()
        (page,) = [target for target in targets if target["type"] == "page"]
        async with connect(page["webSocketDebuggerUrl"], max_size=None) as socket:
            tab = Tab(socket)
            await tab.call("Page.enable")
            await tab.call("Network.enable")
            yield tab
    finally:
        process.terminate()
        await process.wait()


async def _port(file: Path) -> str:
    for _ in range(int(PATIENCE * 10)):
        if port := _read_port(file):
            return port
        await asyncio.sleep(0.1)
    raise AssertionError("the browser does not start")


def _read_port(file: Path) -> str:
    """The port that the browser wrote down; "" until it has."""
    text = file.read_text() if file.exists() else ""
    return text.partition("\n")[0] if "\n" in text else ""


def axe_source() -> str:
    """The source of axe-core, fetched once by npm into the build folder; skips the test where it is not to be had."""
    script = AXE / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, so axe-core cannot be fetched")
        AXE.mkdir(parents=True, exist_ok=True)
        command = [npm, "pack", "axe-core@4", "--silent", "--pack-destination", str(AXE)]
        packed = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if packed.returncode:
            pytest.skip("npm cannot fetch axe-core")
        with tarfile.open(AXE / packed.stdout.split()[-1]) as archive:
            found = archive.extractfile("package/axe.min.js")
            assert found is not None
            script.write_bytes(found.read())
    return script.read_text("utf-8")
