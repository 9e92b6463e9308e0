"""What is kept of rejected events: for a while, no more of one source than a bound, and listed for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from kaskad.services.ingestion import segment_events
from kaskad.services.ingestion.rejecting import rejected_events
from kaskad.services.operations import retention
from kaskad.storage.ingestion import rejected_events as kept
from tests.support.commands import Shop
from tests.support.rules import CARTS
from tests.support.stack import NOON, OpenStack, Stack, running_stack

DAY = timedelta(days=1)


async def noted(stack: Stack, source: str, *calls: Any) -> None:
    """What is remarked on these calls is kept."""
    judged = segment_events.parse_request(
        {"batch": list(calls), "sentAt": None}, datetime.now(NOON.tzinfo), stack.project, source=source
    )
    await rejected_events.record_remarks(stack.runtime, source, judged, remarks=judged.remarks)


@pytest.mark.anyio
async def test_rejected_events_go_in_their_time(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await noted(stack, "site", {"event": "old"})
    await stack.at(29 * DAY)
    await noted(stack, "site", {"event": "young"})
    assert (await retention.delete_expired(stack.runtime)).rejected == 0
    await stack.at(2 * DAY)
    assert (await retention.delete_expired(stack.runtime)).rejected == 1
    assert [
        event.body for event in (await rejected_events.list_rejected_events(stack.runtime, None, None, limit=10)).newest
    ] == ['{"event": "young"}']


@pytest.mark.anyio
async def test_of_each_source_the_newest_stay(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await noted(stack, "app", {"event": "other"})
    for number in range(5):
        await noted(stack, "site", {"event": f"e{number}"})
    async with stack.runtime.database.transaction() as connection:
        await kept.prune(connection, "site", most=2)
    found = await rejected_events.list_rejected_events(stack.runtime, None, None, limit=10)
    assert [(event.source, event.body) for event in found.newest] == [
        ("site", '{"event": "e4"}'),
        ("site", '{"event": "e3"}'),
        ("app", '{"event": "other"}'),
    ]
    assert found.counts == {("app", "nobody"): 1, ("site", "nobody"): 2}


@pytest.mark.anyio
async def test_the_bound_is_looked_after_once_in_hundreds_of_rejected_events(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.rows(
        """INSERT INTO rejected_event (source, code, detail, digest, body, arrived_at)
               SELECT 'site', 'nobody', '', n::text, '', %(now)s FROM generate_series(1, %(n)s) AS n""",
        now=stack.now,
        n=kept.MAX_PER_SOURCE + 5,
    )
    for _ in range(2):
        await noted(stack, "site", {"event": "the same"})
    count = "SELECT count(*) AS n FROM rejected_event"
    assert await stack.rows(count) == [{"n": kept.MAX_PER_SOURCE + 6}], "not for every request"
    assert stack.runtime.kept["site"] == 1, "what is there already is none more"
    stack.runtime.kept["site"] = rejected_events.PRUNED_EVERY - 1
    await noted(stack, "site", {"event": "another"})
    assert await stack.rows(count) == [{"n": kept.MAX_PER_SOURCE}]
    assert stack.runtime.kept["site"] == 0


@pytest.mark.anyio
async def test_what_is_kept_of_an_event_is_bounded(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await noted(
        stack, "site", {"event": "x", "properties": {"a": "я" * 40_000, "b": "\0\ud800"}, "messageId": "\ud800\0"}
    )
    (event,) = (await rejected_events.list_rejected_events(stack.runtime, "site", "too_large", limit=10)).newest + (
        await rejected_events.list_rejected_events(stack.runtime, "site", "bad_text", limit=10)
    ).newest
    assert len(event.body) <= rejected_events.MAX_BODY_LENGTH
    assert event.message_id == r"\ud800\u0000"


def test_people_see_the_newest_below_how_many_there_are_of_each_kind(
    shop: Shop, database_url: str, tmp_path: Path
) -> None:
    shop.monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)

    async def work() -> None:
        async with running_stack(database_url, tmp_path / "inside", edit=CARTS) as stack:
            await noted(
                stack, "site", {"event": "a"}, {"event": "b", "userId": "k", "timestamp": "soon", "messageId": "m7"}
            )
            await noted(stack, "app", {"event": "consent_given", "userId": "k", "properties": {"channel": "fax"}})

    anyio.run(work)
    document = shop.run("rejected", "--json").document
    assert document["counts"] == [
        {"source": "app", "code": "grant_unclear", "count": 1},
        {"source": "site", "code": "bad_time", "count": 1},
        {"source": "site", "code": "nobody", "count": 1},
    ]
    newest = document["rejected"]
    assert [(event["source"], event["code"], event["stored"]) for event in newest] == [
        ("app", "grant_unclear", True),
        *(("site", code, False) for code in (newest[1]["code"], newest[2]["code"])),
    ]
    assert [
        event["message_id"] for event in shop.run("rejected", "--code", "bad_time", "--json").document["rejected"]
    ] == ["m7"]
    assert len(shop.run("rejected", "--source", "site", "--limit", "1", "--json").document["rejected"]) == 1
    said = shop.run("rejected", "--source", "site")
    assert said.code == 0
    assert "'timestamp' must be an ISO 8601 time" in said.out
    assert "grant_unclear" not in said.out
    assert shop.run("rejected", "--source", "store").out == "no event was rejected\n"
    assert shop.run("rejected", "--code", "x").code == 2
    assert "kaskad rejected --source" in shop.run("rejected", "--help").out
    unknown = shop.run("rejected", "--source", "sitte")
    assert (unknown.code, unknown.out) == (2, "") and "did you mean 'site'?" in unknown.err


def test_kaskad_sources_shows_what_is_rejected_and_retry_takes_in_what_can_be(
    shop: Shop, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASKAD_DATABASE_URL", database_url)

    async def reject() -> None:
        async with running_stack(database_url, tmp_path / "inside", edit=CARTS) as stack:
            await noted(
                stack, "site", {"event": "app_opened"}, {"event": "app_opened", "userId": "k", "timestamp": "?"}
            )
            await stack.rows("UPDATE rejected_event SET body = replace(body, '\"?\"', 'null') WHERE code = 'bad_time'")

    anyio.run(reject)
    lines = shop.run("sources").out.splitlines()
    assert next(line.split() for line in lines if " site " in line)[:6] == [
        "site",
        "never",
        "heard",
        "–",
        "1",
        "bad_time,",
    ]
    (site,) = [row for row in shop.run("sources", "--json").document["sources"] if row["name"] == "site"]
    assert (site["rejected"], site["silent_after"]) == ({"bad_time": 1, "nobody": 1}, 1800.0)
    assert shop.run("rejected", "--source", "site", "--retry").out == "1 event was taken in; still rejected: 1 nobody\n"
    assert shop.run("rejected", "--retry", "--json").document == {"stored": 0, "rejected": {"nobody": 1}}
