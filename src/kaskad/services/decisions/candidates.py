"""Candidates: rows of customers who may enter a journey, whatever triggered it. Admission is decided later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.decisions.resolved_send import resolve_sender
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Journey, Purpose
from kaskad.domain.outcome import Mode
from kaskad.storage.conditions.entry_keys import compute_entry_keys
from kaskad.storage.database import Connection
from kaskad.storage.ingestion.event_store import StoredEvent
from kaskad.storage.publishing.versions import PublishedVersion


@dataclass(frozen=True, slots=True)
class EntryRequest:
    """A request to enroll a customer: since when, with what entry, when to decide. `asked`: the customer asked."""

    customer: int
    entry: Mapping[str, Any]
    message_id: str
    at: datetime
    due_at: datetime
    asked: bool = True


async def build_rows(
    connection: Connection, published: PublishedVersion, requests: Sequence[EntryRequest]
) -> list[dict[str, Any]]:
    """Returns the candidates of these requests, without those whose entry lacks a key of `once_per`."""
    if not requests:
        return []
    entries = [(request.customer, request.entry, request.at) for request in requests]
    keys = await compute_entry_keys(connection, published.version.journey.enter.once_per, entries)
    return [build_row(published, request, key) for request, key in zip(requests, keys, strict=True) if key is not None]


async def build_rows_of_events(
    connection: Connection, published: PublishedVersion, events: Iterable[StoredEvent]
) -> list[dict[str, Any]]:
    """Returns the candidates that these events create in a journey that they trigger."""
    enter = published.version.journey.enter
    assert isinstance(enter, EventTrigger)
    quiet = enter.quiet_for.shortest  # a day's length depends on the customer's clock: a candidate that is early waits
    requests = [
        EntryRequest(event.customer, entry, event.message_id, event.occurred_at, event.occurred_at + quiet)
        for event in events
        for entry in enter.entries(event.properties)
    ]
    return await build_rows(connection, published, await filter_matching(connection, published, requests))


def choose_purpose(journey: Journey, asked: bool) -> Purpose:
    """Returns the journey's purpose; for a customer who did not ask, `requested` counts as marketing."""
    return Purpose.MARKETING if journey.purpose is Purpose.REQUESTED and not asked else journey.purpose


def build_row(published: PublishedVersion, request: EntryRequest, key: str) -> dict[str, Any]:
    """Returns the candidate row under that key."""
    journey = published.version.journey
    return {
        "customer_id": request.customer,
        "journey": journey.name,
        "version_id": published.id,
        "key": key,
        "sender": resolve_sender(journey.sender, request.entry),
        "purpose": choose_purpose(journey, request.asked),
        "priority": journey.priority,
        "mode": Mode.LIVE,
        "direct": False,
        "entry": request.entry,
        "message_id": request.message_id,
        "entered_at": request.at,
        "last_trigger_at": request.at,
        "due_at": request.due_at,
    }


async def filter_matching(
    connection: Connection, published: PublishedVersion, requests: Sequence[EntryRequest]
) -> list[EntryRequest]:
    """Returns the requests that match `where`, as far as the event itself shows; admission checks the rest."""
    asked = published.questions.entry_where
    if asked is None or not requests:
        return list(requests)
    rows = [
        {"n": n, "customer_id": request.customer, "at": request.at, "entry": request.entry}
        for n, request in enumerate(requests)
    ]
    cursor = await connection.execute(asked.sql, asked.params | {"rows": Jsonb(rows)})
    fit = {row["enrollment_id"] for row in await cursor.fetchall()}
    return [request for n, request in enumerate(requests) if n in fit]
