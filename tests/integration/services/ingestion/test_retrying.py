"""Events that were rejected are taken in after a mend, as of when they arrived, and none twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaskad.domain.errors import NotFound
from kaskad.services.ingestion import segment_events
from kaskad.services.ingestion.rejecting import rejected_events, retrying, taking_in
from tests.support.stack import NOON, Stack

pytestmark = pytest.mark.anyio
REJECTED = {"event": "Product Viewed", "userId": "kolya", "messageId": "v1", "properties": {"product_id": "p1"}}


async def keep(stack: Stack, code: str, *events: Any, source: str = "site") -> None:
    """As if a version that understood less had rejected these events."""
    raw = segment_events.ParsedRequest((), raw=events, skew=timedelta(minutes=7))
    remarks = [
        segment_events.EventRemark(index, segment_events.RejectionCode(code), "?") for index in range(len(events))
    ]
    await rejected_events.record_remarks(stack.runtime, source, raw, remarks=remarks)


async def left(stack: Stack) -> list[str]:
    found = await rejected_events.list_rejected_events(stack.runtime, None, None, limit=100)
    return sorted(row.code for row in found.newest)


async def test_what_is_understood_now_is_stored_and_the_rest_stays(stack: Stack) -> None:
    await keep(stack, "bad_name", REJECTED, {"event": "Product Viewed"}, REJECTED | {"messageId": "v2"})
    done = await retrying.retry_rejected(stack.runtime, None, None)
    assert (done.stored, done.rejected) == (2, {"nobody": 1})
    assert await left(stack) == ["bad_name"]
    assert await stack.rows("SELECT message_id FROM event WHERE name = 'product_viewed' ORDER BY 1") == [
        {"message_id": "v1"},
        {"message_id": "v2"},
    ]


async def test_a_second_run_stores_nothing_twice(stack: Stack) -> None:
    await keep(stack, "bad_name", REJECTED, {k: v for k, v in REJECTED.items() if k != "messageId"})
    for _ in range(2):
        await retrying.retry_rejected(stack.runtime, None, None)
        await keep(stack, "bad_name", REJECTED, {k: v for k, v in REJECTED.items() if k != "messageId"})
    assert await stack.rows("SELECT count(*) AS n FROM event WHERE name = 'product_viewed'") == [{"n": 2}]


async def test_it_counts_as_of_when_it_arrived_by_the_clock_of_its_source(stack: Stack) -> None:
    await keep(stack, "bad_name", REJECTED, REJECTED | {"messageId": "v2", "timestamp": "2027-03-02T08:00:00Z"})
    await stack.at(timedelta(days=2))
    await retrying.retry_rejected(stack.runtime, None, None)
    assert await stack.rows("SELECT occurred_at FROM event WHERE name = 'product_viewed' ORDER BY message_id") == [
        {"occurred_at": NOON},
        {"occurred_at": datetime(2027, 3, 2, 8, 7, tzinfo=UTC)},
    ]


async def test_an_old_event_lets_nobody_in(stack: Stack) -> None:
    await stack.person("kolya", "email")
    cart = {"cart_id": "k1", "product_id": "p1", "price": 1500}
    await keep(stack, "bad_name", REJECTED | {"event": "Product Added", "properties": cart})
    await stack.at(timedelta(days=2))
    await retrying.retry_rejected(stack.runtime, None, None)
    assert await stack.rows("SELECT count(*) AS n FROM cart") == [{"n": 1}]
    assert await stack.rows("SELECT count(*) AS n FROM enrollment WHERE journey = 'abandoned_cart'") == [{"n": 0}]


async def test_only_what_is_named_is_taken_in(stack: Stack) -> None:
    await keep(stack, "bad_name", REJECTED)
    await keep(stack, "bad_time", REJECTED | {"messageId": "v2"})
    await keep(stack, "bad_time", REJECTED | {"messageId": "v3"}, source="app")
    assert (await retrying.retry_rejected(stack.runtime, "site", "bad_time")).stored == 1
    assert await left(stack) == ["bad_name", "bad_time"]
    with pytest.raises(NotFound, match="did you mean 'site'"):
        await retrying.count_retriable(stack.runtime, "sit", None)


async def test_what_was_stored_with_a_warning_is_not_taken_in_again(stack: Stack) -> None:
    odd = {"event": "Consent Given", "userId": "k", "messageId": "c1", "properties": {"purpose": "necessary"}}
    judged = segment_events.parse_request({"batch": [odd]}, datetime.now(UTC), stack.project, source="site")
    await rejected_events.record_remarks(stack.runtime, "site", judged, remarks=judged.remarks)
    assert await retrying.count_retriable(stack.runtime, None, None) == 0
    assert (await retrying.retry_rejected(stack.runtime, None, None)).stored == 0
    assert await left(stack) == ["grant_unclear"]


async def test_what_is_odd_in_it_is_kept_as_of_any_event(stack: Stack) -> None:
    await keep(stack, "bad_name", {"event": "Consent Given", "userId": "k", "properties": {"purpose": "necessary"}})
    assert (await retrying.retry_rejected(stack.runtime, None, None)).stored == 1
    assert await left(stack) == ["grant_unclear"]


async def test_what_was_not_kept_whole_is_counted_and_stays(stack: Stack) -> None:
    await keep(stack, "too_large", REJECTED | {"properties": {"text": "x" * rejected_events.MAX_BODY_LENGTH}})
    done = await retrying.retry_rejected(stack.runtime, None, None)
    assert (done.stored, done.rejected) == (0, {taking_in.CUT: 1})


async def test_russian_text_is_kept_whole_and_readable(stack: Stack) -> None:
    text = "Пицца " * 2_000
    await keep(stack, "bad_name", REJECTED | {"properties": {"name": text, "product_id": "p"}})
    assert (await retrying.retry_rejected(stack.runtime, None, None)).stored == 1


async def test_all_is_taken_in_batch_by_batch(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "BATCH_SIZE", 3)
    await keep(stack, "bad_name", *(REJECTED | {"messageId": f"m{number}"} for number in range(7)))
    seen: list[int] = []
    assert (await retrying.retry_rejected(stack.runtime, None, None, progress=seen.append)).stored == 7
    assert seen == [3, 6, 7]
