"""Ingestion: stores events together with everything that follows from them; only then the API answers 200.

Each 250 events are a transaction of their own: it locks their customers in order, so that a decision about them
sees all of it or nothing, and then the addresses that they tell or refuse. The same events sent again change nothing.
Events that the database does not accept are found by bisection and left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import psycopg

from kaskad.domain.events import IDENTIFY, LATE_AFTER
from kaskad.domain.journeys.entry_trigger import ProductTrigger
from kaskad.domain.journeys.project import Project, ShopInfo
from kaskad.domain.values.instants import day_of
from kaskad.services.catalogue import Catalogue
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.identities import joining
from kaskad.services.ingestion import contacts, devices, permissions, products, profiles, speakers, triggers
from kaskad.services.ingestion.consenting.consents import CONSENT_GIVEN, CONSENT_WITHDRAWN
from kaskad.services.ingestion.event_bisection import store_by_bisection
from kaskad.services.ingestion.event_context import CONTEXT, keep_context
from kaskad.services.ingestion.permissions import KeptContact
from kaskad.services.ingestion.refusals import lost_ids, named_addresses, refusal_events
from kaskad.services.ingestion.refusals.refusal_words import Refusal
from kaskad.services.ingestion.segment_events import EventRemark, IncomingEvent
from kaskad.services.ports import HasAddressHasher, HasCatalogue, HasDatabase
from kaskad.storage import clock, enrollments
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import event_store, identities
from kaskad.storage.ingestion.event_store import SYSTEM_CUSTOMER_ID, StoredEvent
from kaskad.storage.ingestion.identities import IdentityRace
from kaskad.storage.people import addresses, attributes

CHUNK = 250  # its customers are locked for some 50 ms; smaller ones cost a fifth more an event
CONSENT_EVENTS = (CONSENT_GIVEN, CONSENT_WITHDRAWN)
PRODUCT_EVENTS = frozenset({"product_stock_changed", "product_updated"})  # events without a customer


class IngestDeps(HasDatabase, HasCatalogue, HasAddressHasher, Protocol):
    """What ingestion needs."""


@dataclass(frozen=True, slots=True)
class IngestResult:
    """How many events came, how many of them were new, and how many customers may enter or are woken.

    `refused` are the events that the database does not accept, each with its error; `kept` are the contacts that a
    public source's events did not change; `conflicts` are new remarks on identities, for the source's owner.
    """

    received: int = 0
    new: int = 0
    candidates: int = 0
    refused: tuple[tuple[IncomingEvent, str], ...] = ()
    kept: tuple[KeptContact, ...] = ()
    conflicts: tuple[EventRemark, ...] = ()

    def __add__(self, other: IngestResult) -> IngestResult:
        return IngestResult(
            self.received + other.received,
            self.new + other.new,
            self.candidates + other.candidates,
            self.refused + other.refused,
            self.kept + other.kept,
            self.conflicts + other.conflicts,
        )


async def ingest(deps: IngestDeps, source: str, events: Sequence[IncomingEvent], *, chunk: int = CHUNK) -> IngestResult:
    """Stores the events of one source. Raises Unavailable if the database cannot store them: send them again."""
    total = IngestResult()

    async def store(part: Sequence[IncomingEvent]) -> IngestResult:
        done = IngestResult()
        while left := part[done.received :]:  # only a few joins are stored together
            work = partial(_ingest_chunk, deps=deps, source=source, events=left)
            done += await run_in_transaction(deps.database, work)
        return done

    for start in range(0, len(events), chunk):
        total = sum(await store_by_bisection(events[start : start + chunk], store, _rejected_result), total)
    return total


async def ingest_within(
    connection: Connection, deps: IngestDeps, source: str, *, events: Sequence[IncomingEvent]
) -> IngestResult:
    """Stores a few events in the caller's transaction, which may have locked their customers before.

    So what the caller has looked at under that lock still holds when they are stored.
    """
    return await _ingest_chunk(connection, deps=deps, source=source, events=events)


def _rejected_result(event: IncomingEvent, error: psycopg.Error) -> IngestResult:
    return IngestResult(received=1, refused=((event, error.diag.message_primary or str(error)),))


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Events with their customers, all locked, as is whoever has a device that is told. `refusals`: by message id.

    `origins`: by message id, the customer that an event was told of, if that one goes into another by this chunk.
    """

    told: Sequence[tuple[IncomingEvent, int]]
    refusals: Mapping[str, Refusal]
    locked: Set[int]
    conflicts: tuple[EventRemark, ...] = ()
    origins: Mapping[str, int] = field(default_factory=dict)

    def renamed(self, ids: Mapping[str, str]) -> _Chunk:
        """The chunk with the withdrawals that are stored under another id than they came under."""
        if not ids:  # nearly always
            return self
        told = [
            (replace(event, message_id=ids.get(event.message_id, event.message_id)), who) for event, who in self.told
        ]
        refusals = {ids.get(said, said): refusal for said, refusal in self.refusals.items()}
        return replace(self, told=told, refusals=refusals)


