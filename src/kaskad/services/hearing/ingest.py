"""Ingest: what happened goes into the ledger, and everything that follows from it at once; then 200.

Each hundred events are a transaction of their own: their customers are locked in order, so that whoever decides
about them sees all or nothing of it. Sending the same again changes nothing. What the database does not take is found
in halves, and left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

import psycopg

from kaskad.domain.journeys.entry_trigger import ProductTrigger
from kaskad.services.catalogue import Catalogue
from kaskad.services.hearing import consequences, contacts, products, profile, refusing
from kaskad.services.hearing.consents import GIVEN
from kaskad.services.hearing.halves import in_halves
from kaskad.services.hearing.incoming import IDENTIFY, Incoming
from kaskad.services.needs import HasCatalogue, HasDatabase
from kaskad.services.patience import patiently
from kaskad.services.points import Point, reached
from kaskad.storage import clock, customers, enrollments, ledger
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.ledger import NOBODY

CHUNK = 100
LATE_AFTER = timedelta(hours=24)  # older events tell what is so, but let nobody in
ABOUT_PRODUCTS = frozenset({"product_stock_changed", "product_updated"})  # nobody did these


class IngestDeps(HasDatabase, HasCatalogue, Protocol):
    """What ingesting needs."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """How many events came, how many of them were new, and how many people may enter or be woken by them.

    `refused` are the events that the database does not take, each with what it says.
    """

    received: int = 0
    new: int = 0
    candidates: int = 0
    refused: tuple[tuple[Incoming, str], ...] = ()

    def __add__(self, other: Ingested) -> Ingested:
        return Ingested(
            self.received + other.received,
            self.new + other.new,
            self.candidates + other.candidates,
            self.refused + other.refused,
        )


async def ingest(deps: IngestDeps, source: str, events: Sequence[Incoming], *, chunk: int = CHUNK) -> Ingested:
    """Stores the events of one source. Raises Unavailable when the database does not take them: send them again."""
    total = Ingested()

    async def store(some: Sequence[Incoming]) -> Ingested:
        return await patiently(deps.database, partial(_ingest_chunk, deps, source, some))

    for start in range(0, len(events), chunk):
        total = sum(await in_halves(events[start : start + chunk], store, _spoilt), total)
    return total


def _spoilt(event: Incoming, error: psycopg.Error) -> Ingested:
    return Ingested(received=1, refused=((event, error.diag.message_primary or str(error)),))


async def _ingest_chunk(deps: IngestDeps, source: str, events: Sequence[Incoming], connection: Connection) -> Ingested:
    await deps.catalogue.refresh(connection)
    persons = [event for event in events if event.identities and event.name not in ABOUT_PRODUCTS]
    refusals = {event.message_id: event.refusal for event in events if event.refusal}
    contacted = any(event.name == IDENTIFY for event in events)
    holders = await refusing.claim(connection, refusals.values(), contacts=contacted)
    resolved = await customers.resolve(
        connection, [event.identities for event in persons], await clock.read(connection)
    )
    who = dict(zip(map(id, persons), resolved, strict=True))
    await enrollments.lock_customers(connection, [*resolved, *holders])
    at = await clock.read_each(connection)  # after the lock: nothing decided before is later than what is stored now
    stored = await ledger.insert(connection, [_row(event, who.get(id(event), NOBODY), source, at) for event in events])
    new = len(stored)
    contexts = {event.message_id: event.context for event in reversed(events) if event.name == GIVEN}
    await profile.update(connection, stored, source, deps.catalogue.project.topics, contexts=contexts)
    await refusing.apply(connection, stored, refusals, source, deps.catalogue.project.topics)
    stored += await products.update(connection, stored, source, await _low(deps.catalogue, connection))
    stored += await profile.update_carts(connection, stored)
    candidates = await consequences.follow(deps.catalogue, connection, stored, at, LATE_AFTER)
    await ledger.hear(connection, source, at.now)
    await reached(Point.INGESTING)
    return Ingested(len(events), new, candidates)


async def _low(catalogue: Catalogue, connection: Connection) -> frozenset[int]:
    """The numbers of pieces at which journeys call a stock low."""
    running = [published.version.journey.enter for published in await catalogue.running(connection)]
    return frozenset(enter.at_most for enter in running if isinstance(enter, ProductTrigger) and enter.at_most)


def _row(event: Incoming, customer: int, source: str, at: Instants) -> dict[str, Any]:
    now = at.of(customer)
    properties = dict(event.properties)
    if event.traits or event.name == IDENTIFY:  # a device's token is news as well
        properties["traits"] = contacts.traits_of(event.traits, event.context)
    return {
        "message_id": event.message_id,
        "customer_id": customer,
        "name": event.name,
        "source": source,
        "occurred_at": min(event.occurred_at, now),  # nothing has happened yet that is later than now
        "received_at": now,
        "properties": properties,
    }
