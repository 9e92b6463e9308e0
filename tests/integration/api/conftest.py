"""The API over real HTTP: empty, or with a whole stack behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.api.front import ApiClient, door, front
from tests.integration.api.hooked import Hooked
from tests.support.rules import CARTS
from tests.support.stack import running_stack


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[ApiClient]:
    """The API on a database with nothing in it."""
    async with door(tmp_path, KASKAD_DATABASE_URL=database_url) as opened:
        yield opened


@pytest.fixture
async def hooked(database_url: str, tmp_path: Path) -> AsyncIterator[Hooked]:
    """A stack where one push has gone out."""
    async with running_stack(database_url, tmp_path, edit=CARTS) as stack, front(stack) as api:
        await stack.person("kolya", "push")
        await stack.cart("kolya")
        await stack.at(timedelta(hours=1))
        await stack.run("abandoned_cart")
        (message,) = await stack.rows("SELECT id FROM message WHERE status = 'sent'")
        yield Hooked(stack, api, str(message["id"]))
