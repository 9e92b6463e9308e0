"""Ingest: what happened goes into the ledger, and everything that follows from it at once; then 200.

Each hundred events are a transaction of their own: their customers are locked in order, so that whoever decides
about them sees all or nothing of it. Sending the same again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from kaskad.services import consequences, products, profile
from kaskad.services.incoming import IDENTIFY, Incoming
from kaskad.services.needs import HasCatalogue, HasDatabase
from kaskad.services.patience import patiently
from kaskad.services.points import Point, reached
from kaskad.storage import clock, customers, enrollments, ledger
from kaskad.storage.database import Connection
from kaskad.storage.ledger import NOBODY

CHUNK = 100
LATE_AFTER = timedelta(hours=24)  # older events tell what is so, but let nobody in
ABOUT_PRODUCTS = frozenset({"product_stock_changed", "product_updated"})  # nobody did these


class IngestDeps(HasDatabase, HasCatalogue, Protocol):
    """What ingesting needs."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """How many events came, how many of them were new, and how many people may enter or be woken by them."""

    received: int = 0
    new: int = 0
    candidates: int = 0


async def ingest(deps: IngestDeps, source: str, events: Sequence[Incoming]) -> Ingested:
    """Stores the events of one source. Raises Unavailable when the database does not take them: send them again."""
    total = Ingested()
    for start in range(0, len(events), CHUNK):
        chunk = events[start : start + CHUNK]
        done = await patiently(deps.database, partial(_ingest_chunk, deps, source, chunk))
        total = Ingested(total.received + done.received, total.new + done.new, total.candidates + done.candidates)
    return total


async def _ingest_chunk(deps: IngestDeps, source: str, events: Sequence[Incoming], connection: Connection) -> Ingested:
    await deps.catalogue.refresh(connection)
    persons = [event for event in events if event.name not in ABOUT_PRODUCTS]
    resolved = await customers.resolve(
        connection, [event.identities for event in persons], await clock.read(connection)
    )
    who = dict(zip(map(id, persons), resolved, strict=True))
    await enrollments.lock_customers(connection, resolved)
    now = await clock.read(connection)  # after the lock: nothing decided before is later than what is stored now
    stored = await ledger.insert(connection, [_row(event, who.get(id(event), NOBODY), source, now) for event in events])
    new = len(stored)
    await profile.update(connection, stored, source)
    stored += await products.update(connection, stored, source)
    stored += await profile.update_carts(connection, stored)
    candidates = await consequences.follow(deps.catalogue, connection, stored, now, now - LATE_AFTER)
    await ledger.hear(connection, source, now)
    await reached(Point.INGESTING)
    return Ingested(len(events), new, candidates)


def _row(event: Incoming, customer: int, source: str, now: datetime) -> dict[str, Any]:
    properties = dict(event.properties)
    if event.traits or event.name == IDENTIFY:  # a device's token is news as well
        properties["traits"] = profile.traits_of(event)
    return {
        "message_id": event.message_id,
        "customer_id": customer,
        "name": event.name,
        "source": source,
        "occurred_at": min(event.occurred_at, now),  # nothing has happened yet that is later than now
        "received_at": now,
        "properties": properties,
    }