async def store_history(
    connection: Connection, *, deps: IngestDeps, source: str, events: Sequence[IncomingEvent]
) -> IngestResult:
    """Stores these events in the caller's transaction. They are history: nobody enters by them, and nobody is woken.

    Everybody whom they name is locked first, and whoever has an address or a device that they concern: after some joins
    a new chunk begins, and it may not wait for a lock.
    """
    await deps.catalogue.refresh(connection)
    project = deps.catalogue.project
    named = {identity for event in events for identity in event.identities}
    owners = await identities.load_owners(connection, named)
    refused = [address for event in events if event.refusal for address in _widen(event.refusal, project).addresses]
    holders = await addresses.find_holders(connection, [*refused, *devices.keys_in(events)])
    await enrollments.lock_customers(connection, [*(row["customer_id"] for row in owners), *holders])
    done = IngestResult()
    while left := events[done.received :]:
        done += await _ingest_chunk(connection, deps=deps, source=source, events=left, lets_in=False)
    return done


async def _ingest_chunk(
    connection: Connection, *, deps: IngestDeps, source: str, events: Sequence[IncomingEvent], lets_in: bool = True
) -> IngestResult:
    await deps.catalogue.refresh(connection)
    project = deps.catalogue.project
    events = lost_ids.keep_apart(source, events)
    chunk = await _lock_customers(connection, events, project, source=source)
    # after the lock: no earlier decision is later than what is stored now
    at = await clock.read_instants(connection)
    told, kept = await permissions.keep_told_contacts(connection, chunk.told, project, source=source)
    rows = [
        build_row(event, customer, source, at=at) | {"origin": chunk.origins.get(event.message_id)}
        for event, customer in told
    ]
    await _set_local_days(connection, [event for event, _ in told], rows, shop=project.shop)
    stored = await event_store.insert_events(connection, rows)
    persons = [(event, row) for (event, _), row in zip(told, rows, strict=True)]
    lost = await lost_ids.store_lost(connection, persons, stored, source=source)
    stored, chunk = [*stored, *lost.values()], chunk.renamed({said: event.message_id for said, event in lost.items()})
    new = len(stored)
    await _store_people(deps, connection, stored, chunk=chunk, source=source)
    low = await _low_stock_thresholds(deps.catalogue, connection)
    currency = project.shop.currency
    stored += await products.update_products(connection, stored, source, shop=currency, low=low)
    stored += await profiles.update_carts(connection, stored, currency)
    candidates = 0
    if lets_in:
        candidates = await triggers.trigger_journeys(deps.catalogue, connection, stored, at=at, late_after=LATE_AFTER)
        await event_store.record_source_seen(connection, source, at.now)
    await failpoint(Failpoint.INGESTING)
    return IngestResult(len(chunk.told), new, candidates, kept=tuple(kept), conflicts=chunk.conflicts)


async def _lock_customers(
    connection: Connection, events: Sequence[IncomingEvent], project: Project, *, source: str
) -> _Chunk:
    """Finds and locks everybody whom the events concern: the first of these, as many as can be stored together.

    Raises IdentityRace if one of them was forgotten meanwhile, or is somebody else by now.
    """
    now = await clock.read_now(connection)
    persons = [event for event in events if event.identities and event.name not in PRODUCT_EVENTS]
    planned = await joining.plan(connection, speakers.read(persons, source, project=project, now=now), project)
    first = persons[: len(planned.customers)]
    if len(first) < len(persons):
        events = events[: next(place for place, event in enumerate(events) if event is persons[len(first)])]
    refusals = {event.message_id: _widen(event.refusal, project) for event in reversed(events) if event.refusal}
    refused = [address for refusal in refusals.values() for address in refusal.addresses]
    holders = await addresses.find_holders(connection, [*refused, *devices.keys_in(first)])
    planned = await joining.write(connection, planned, now)
    if await enrollments.lock_customers(connection, [*planned.concerned, *holders]) & planned.concerned:
        raise IdentityRace  # what comes now is about a new customer
    conflicts = await joining.settle(connection, planned, project=project, now=now)
    of_event = dict(zip(map(id, first), planned.customers, strict=True))
    told = [(event, of_event.get(id(event), SYSTEM_CUSTOMER_ID)) for event in events]
    origins = {
        event.message_id: as_whom
        for event, customer, as_whom in zip(first, planned.customers, planned.told_as, strict=True)
        if as_whom != customer
    }
    return _Chunk(told, refusals, {*planned.concerned, *holders}, speakers.remark(conflicts, events), origins)


