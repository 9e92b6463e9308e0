"""Stores items of an import, each transaction with its progress: what is stored is known for good, and never again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Protocol
from uuid import UUID

from kaskad.domain.cart import CART_EVENTS, ORDERED
from kaskad.domain.identities.people import Tie
from kaskad.domain.identities.rules import Identity
from kaskad.services.importing import repeated_noes
from kaskad.services.importing.counts import Counts
from kaskad.services.importing.items import Item, digest_of
from kaskad.services.ingestion import ingest, profiles
from kaskad.services.ingestion.ingest import IngestDeps
from kaskad.services.ingestion.segment_events import IncomingEvent
from kaskad.storage import clock, enrollments
from kaskad.storage.database import Connection
from kaskad.storage.importing import events as imported_events
from kaskad.storage.ingestion import identities
from kaskad.storage.ingestion.event_store import StoredEvent
from kaskad.storage.ingestion.identities import IdentityRace


class StoringDeps(IngestDeps, Protocol):
    """What storing needs."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event, and what it is known by."""

    digest: UUID
    event: IncomingEvent


async def store_items(
    connection: Connection,
    deps: StoringDeps,
    items: Sequence[Item],
    *,
    source: str,
    run: int,
    counts: Counts,
    locked: Callable[[float], None],
) -> None:
    """Stores those events of the items that are new, and adds to the counts.

    Calls `locked` with the time from which on customers are locked. Raises IdentityRace: try again.
    """
    await imported_events.commit_lazily(connection)
    told = [Told(digest_of(source, event), event) for item in items for event in item.events]
    fresh = await imported_events.add_digests(connection, [one.digest for one in told], run) if told else set()
    new = list({one.digest: one.event for one in reversed(told) if one.digest in fresh}.values())[::-1]
    counts.add_rows(items)
    others = {one.digest: one.event for one in told if one.digest not in fresh}
    by_run = await imported_events.find_digests(connection, list(others)) if others else {}
    earlier = {digest: event for digest, event in others.items() if by_run.get(digest, run) != run}
    repeated = await _tell_again(connection, deps, earlier, run=run)
    new += repeated
    counts.events.update(event.name for event in new)
    known = sum(one.digest in earlier for one in told) - len(repeated)
    counts.known += known
    counts.again += len(told) - len(fresh) - len(repeated) - known
    if not new:
        return
    if all(item.is_plain for item in items):
        await _store_plain(connection, deps, new, source=source, locked=locked)
    else:
        locked(monotonic())
        await ingest.store_history(connection, deps=deps, source=source, events=new)


async def _tell_again(
    connection: Connection, deps: StoringDeps, known: Mapping[UUID, IncomingEvent], *, run: int
) -> list[IncomingEvent]:
    """Those of these events of earlier imports that hold as of now, each under an id of this run."""
    if not any(event.refusal for event in known.values()):
        return []
    await deps.catalogue.refresh(connection)
    again = await repeated_noes.find_spoken_against(connection, known, deps.catalogue.project)
    await imported_events.tell_again(connection, list(again), run)
    return [replace(event, message_id=f"{event.message_id}:{run}") for event in again.values()]


async def _store_plain(
    connection: Connection,
    deps: StoringDeps,
    events: Sequence[IncomingEvent],
    *,
    source: str,
    locked: Callable[[float], None],
) -> None:
    """Stores events of which nothing follows but carts: all of them at once."""
    await deps.catalogue.refresh(connection)
    owner = await _resolve(connection, list(dict.fromkeys(event.identities for event in events)), source)
    locked(monotonic())
    if owner is None:
        await ingest.store_history(connection, deps=deps, source=source, events=events)
        return
    found = list(owner.values())
    if await enrollments.lock_customers(connection, found):
        raise IdentityRace  # one of them was forgotten meanwhile: what comes now is about a new customer
    carts = await imported_events.find_cart_owners(connection, list(set(found)))  # after the lock
    at = await clock.read_instants(connection)
    rows = [ingest.build_row(event, owner[event.identities], source, at=at) for event in events]
    await imported_events.copy_events(connection, rows)
    changed = carts | {row["customer_id"] for row in rows if row["name"] in CART_EVENTS and row["name"] != ORDERED}
    about = [
        StoredEvent(0, row["message_id"], row["customer_id"], row["name"], row["occurred_at"], row["properties"])
        for row in rows
        if row["customer_id"] in changed and row["name"] in CART_EVENTS
    ]
    await profiles.update_carts(connection, about, deps.catalogue.project.shop.currency)


async def _resolve(
    connection: Connection, people: Sequence[tuple[Identity, ...]], source: str
) -> dict[tuple[Identity, ...], int] | None:
    """Returns whose these ids are: of each person either all ids are one customer's, or all are new.

    None if somebody has got one of them meanwhile, so that ingestion must say who is one person. Raises IdentityRace if
    another transaction created one of them at the same moment.
    """
    rows = await identities.load_owners(connection, {identity for ids in people for identity in ids})
    owners: dict[Identity, int] = {(row["kind"], row["value"]): row["customer_id"] for row in rows}
    newcomers: dict[Identity, int] = {}  # the number of the new customer, from 0
    found: dict[tuple[Identity, ...], int] = {}
    count = 0
    for ids in people:
        known = {owners.get(identity) for identity in ids}
        owner = known.pop()
        if known:
            return None
        if owner is None:
            number = next((newcomers[identity] for identity in ids if identity in newcomers), count)
            count = max(count, number + 1)
            newcomers |= dict.fromkeys(ids, number)
        else:
            found[ids] = owner
    made = await identities.create(connection, count, now := await clock.read_now(connection))
    tie = Tie(source, now)
    await identities.attach(connection, {identity: (made[number], tie) for identity, number in newcomers.items()})
    return {ids: found[ids] if ids in found else made[newcomers[ids[0]]] for ids in people}
