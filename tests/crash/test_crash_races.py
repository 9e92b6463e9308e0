"""Bought against the send, thousands of times. A purchase that was acknowledged before `sending` was committed wins.

`KASKAD_RACES=10000` runs the long version.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.races import GROUP, Meeting, Track, always_open
from tests.support.stack import running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.crash]
RACES = int(os.environ.get("KASKAD_RACES", "500"))


async def test_none_is_lost(database_url: str, tmp_path: Path) -> None:
    async with running_stack(database_url, tmp_path, edit=always_open) as stack:
        track = Track(stack, seed=RACES)
        for meeting in Meeting:
            await track.run(meeting, RACES // len(Meeting))
        assert track.races.lost == []
        assert track.races.run >= RACES - len(Meeting)
        assert track.races.sent_before, "else those that started at once did not meet"


async def test_with_lock_and_look_in_one_they_are_lost(database_url: str, tmp_path: Path) -> None:
    """What the test above would find if the look saw what had been so when its statement began."""
    async with running_stack(database_url, tmp_path, edit=always_open) as stack:
        await stack.identify("first", email="first@customer.example")  # the key of addresses is stored once
        races = await Track(stack, seed=1, one_snapshot=True).run(Meeting.CHECKING, GROUP)
        assert len(races.lost) == GROUP
