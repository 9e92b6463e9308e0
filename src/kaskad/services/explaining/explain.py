"""Explains one customer: what was decided, on which facts, and why not; and what holds now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from kaskad.domain.journeys.project import Project
from kaskad.services.explaining import enrollment_timeline, event_texts, non_entry, reachability
from kaskad.services.explaining.customer_history import CustomerHistory, HistoryEvent
from kaskad.services.naming import find_person
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock
from kaskad.storage.database import Connection, read_as_of_now
from kaskad.storage.delivery import messages
from kaskad.storage.facts import profiles
from kaskad.storage.queries import query

EVENTS, ENROLLMENTS = 200, 50  # shown at most; the latest of them


class ExplainDeps(HasDatabase, HasCatalogue, Protocol):
    """What explaining needs."""


async def explain(
    deps: ExplainDeps, customer: str, journey: str | None = None, *, at: datetime | None = None
) -> CustomerHistory:
    """Returns the customer's history, of all journeys or of one. `customer` is any name of theirs.

    With `at`, the history as of then: nothing later is shown, but addresses are those of today.

    Raises NotFound for an unknown customer or journey, SeveralPeople for several. Shows nothing about other customers.
    """
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)  # a transaction of its own: publishing and stopping wait for this lock
        name = (await deps.catalogue.current_of(connection, journey)).version.journey.name if journey else None
    async with deps.database.transaction() as connection:
        await read_as_of_now(connection)
        found = (await find_person(connection, customer, deps.catalogue.project, any_kind=True)).customer
        return await _build_history(deps, connection, (customer, found), journey=name, at=at)


async def _build_history(
    deps: ExplainDeps, connection: Connection, named: tuple[str, int], *, journey: str | None, at: datetime | None
) -> CustomerHistory:
    (customer, found), project = named, deps.catalogue.project
    now = at or await clock.read_now(connection)
    person = await profiles.load_person(connection, found, now, shop=project.shop)
    events = await _rows(connection, "explain_events", customer=found, limit=EVENTS, at=at)
    rows = await _rows(connection, "explain_enrollments", customer=found, journey=journey, limit=ENROLLMENTS, at=at)
    wanted = {journey} if journey else set(deps.catalogue.current)
    absent = sorted(wanted - {row["journey"] for row in rows})
    stops = await messages.load_stops(connection)
    return CustomerHistory(
        customer=customer,
        zone=person.zone,
        now=now,
        events=tuple(_history_event(row, project) for row in reversed(events)),
        earlier=_count_earlier(events),
        passages=await enrollment_timeline.build_timelines(
            deps.catalogue, connection, rows[::-1], zone=person.zone, now=now, past=at is not None
        ),
        earlier_passages=_count_earlier(rows),
        absences=await non_entry.explain_non_entries(
            deps.catalogue, connection, found, journeys=absent, zone=person.zone, now=now
        ),
        reach=reachability.describe_reachability(person, project),
        holding=reachability.describe_holds(person, project, stops, now=now),
    )


async def _rows(connection: Connection, statement: str, **params: Any) -> list[dict[str, Any]]:
    cursor = await connection.execute(query(statement), params)
    return await cursor.fetchall()


def _count_earlier(rows: Sequence[Mapping[str, Any]]) -> int:
    return rows[0]["total"] - len(rows) if rows else 0


def _history_event(row: Mapping[str, Any], project: Project) -> HistoryEvent:
    where = event_texts.name_place(row)
    return HistoryEvent(row["occurred_at"], row["name"], where, event_texts.describe_event(row, project))
