"""Ingest: what happened goes into the ledger, and everything that follows from it at once; then 200.

Each hundred events are a transaction of their own: their customers are locked in order, so that whoever decides
about them sees all or nothing of it. Sending the same again changes nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from psycopg import errors

from kaskad.domain.errors import Unavailable
from kaskad.services import consequences, profile
from kaskad.services.catalogue import Catalogue
from kaskad.services.incoming import Incoming
from kaskad.storage import clock, customers, enrollments, ledger
from kaskad.storage.customers import IdentityRace
from kaskad.storage.database import Connection, Database
from kaskad.storage.ledger import NOBODY

CHUNK = 100
TRIES = 3
LATE_AFTER = timedelta(hours=24)  # older events tell what is so, but let nobody in
ABOUT_PRODUCTS = frozenset({"product_stock_changed", "product_updated"})  # nobody did these


class IngestDeps(Protocol):
    """What ingesting needs."""

    @property
    def database(self) -> Database: ...
    @property
    def catalogue(self) -> Catalogue: ...


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
        done = await _with_patience(deps, source, events[start : start + CHUNK])
        total = Ingested(total.received + done.received, total.new + done.new, total.candidates + done.candidates)
    return total


async def _with_patience(deps: IngestDeps, source: str, events: Sequence[Incoming]) -> Ingested:
    """Three tries where somebody else was in the way; then the caller has to ask again."""
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311 - jitter
        try:
            async with deps.database.transaction() as connection:
                return await _ingest_chunk(deps, connection, source, events)
        except (errors.LockNotAvailable, errors.DeadlockDetected, IdentityRace):
            continue
        except errors.OperationalError as error:
            raise Unavailable(f"the database went away: {error}") from error
    raise Unavailable("these customers are busy; send the events again")


async def _ingest_chunk(deps: IngestDeps, connection: Connection, source: str, events: Sequence[Incoming]) -> Ingested:
    await deps.catalogue.refresh(connection)
    persons = [event for event in events if event.name not in ABOUT_PRODUCTS]
    resolved = await customers.resolve(
        connection, [event.identities for event in persons], await clock.read(connection)
    )
    who = dict(zip(map(id, persons), resolved, strict=True))
    await enrollments.lock_customers(connection, resolved)
    now = await clock.read(connection)  # after the lock: nothing decided before is later than what is stored now
    stored = await ledger.insert(connection, [_row(event, who.get(id(event), NOBODY), source, now) for event in events])
    stored += await profile.update(connection, stored, source)
    stored += await profile.update_carts(connection, stored)
    candidates = await consequences.follow(deps.catalogue, connection, stored, now, now - LATE_AFTER)
    await ledger.hear(connection, source, now)
    return Ingested(len(events), len(stored), candidates)


def _row(event: Incoming, customer: int, source: str, now: datetime) -> dict[str, Any]:
    properties = dict(event.properties)
    if event.traits:
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
