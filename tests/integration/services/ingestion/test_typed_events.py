"""Typed events in the store: one form, what is spoiled beside it, and the context that every event keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaskad.domain.journeys.project import Project
from kaskad.domain.values.dialect import Formats
from kaskad.services.explaining.explain import explain
from kaskad.services.ingestion import ingest, segment_events
from kaskad.services.ingestion.rejecting import rejected_events
from tests.support.rules import CARTS, compare, event_journey, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
STORED = "SELECT properties, spoiled FROM event WHERE name = %(name)s ORDER BY message_id"


async def post(stack: Stack, *calls: dict[str, Any], source: str = "site") -> list[tuple[int, str, bool]]:
    """Ingests the calls as the API does; (place, code, stored) of each remark."""
    who = {"type": "track", "userId": "anna", "timestamp": NOON.isoformat()}
    judged = segment_events.parse_request(
        {"batch": [who | call for call in calls]}, datetime.now(UTC), stack.project, source=source
    )
    assert (await ingest.ingest(stack.runtime, source, judged.events)).refused == ()
    await rejected_events.record_remarks(stack.runtime, source, judged, remarks=judged.remarks)
    return [(remark.index, remark.code.value, remark.stored) for remark in judged.remarks]


async def test_what_is_spoiled_is_stored_beside_what_could_be_read(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    lines = [{"productId": "p", "price": "1 500,50"}, {"productId": "q", "price": "1,500"}]
    told = await post(
        stack,
        {"event": "Order Completed", "properties": {"order_id": "o1", "total": "1,500", "products": lines}},
        {"event": "Order Completed", "properties": {"order_id": "o2", "total": "1500,50", "currency": "rub"}},
    )
    assert told == [(0, "spoiled", True)]
    rows = sorted(await stack.rows(STORED, name="order_completed"), key=lambda row: row["properties"]["order_id"])
    assert [row["spoiled"] for row in rows] == [["total", "products.price"], None]
    assert rows[0]["properties"] == {
        "order_id": "o1",
        "products": [{"product_id": "p", "price": 1500.5}, {"product_id": "q", "spoiled": ["price"]}],
    }
    assert rows[1]["properties"] == {"order_id": "o2", "total": 1500.5, "currency": "RUB"}


async def test_of_five_with_one_bad_time_four_are_stored_and_with_formats_all(open_stack: OpenStack) -> None:
    def with_formats(project: Project) -> Project:
        tills = project.sources["store"].model_copy(update={"formats": Formats(time=("DD.MM.YYYY HH:mm",))})
        return CARTS(project).model_copy(update={"sources": project.sources | {"store": tills}})

    stack = await open_stack(edit=with_formats)
    odd = ("02.03.2027 10:00", "2027-03-02", "2027-03-02 07:00:00+0000", 1_803_970_800_000, "1803970800")
    calls = [{"event": "app_opened", "messageId": f"m{n}", "timestamp": at} for n, at in enumerate(odd)]
    assert await post(stack, *calls) == [(0, "bad_time", False)]
    assert await post(stack, *calls, source="store") == []
    times = await stack.rows("SELECT source, message_id, occurred_at FROM event ORDER BY source, message_id")
    assert [row["source"] for row in times] == ["site"] * 4 + ["store"] * 5
    assert times[4]["occurred_at"] == datetime(2027, 3, 2, 7, tzinfo=UTC), "in the zone of the tills"
    assert {row["occurred_at"] for row in times[6:]} == {times[4]["occurred_at"]}


async def test_the_history_says_what_could_not_be_read(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await post(stack, {"event": "Order Completed", "properties": {"order_id": "o1", "total": "1,500"}})
    (event,) = (await explain(stack.runtime, "anna")).events
    assert event.text.endswith("; total could not be read: '1,500'")
    await stack.rows("DELETE FROM rejected_event")
    (event,) = (await explain(stack.runtime, "anna")).events
    assert event.text.endswith("; total could not be read"), "the remark is gone, the fact stays"


async def test_the_context_of_an_event_can_be_asked(open_stack: OpenStack) -> None:
    asked = compare("event.context.campaign.source", "is", "mail", "text")
    stack = await open_stack(edit=with_journeys(event_journey("by_mail", "page_viewed", enter={"where": [asked]})))
    for user, source in (("anna", "mail"), ("boris", "ads"), ("vera", None)):
        await stack.person(user, "email")
        context = {"campaign": {"source": source}, "page": {"path": "/menu"}, "library": {"name": "x"}}
        await post(stack, {"type": "page", "userId": user, "context": context})
    await stack.at(timedelta(minutes=5))
    await stack.run("by_mail")
    assert stack.sent() == [("email", "anna@customer.example")]
    rows = await stack.rows(STORED, name="page_viewed")
    assert {"path": "/menu", "context": {"page": {"path": "/menu"}}} in [row["properties"] for row in rows]


async def test_every_event_keeps_its_context_a_profile_too(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    context = {"campaign": {"source": "mail"}, "userAgent": "x"}
    await post(
        stack,
        {"event": "app_opened", "context": context},
        {"type": "identify", "traits": {"city": "Tula"}, "context": context},
    )
    rows = await stack.rows("SELECT properties->'context' AS kept FROM event")
    assert [row["kept"] for row in rows] == [{"campaign": {"source": "mail"}}] * 2
    (customer,) = await stack.rows("SELECT attributes FROM customer WHERE id > 0")
    assert customer["attributes"] == {"city": "Tula"}


async def test_a_birthday_told_as_an_instant_is_the_day_where_the_customer_is(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    zones = {"anna": "America/New_York", "boris": "Asia/Tokyo", "vera": None, "gleb": "Mars/Base"}
    for user, zone in zones.items():
        await post(stack, {"type": "identify", "userId": user, "traits": {"timezone": zone} if zone else {"a": 1}})
    for user in zones:
        await post(stack, {"type": "identify", "userId": user, "traits": {"birthday": "1990-03-03T22:30:00Z"}})
    rows = await stack.rows(
        """SELECT i.value AS user, c.attributes->>'birthday' AS day
             FROM customer c JOIN identity i ON i.customer_id = c.id
            WHERE i.kind = 'user_id' ORDER BY i.value"""
    )
    days = {row["user"]: row["day"] for row in rows}
    assert days == {"anna": "1990-03-03", "boris": "1990-03-04", "gleb": "1990-03-04", "vera": "1990-03-04"}
