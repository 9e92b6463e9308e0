"""What new events trigger: candidates, fan-outs of products, and wake-ups of live enrollments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kaskad.domain.cart import NEGATIVE_TOTAL, ORDERED
from kaskad.domain.journeys.entry_trigger import EventTrigger, ProductTrigger
from kaskad.services.catalogue import Catalogue
from kaskad.services.decisions import candidates
from kaskad.storage import enrollments, notifications
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import event_store
from kaskad.storage.ingestion.event_store import SYSTEM_CUSTOMER_ID, StoredEvent
from kaskad.storage.publishing.versions import PublishedVersion


async def trigger_journeys(
    catalogue: Catalogue, connection: Connection, stored: Sequence[StoredEvent], *, at: Instants, late_after: timedelta
) -> int:
    """Upserts candidates and fan-outs, and wakes enrollments. Events older than `late_after` trigger no entry, nor does
    an order that another source has told, or that is worth less than nothing: perhaps it is a return.

    Returns how many candidates are new or were triggered again.
    """
    if not stored:
        return 0
    recent = [event for event in stored if event.occurred_at >= at.of(event.customer) - late_after]
    repeated = await event_store.find_repeated_orders(connection, [event for event in recent if event.name == ORDERED])
    recent = [event for event in recent if event.id not in repeated and not _may_be_return(event)]
    rows: list[dict[str, Any]] = []
    fanouts: list[dict[str, Any]] = []
    for published in await catalogue.running(connection):
        rows += await _candidates(connection, published, recent)
        fanouts += _fanouts(published, recent, at.now)
    touched = await enrollments.upsert_candidates(connection, rows)
    await enrollments.write_rows(connection, "insert_fanouts", fanouts)
    people = [
        (event.customer, event.name, at.of(event.customer)) for event in stored if event.customer != SYSTEM_CUSTOMER_ID
    ]
    woken = await enrollments.wake_enrollments(connection, people)
    if woken or fanouts or any(row["due_at"] <= at.now for row in rows):
        await notifications.notify_due(connection)
    return len(touched)


def _may_be_return(event: StoredEvent) -> bool:
    """Returns whether it is an order that is worth less than nothing."""
    return event.name == ORDERED and NEGATIVE_TOTAL in event.properties


async def _candidates(
    connection: Connection, published: PublishedVersion, events: Sequence[StoredEvent]
) -> list[dict[str, Any]]:
    enter = published.version.journey.enter
    if not isinstance(enter, EventTrigger):
        return []
    fitting = [event for event in events if event.name == enter.when and event.customer != SYSTEM_CUSTOMER_ID]
    return await candidates.build_rows_of_events(connection, published, fitting)


def _fanouts(published: PublishedVersion, events: Sequence[StoredEvent], now: datetime) -> Iterator[dict[str, Any]]:
    enter = published.version.journey.enter
    if not isinstance(enter, ProductTrigger):
        return
    for event in events:
        if event.name == enter.product and _passes_threshold(enter, event):
            yield {
                "journey": published.version.journey.name,
                "version_id": published.id,
                "product_id": str(event.properties["product_id"]),
                "entry": event.properties,
                "message_id": event.message_id,
                "occurred_at": event.occurred_at,
                "due_at": now,
            }


def _passes_threshold(enter: ProductTrigger, event: StoredEvent) -> bool:
    """Returns whether the price fell as far as the journey asks, or the stock to what it calls low."""
    said = event.properties
    if enter.product == "low_stock":
        return enter.at_most is not None and Decimal(str(said["stock"])) <= enter.at_most < Decimal(
            str(said["old_stock"])
        )
    if enter.product == "price_drop" and enter.by.at_least is not None:
        old = Decimal(said["old_price"])
        return old - Decimal(said["price"]) >= old * enter.by.at_least
    return True
