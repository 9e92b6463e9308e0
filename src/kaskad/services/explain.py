"""Explaining: what was decided for one customer, on which facts, and why not; and what holds now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from kaskad.domain.errors import NotFound
from kaskad.domain.shop import Project
from kaskad.services import explain_absence, explain_passage, explain_reach
from kaskad.services.catalogue import Catalogue
from kaskad.services.explain_story import Happened, Passage, Story
from kaskad.services.wording import done, place
from kaskad.storage import clock, customers
from kaskad.storage.database import Connection, Database
from kaskad.storage.queries import query

EVENTS, ENROLLMENTS = 200, 50  # told at the most, latest first


class ExplainDeps(Protocol):
    """What explaining needs."""

    @property
    def database(self) -> Database: ...
    @property
    def catalogue(self) -> Catalogue: ...


async def explain(deps: ExplainDeps, customer: str, journey: str | None = None) -> Story:
    """The customer's story, of all journeys or of one. `customer` is any id that events name them by.

    Raises NotFound for a customer or a journey that is not known. It tells of nobody else.
    """
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        name = (await deps.catalogue.current_of(connection, journey)).version.journey.name if journey else None
    async with deps.database.transaction() as connection:
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        found = await customers.find(connection, customer)
        if found is None:
            raise NotFound(
                f"no customer is known as '{customer}': give an id that events name the customer by, "
                "such as the user id or the number of the loyalty card"
            )
        return await _story(deps, connection, customer, found, name)


async def _story(deps: ExplainDeps, connection: Connection, customer: str, found: int, journey: str | None) -> Story:
    now, project = await clock.read(connection), deps.catalogue.project
    person = await explain_reach.person(connection, found, now, project.shop)
    events = await _rows(connection, "explain_events", customer=found, limit=EVENTS)
    rows = await _rows(connection, "explain_enrollments", customer=found, journey=journey, limit=ENROLLMENTS)
    wanted = {journey} if journey else set(deps.catalogue.current)
    absent = sorted(wanted - {row["journey"] for row in rows})
    return Story(
        customer=customer,
        zone=person.zone,
        now=now,
        events=tuple(_happened(row, project) for row in reversed(events)),
        earlier=_unseen(events),
        passages=tuple([await _passage(deps, connection, row, now) for row in reversed(rows)]),
        earlier_passages=_unseen(rows),
        absences=await explain_absence.why_absent(deps.catalogue, connection, found, absent, person.zone, now),
        reach=explain_reach.reach(person, project),
        holding=explain_reach.holding(person, project, await _stops(connection), now),
    )


async def _passage(deps: ExplainDeps, connection: Connection, row: Mapping[str, Any], now: Any) -> Passage:
    ...


async def _rows(connection: Connection, statement: str, **params: Any) -> list[dict[str, Any]]:
    cursor = await connection.execute(query(statement), params)
    return await cursor.fetchall()
