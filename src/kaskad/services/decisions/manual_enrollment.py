"""Manual enrollment: one customer into one journey, now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg.types.json import Jsonb

from kaskad.domain.errors import Rejected
from kaskad.domain.journeys.entry_trigger import POLLED_TRIGGERS, EventTrigger, KeyPart, ProductTrigger
from kaskad.domain.outcome import Mode
from kaskad.services.catalogue import Catalogue
from kaskad.services.decisions import candidates
from kaskad.services.decisions.runner import DecideDeps, decide_customers
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.naming import find_person
from kaskad.storage import clock, enrollments
from kaskad.storage.conditions.entry_keys import compute_entry_keys, list_required_fields
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import MergeRace
from kaskad.storage.queries import query


class EnrollDeps(DecideDeps, Protocol):
    """What manual enrollment needs."""


@dataclass(frozen=True, slots=True)
class EnrollResult:
    """The new enrollment, or the live one that the customer already has in the journey."""

    enrollment: int
    new: bool


async def enroll(deps: EnrollDeps, journey: str, customer: str, *, mode: Mode = Mode.LIVE) -> EnrollResult:
    """Enrolls one customer now, whatever `when`, `where` and `quiet_for` say, and decides at once.

    `again_after`, holdout, consent, policy and `leave` still apply. Raises NotFound for an unknown journey or customer,
    SeveralPeople for several, Rejected if the journey is paused.
    """

    async def work(connection: Connection) -> EnrollResult:
        await deps.catalogue.refresh(connection)
        published = await deps.catalogue.current_of(connection, journey)
        name = published.version.journey.name
        if deps.catalogue.current[name][1]:
            raise Rejected(f"the journey '{name}' is paused: resume it first")
        found = (await find_person(connection, customer, deps.catalogue.project, any_kind=True)).customer
        await enrollments.lock_customers(connection, [found])
        again = await find_person(connection, customer, deps.catalogue.project, any_kind=True)
        if again.customer != found:  # split, moved or forgotten meanwhile
            raise MergeRace
        # A flow hands on what it was called with: text that is no mode must not pass for live.
        as_mode = Mode(mode)
        triggered = await _enroll(connection, published.id, found, name=name, mode=as_mode, catalogue=deps.catalogue)
        await decide_customers(deps, connection, [found])
        return triggered

    return await run_in_transaction(deps.database, work)


async def _enroll(
    connection: Connection, version_id: int, customer: int, *, name: str, mode: Mode, catalogue: Catalogue
) -> EnrollResult:
    now = await clock.read_now(connection)
    published = await catalogue.version(connection, version_id)
    journey = published.version.journey
    enter = journey.enter
    entry = await _latest_entry(connection, customer, enter.once_per)
    if isinstance(enter, EventTrigger):
        entry = next(iter(enter.entries(entry)), entry)
    asked = not isinstance(enter, (ProductTrigger, *POLLED_TRIGGERS))
    request = candidates.EntryRequest(customer, entry, "", now, now, asked)
    keys = await compute_entry_keys(connection, enter.once_per, [(customer, entry, now)])
    key = f"test:{now.isoformat()}" if mode is Mode.TEST else keys[0] or ""
    row = candidates.build_row(published, request, key) | {"mode": mode, "direct": True}
    cursor = await connection.execute(
        query("admit_waiting_candidate"),
        {name: row[name] for name in ("due_at", "journey", "customer_id", "key")},
    )
    if waiting := await cursor.fetchone():
        return EnrollResult(waiting["id"], new=False)  # it waited for its quiet time; that is over now
    cursor = await connection.execute(query("upsert_candidates"), {"rows": Jsonb([row])})
    if inserted := await cursor.fetchone():
        return EnrollResult(inserted["id"], new=True)
    which = {"journey": name, "customer": customer, "key": row["key"]}
    cursor = await connection.execute(query("find_live_enrollment"), which)
    live = await cursor.fetchone()
    assert live is not None
    return EnrollResult(live["id"], new=False)


async def _latest_entry(connection: Connection, customer: int, once_per: Sequence[KeyPart]) -> Mapping[str, Any]:
    """Returns the properties for the entry: those of the customer's latest event that has all these keys."""
    fields = list_required_fields(once_per)
    if not fields:
        return {}
    cursor = await connection.execute(query("latest_properties"), {"customer": customer, "fields": fields})
    row = await cursor.fetchone()
    return row["properties"] if row else {}
