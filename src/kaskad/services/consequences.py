"""What new events lead to: people who may enter, products to tell of, and people inside who are woken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from kaskad.domain.entrance import EventEntrance
from kaskad.services.catalogue import Catalogue
from kaskad.storage import enrollments, notices
from kaskad.storage.database import Connection
from kaskad.storage.ledger import NOBODY, Stored
from kaskad.storage.questions import key_of
from kaskad.storage.versions import Published


async def follow(
    catalogue: Catalogue, connection: Connection, stored: Sequence[Stored], now: datetime, late: datetime
) -> int:
    """Upserts candidates and fan-outs, and wakes those inside. Events older than `late` let nobody in.

    Returns how many candidates are new or were triggered again.
    """
    if not stored:
        return 0
    recent = [event for event in stored if event.occurred_at >= late]
    rows: list[dict[str, Any]] = []
    fanouts: list[dict[str, Any]] = []
    for published in await catalogue.running(connection):
        rows += await _candidates(connection, published, recent, catalogue)
        fanouts += _fanouts(published, recent, now)
    touched = await enrollments.upsert_candidates(connection, rows)
    await enrollments.write(connection, "insert_fanouts", fanouts)
    people = [(event.customer, event.name) for event in stored if event.customer != NOBODY]
    woken = await enrollments.wake(connection, people, now)
    if woken or fanouts or any(row["due_at"] <= now for row in rows):
        await notices.tell(connection)
    return len(touched)


async def _candidates(
    connection: Connection, published: Published, events: Sequence[Stored], catalogue: Catalogue
) -> list[dict[str, Any]]:
    journey = published.version.journey
    enter = journey.enter
    if not isinstance(enter, EventEntrance):
        return []
    fitting = [event for event in events if event.name == enter.when and event.customer != NOBODY]
    if fitting and published.questions.entry_where:
        asked = published.questions.entry_where
        rows = {"ids": [event.id for event in fitting], "ats": [event.occurred_at for event in fitting]}
        cursor = await connection.execute(asked.sql, asked.params | rows)
        fit = {row["enrollment_id"] for row in await cursor.fetchall()}
        fitting = [event for event in fitting if event.id in fit]
    return [row for event in fitting if (row := candidate(published, event, catalogue))]


def candidate(published: Published, event: Stored, catalogue: Catalogue) -> dict[str, Any] | None:
    """The candidate that this event makes; None where the event does not name what `once_per` asks for."""
    journey = published.version.journey
    key = key_of(dict(event.properties), journey.same_key)
    if key is None:
        return None
    quiet = journey.enter.quiet_for.longest if isinstance(journey.enter, EventEntrance) else None
    return {
        "customer_id": event.customer,
        "journey": journey.name,
        "version_id": published.id,
        "key": key,
        "sender": sender_of(journey.sender, event.properties),
        "purpose": journey.purpose,
        "priority": journey.priority,
        "mode": "live",
        "direct": False,
        "entry": event.properties,
        "message_id": event.message_id,
        "entered_at": event.occurred_at,
        "last_trigger_at": event.occurred_at,
        "due_at": event.occurred_at + quiet if quiet else event.occurred_at,
    }


def sender_of(sender: str, properties: Any) -> str:
    """The brand in whose name the journey writes; `event.<field>` takes it from the event."""
    root, _, field = sender.partition(".")
    return str(properties.get(field) or "") if root == "event" and field else sender


def _fanouts(published: Published, events: Sequence[Stored], now: datetime) -> Iterator[dict[str, Any]]:
    if published.version.product_trigger() is None:
        return
    for event in events:
        if event.name == "back_in_stock":
            yield {
                "journey": published.version.journey.name,
                "version_id": published.id,
                "product_id": str(event.properties["product_id"]),
                "message_id": event.message_id,
                "occurred_at": event.occurred_at,
                "due_at": now,
            }
