"""Fixtures of the tests on a real database: a stack of a test's own, and commands on a copy of the shipped project."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Shop
from tests.support.paths import ROOT
from tests.support.shipped import with_templates
from tests.support.stack import OpenStack, Stack, running_stack


@pytest.fixture
async def open_stack(database_url: str, tmp_path: Path) -> AsyncIterator[OpenStack]:
    """Opens the shipped project, edited as the test says, on this test's database."""
    async with AsyncExitStack() as opened:

        async def open_(**said: Any) -> Stack:
            return await opened.enter_async_context(running_stack(database_url, tmp_path, **said))

        yield open_


@pytest.fixture
async def stack(open_stack: OpenStack) -> Stack:
    """The shipped project as it is, published and running, with its clock at noon of a Tuesday."""
    return await open_stack()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shop:
    folder = tmp_path / "shop"
    for part in ("configs", "templates"):
        shutil.copytree(ROOT / part, folder / part)
    monkeypatch.delenv("KASKAD_DATABASE_URL", raising=False)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("KASKAD_HOME", str(with_templates(tmp_path / "home")))
    return Shop(folder, monkeypatch, capsys)


@pytest.fixture
def published(shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, published in a database of its own."""
    monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)
    assert shop.run("publish", "--no-prefect").code == 0
    return shop


@pytest.fixture
def nowhere() -> Iterator[int]:
    """A port that nobody answers on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        yield taken.getsockname()[1]
