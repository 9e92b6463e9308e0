"""Events that nobody understood are taken in once an alias says what they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kaskad.domain.journeys.project import Project
from kaskad.services.ingestion import segment_events
from kaskad.services.ingestion.rejecting import retrying, unknown_events
from kaskad.services.publishing import publish
from tests.support.shipped import shipped_draft
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
ORDER = {"order_id": "o1", "total": "1 500,50"}


def told(name: str, number: int = 1, **who: Any) -> dict[str, Any]:
    id_ = {"messageId": f"{name}-{number}", "timestamp": "2027-03-02T08:00:00Z"}
    return {"type": "track", "event": name, "properties": ORDER, **id_, **(who or {"userId": "kolya"})}


async def hear(stack: Stack, *calls: dict[str, Any], source: str = "store") -> None:
    """What the API does: the events are stored, and names that nothing uses are counted."""
    await stack.post(source, list(calls))
    judged = segment_events.parse_request({"batch": list(calls)}, stack.now, stack.project, source=source)
    await unknown_events.count_unknown(stack.runtime, source, judged)


def with_alias(project: Project, *aliases: str) -> Project:
    order = project.events["order_completed"]
    named = order.model_copy(update={"aliases": (*order.aliases, *aliases)})
    return project.model_copy(update={"events": {**project.events, "order_completed": named}})


async def unknown(stack: Stack) -> list[str]:
    return sorted(row.name for row in await unknown_events.list_unknown_events(stack.runtime, None, 9))


async def orders(stack: Stack) -> list[dict[str, Any]]:
    return await stack.rows(
        """SELECT name, properties->'total' AS total, occurred_at, value FROM event JOIN identity USING (customer_id)
            ORDER BY name, value"""
    )


@pytest.mark.parametrize(
    "who",
    [{"userId": "kolya"}, {"anonymousId": "kolya"}, {"context": {"externalIds": [{"type": "card", "id": "kolya"}]}}],
)
async def test_an_alias_that_was_added_counts_for_what_came_before(who: dict[str, Any], open_stack: OpenStack) -> None:
    stack = await open_stack()
    await hear(stack, told("Sold It", **who), told("Bread Baked", userId="olga"))
    await stack.at(timedelta(days=1))
    await publish.publish(stack.runtime, with_alias(stack.project, "soldIt"), shipped_draft().compiled)
    assert await unknown(stack) == ["Bread Baked", "Sold It"], "until it is taken in, somebody sees it"
    done = await retrying.retry_rejected(stack.runtime, None, None)
    assert (done.stored, done.rejected) == (1, {})
    bread, order = await orders(stack)
    assert (bread["name"], bread["value"]) == ("bread_baked", "olga")
    assert order | {"total": float(order["total"])} == {
        "name": "order_completed",
        "total": 1500.5,
        "occurred_at": NOON - timedelta(hours=1),
        "value": "kolya",
    }
    assert await unknown(stack) == ["Bread Baked"]
    assert (await retrying.retry_rejected(stack.runtime, None, None)).stored == 0


async def test_what_is_odd_in_it_is_kept_and_what_may_not_be_told_stays_in_sight(open_stack: OpenStack) -> None:
    stack = await open_stack()
    await hear(stack, told("Sold It") | {"properties": {**ORDER, "total": "a lot"}})
    await hear(
        stack, told("Sold It", 2, userId="olga"), source="old_app"
    )  # a source that no file names tells no orders
    await publish.publish(stack.runtime, with_alias(stack.project, "soldIt"), shipped_draft().compiled)
    done = await retrying.retry_rejected(stack.runtime, None, None)
    assert (done.stored, done.rejected) == (1, {"order_not_allowed": 1})
    assert [row["name"] for row in await orders(stack)] == ["order_completed", "sold_it"]
    assert await unknown(stack) == ["Sold It"], "the other source's"
    (kept,) = await stack.rows("SELECT source, code, stored FROM rejected_event")
    assert kept == {"source": "store", "code": "spoiled", "stored": True}
