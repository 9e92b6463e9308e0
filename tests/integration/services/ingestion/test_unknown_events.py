"""Events that nobody understands are stored, and how many came under which name can be seen."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import anyio
import pytest

from kaskad.services.ingestion import ingest, segment_events
from kaskad.services.ingestion.rejecting import rejected_events as noting
from kaskad.services.ingestion.rejecting import unknown_events
from kaskad.services.ingestion.rejecting.unknown_events import EventCounts
from kaskad.services.operations import retention
from kaskad.storage.ingestion import rejected_events
from tests.support.commands import Shop
from tests.support.rules import CARTS
from tests.support.stack import NOON, OpenStack, Stack, running_stack


async def heard(stack: Stack, *names: str, source: str = "site", now: float | None = None) -> None:
    """One event of each name comes over HTTP."""
    calls = [{"event": name, "userId": "k"} for name in names]
    judged = segment_events.parse_request({"batch": calls}, datetime.now(NOON.tzinfo), stack.project, source=source)
    await ingest.ingest(stack.runtime, source, judged.events)
    await unknown_events.count_unknown(stack.runtime, source, judged, now=now)


async def counted(stack: Stack) -> dict[tuple[str, str], int]:
    return {
        (event.source, event.name): event.count
        for event in await unknown_events.list_unknown_events(stack.runtime, None, 1_000)
    }


@pytest.mark.anyio
async def test_what_nobody_understands_is_stored_and_counted_by_source_and_name(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await heard(stack, "Checkout Step Viewed", "Subscribed", "Subscribed", "Unsubscribe Page Viewed")
    await heard(stack, "Subscribed", source="app")
    assert await counted(stack) == {
        ("site", "Subscribed"): 2,
        ("site", "Checkout Step Viewed"): 1,
        ("site", "Unsubscribe Page Viewed"): 1,
        ("app", "Subscribed"): 1,
    }
    assert len(await stack.rows("SELECT id FROM event WHERE name = 'subscribed'")) == 3


@pytest.mark.anyio
async def test_what_is_understood_is_not_counted(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    own = [alias for spec in stack.project.events.values() for alias in (spec.name, *spec.aliases)]
    await heard(
        stack,
        *(name for name in own if name not in segment_events.RESERVED_EVENTS),
        "Email Unsubscribed",
        "unsubscribe",
    )
    assert await counted(stack) == {}


@pytest.mark.anyio
async def test_a_flood_is_written_once_a_minute_and_names_are_bounded(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    writes = "SELECT count(*) AS times, min(xmin::text) AS by FROM unknown_event"
    await heard(stack, "Page Seen", now=0)
    first = await stack.rows(writes)
    for second in range(1, 60):
        await heard(stack, *["Page Seen"] * 3, now=second)
    assert await stack.rows(writes) == first, "nothing is written for an event"
    await heard(stack, "Page Seen", now=60)
    assert await counted(stack) == {("site", "Page Seen"): 1 + 59 * 3 + 1}
    rows = [{"source": "site", "name": f"n{number}", "count": 2} for number in range(5)]
    async with stack.runtime.database.transaction() as connection:
        await rejected_events.count_unknown(connection, rows, stack.now, most=3)
        await rejected_events.count_unknown(connection, rows[:1], stack.now, most=3)
    assert await counted(stack) == {
        ("site", "Page Seen"): 179,
        ("site", ""): 6,
        ("site", "n0"): 4,
        ("site", "n1"): 2,
    }


def test_a_process_remembers_no_more_names_than_a_bound() -> None:
    found = EventCounts()
    for number in range(unknown_events.MAX_NAMES + 50):
        found.count("site", [f"n{number}"])
    assert len(found.counts) == unknown_events.MAX_NAMES + 1
    assert found.counts["site", ""] == 50
    assert found.is_due(0)
    found.count("app", ["another's first"])
    assert found.counts["app", "another's first"] == 1, "the bound is each source's own"
    found.names |= found.take(0).keys()
    found.count("site", ["n1", "one more"])
    assert not found.is_due(59)
    assert found.is_due(60)


def test_what_could_not_be_written_is_counted_with_what_comes() -> None:
    found = EventCounts()
    found.count("site", ["a", "a"])
    found.put_back(found.take(0))
    found.count("site", ["a", "b"])
    assert not found.is_due(59), "a database that is away is not asked for each request"
    assert found.is_due(60)
    assert found.take(60) == {("site", "a"): 3, ("site", "b"): 1}


@pytest.mark.anyio
async def test_names_that_are_no_longer_heard_go_in_their_time(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await heard(stack, "Old")
    await stack.at(timedelta(days=29))
    await heard(stack, "Young")
    await stack.at(timedelta(days=2))
    await retention.delete_expired(stack.runtime)
    assert await counted(stack) == {("site", "Young"): 1}


def test_people_see_it_beside_what_was_rejected_in_lines_of_a_terminal(
    shop: Shop, database_url: str, tmp_path: Path
) -> None:
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)

    async def work() -> None:
        async with running_stack(database_url, tmp_path / "inside", edit=CARTS) as stack:
            await heard(stack, "Subscribed")
            bad = {
                "event": "b",
                "userId": "k",
                "timestamp": "x" * 90,
                "messageId": "m" * 150,
                "properties": {"a": "y" * 900},
            }
            judged = segment_events.parse_request(
                {"batch": [bad]}, datetime.now(NOON.tzinfo), stack.project, source="site"
            )
            await noting.record_remarks(stack.runtime, "site", judged, remarks=judged.remarks)

    anyio.run(work)
    said = shop.run("rejected")
    assert "stored, but not understood" in said.out
    assert "Subscribed" in said.out
    assert max(map(len, said.out.splitlines())) <= 120
    document = shop.run("rejected", "--json").document
    assert [(event["source"], event["name"], event["count"]) for event in document["unknown"]] == [
        ("site", "Subscribed", 1)
    ]
    assert shop.run("rejected", "--code", "bad_time", "--json").document["unknown"] == []
