"""Whatever a batch holds: no 500, its good events are stored, none is lost without a word, and none is stored twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given

from tests.fuzz.amount import amount
from tests.fuzz.odd_batches import BATCHES, OddBatch, to_body
from tests.integration.api.front import ApiClient, front
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio
_numbers = count()
STORED = r"""SELECT message_id, count(*) AS times FROM event
              WHERE message_id LIKE '{}-%' AND message_id NOT LIKE '%#%' GROUP BY message_id"""


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[ApiClient]:
    """The API of the shipped shop."""
    async with running_stack(database_url, tmp_path) as stack, front(stack) as opened:
        yield opened


@amount(small=60)
@given(batch=BATCHES)
async def test_no_batch_breaks_the_door_and_none_of_its_events_is_lost(api: ApiClient, batch: OddBatch) -> None:
    prefix = f"fuzz{next(_numbers)}"
    events = batch.events(prefix)
    first, second = [await api.raw("/v1/batch", to_body(events)) for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 200), first.text
    remarks = {remark["index"]: remark for remark in first.json().get("rejected", ())}
    assert all(remark["code"] and remark["detail"] for remark in remarks.values())
    expected = {
        event["messageId"]
        for index, event in enumerate(events)
        if index not in remarks and isinstance(event, dict) and str(event["messageId"]).startswith(prefix)
    }
    assert {f"{prefix}-{place}" for place in batch.good_after if place < len(batch.odd)} <= expected
    stored = {row["message_id"]: row["times"] for row in await api.rows(STORED.format(prefix))}
    assert stored == dict.fromkeys(expected, 1)
