"""The API over real HTTP: empty, or with a whole house behind it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # house, rules

from front import Door, door


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Door]:
    """The API on a database with nothing in it."""
    async with door(tmp_path, KASKAD_DATABASE_URL=database_url) as opened:
        yield opened
