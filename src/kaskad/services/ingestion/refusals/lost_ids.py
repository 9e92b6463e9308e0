"""A no under a message id that another event has: it is kept under an id of its own, made of what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kaskad.services.ingestion.digests import compute_digest
from kaskad.services.ingestion.segment_events import IncomingEvent
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import event_store
from kaskad.storage.ingestion.event_store import StoredEvent


def keep_apart(source: str, events: Sequence[IncomingEvent]) -> list[IncomingEvent]:
    """Returns the events; a no whose id another one of them has, with other words, gets an id of its own."""
    first: dict[str, IncomingEvent] = {}
    apart = []
    for event in events:
        other = first.setdefault(event.message_id, event)
        taken = event.refusal is not None and other != event
        apart.append(replace(event, message_id=own_id(source, event)) if taken else event)
    return apart


def own_id(source: str, event: IncomingEvent) -> str:
    """Returns an id that is the same when the same no is sent again under the same id."""
    who = (event.identities, event.refusal and event.refusal.addresses)
    said = (event.name, event.properties, event.traits, event.refusal and event.refusal.words)
    return compute_digest(source, event.message_id, who, said, event.occurred_at.isoformat())


async def store_lost(
    connection: Connection,
    told: Sequence[tuple[IncomingEvent, Mapping[str, Any]]],
    stored: Sequence[StoredEvent],
    *,
    source: str,
) -> dict[str, StoredEvent]:
    """Stores each no that was taken for a repeat of another event; returns them by the ids under which they came.

    Two queries at most, and only if a no was not stored.
    """
    known = {event.message_id for event in stored}
    missing = {event.message_id: (event, row) for event, row in told if event.refusal and event.message_id not in known}
    if not missing:
        return {}
    lost = await event_store.find_lost_refusals(connection, [row for _, row in missing.values()])
    ids = {own_id(source, missing[said][0]): said for said in lost}
    rows = [dict(missing[said][1]) | {"message_id": own} for own, said in ids.items()]
    return {ids[event.message_id]: event for event in await event_store.insert_events(connection, rows)}