async def _store_people(
    deps: IngestDeps, connection: Connection, stored: Sequence[StoredEvent], *, chunk: _Chunk, source: str
) -> None:
    """Writes what the new events say of customers: profiles, contacts, consents and withdrawals."""
    project = deps.catalogue.project
    contexts = {event.message_id: event.context for event, _ in reversed(chunk.told) if event.name in CONSENT_EVENTS}
    reached = profiles.latest_contacts(stored, source, project.shop.home)
    tokens = devices.rows_of(stored)
    await _lock_addresses(deps, connection, stored, told=[*reached, *tokens], chunk=chunk)
    await profiles.update_profiles(
        connection, stored, source, told=reached, tokens=tokens, project=project, contexts=contexts
    )
    await refusal_events.apply_refusals(connection, stored, chunk.refusals, source=source, project=project)


def _widen(refusal: Refusal, project: Project) -> Refusal:
    """Returns the refusal with every address that is meant by those that it names."""
    return replace(refusal, addresses=named_addresses.widen(refusal.addresses, project.shop.home))


async def _lock_addresses(
    deps: IngestDeps,
    connection: Connection,
    stored: Sequence[StoredEvent],
    *,
    told: Sequence[Mapping[str, Any]],
    chunk: _Chunk,
) -> None:
    """Locks every address and device that a customer gets, or that is refused, and who has got one of these meanwhile.

    Raises HolderRace if such a new holder is busy.
    """
    refusals = chunk.refusals
    new = [(event, refusals[event.message_id]) for event in stored if event.message_id in refusals]
    refused = [address for _, refusal in new for address in refusal.addresses]
    closing = {event.customer for event, refusal in new if refusal.closes}
    theirs = await addresses.list_addresses_of(connection, closing - {SYSTEM_CUSTOMER_ID})
    fresh = await addresses.find_new_addresses(connection, told)
    await addresses.lock_addresses(connection, deps.address_hasher, [*fresh, *refused, *theirs])
    moving = devices.keys_of(told)  # a device leaves whoever had it; a mailbox does not
    await addresses.lock_new_holders(connection, [*refused, *moving], chunk.locked)


async def _low_stock_thresholds(catalogue: Catalogue, connection: Connection) -> frozenset[int]:
    """Returns the numbers of pieces that journeys call a low stock."""
    running = [published.version.journey.enter for published in await catalogue.running(connection)]
    return frozenset(enter.at_most for enter in running if isinstance(enter, ProductTrigger) and enter.at_most)


async def _set_local_days(
    connection: Connection, events: Sequence[IncomingEvent], rows: Sequence[dict[str, Any]], *, shop: ShopInfo
) -> None:
    """Sets birthdays that were told as instants to the day that it was where the customer is, by the profile's zone."""
    told = [(event, row) for event, row in zip(events, rows, strict=True) if event.instants]
    if not told:  # nearly always
        return
    zones = await attributes.load_time_zones(connection, [row["customer_id"] for _, row in told])
    for event, row in told:
        zone = zones.get(row["customer_id"])
        days = {name: day_of(instant, zone, shop.time_zone) for name, instant in event.instants.items()}
        row["properties"]["traits"] |= {name: day for name, day in days.items() if day}


def build_row(event: IncomingEvent, customer: int, source: str, *, at: Instants) -> dict[str, Any]:
    """Returns the event as a row of the event store. It happened at its customer's time now at the latest."""
    now = at.of(customer)
    properties = dict(event.properties)
    if event.traits or event.name == IDENTIFY:  # a device's token is new information as well
        properties["traits"] = contacts.collect_traits(event.traits, event.context)
        if device_id := devices.device_id(event.context):
            properties[devices.DEVICE_ID] = device_id
    # a page or a campaign is no part of what somebody agreed to
    if event.name not in CONSENT_EVENTS and (kept := keep_context(event.context)):
        properties.setdefault(CONTEXT, kept)
    return {
        "message_id": event.message_id,
        "customer_id": customer,
        "name": event.name,
        "source": source,
        "occurred_at": min(event.occurred_at, now),  # nothing later than now has happened yet
        "received_at": now,
        "properties": properties,
        "spoiled": list(event.spoiled) or None,
    }
