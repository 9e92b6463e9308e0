"""Two customers with one mailbox, due in the same instant, eight workers, thousands of times: one message each time.

`KASKAD_RACES=10000` runs the long version.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.mailboxes import deadlocks, meet
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import running_stack
from tests.support.stopping_by import to

pytestmark = [pytest.mark.anyio, pytest.mark.crash]
RACES = int(os.environ.get("KASKAD_RACES", "200"))
GROUP = 50  # mailboxes that are met at in one instant
SELLS = with_journeys(event_journey("sells", "app_opened", topic="carts"))


async def test_each_mailbox_gets_one_message(database_url: str, tmp_path: Path) -> None:
    async with running_stack(database_url, tmp_path, edit=SELLS) as stack:
        before = await deadlocks(stack)
        for start in range(0, RACES, GROUP):
            await meet(stack, [f"m{number}@example.com" for number in range(start, start + GROUP)], seed=start)
            await stack.at(timedelta(seconds=1))
        counts = Counter(Counter(to(stack)).values())
        assert counts == {1: -(-RACES // GROUP) * GROUP}
        assert await deadlocks(stack) == before
