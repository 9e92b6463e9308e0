"""Explaining: what was decided for one customer, on which facts, and why not; and what holds now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.project import Project
from kaskad.services import wording
from kaskad.services.explaining import absence, passage, reach
from kaskad.services.explaining.story import Happened, Story
from kaskad.services.needs import HasCatalogue, HasDatabase
from kaskad.storage import clock, customers, messages, persons
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

EVENTS, ENROLLMENTS = 200, 50  # told at the most, the latest of them


class ExplainDeps(HasDatabase, HasCatalogue, Protocol):
    """What explaining needs."""


async def explain(deps: ExplainDeps, customer: str, journey: str | None = None, at: datetime | None = None) -> Story:
    """The customer's story, of all journeys or of one. `customer` is any id that events name them by.

    With `at`, as it stood then: nothing that came later is told; addresses are those of today all the same.

    Raises NotFound for a customer or a journey that is not known. It tells of nobody else.
    """
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)  # apart: publishing and stopping wait for whoever holds this lock
        name = (await deps.catalogue.current_of(connection, journey)).version.journey.name if journey else None
    async with deps.database.transaction() as connection:
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        found = await customers.find(connection, customer)
        if found is None:
            raise NotFound(
                f"no customer is known as '{customer}': give an id that events name the customer by, "
                "such as the user id or the number of the loyalty card"
            )
        return await _story(deps, connection, (customer, found), name, at)


async def _story(
    deps: ExplainDeps, connection: Connection, named: tuple[str, int], journey: str | None, at: datetime | None
) -> Story:
    (customer, found), project = named, deps.catalogue.project
    now = at or await clock.read(connection)
    person = await persons.load(connection, found, now, project.shop)
    events = await _rows(connection, "explain_events", customer=found, limit=EVENTS, at=at)
    rows = await _rows(connection, "explain_enrollments", customer=found, journey=journey, limit=ENROLLMENTS, at=at)
    wanted = {journey} if journey else set(deps.catalogue.current)
    absent = sorted(wanted - {row["journey"] for row in rows})
    stops = await messages.stops(connection)
    return Story(
        customer=customer,
        zone=person.zone,
        now=now,
        events=tuple(_happened(row, project) for row in reversed(events)),
        earlier=_untold(events),
        passages=await passage.passages(deps.catalogue, connection, rows[::-1], person.zone, now, at is not None),
        earlier_passages=_untold(rows),
        absences=await absence.why_absent(deps.catalogue, connection, found, absent, person.zone, now),
        reach=reach.reach(person, project),
        holding=reach.holding(person, project, stops, now),
    )


async def _rows(connection: Connection, statement: str, **params: Any) -> list[dict[str, Any]]:
    cursor = await connection.execute(query(statement), params)
    return await cursor.fetchall()


def _untold(rows: Sequence[Mapping[str, Any]]) -> int:
    return rows[0]["total"] - len(rows) if rows else 0


def _happened(row: Mapping[str, Any], project: Project) -> Happened:
    """Where it happened is the source, unless the event itself names a place."""
    said = row["properties"]
    where = ", ".join(str(said[key]) for key in ("place", "store") if said.get(key)) or row["source"]
    about = [about for about in (_thing(said), _money(said, project), _choice(said)) if about]
    text = f"{wording.done(row['name'])} {wording.place(where)}" + (f": {', '.join(about)}" if about else "")
    return Happened(row["occurred_at"], row["name"], where, text)


def _thing(said: Mapping[str, Any]) -> str:
    named = [said, *(line for line in said.get("products") or () if isinstance(line, dict))]
    return ", ".join(str(one.get("name") or one["product_id"]) for one in named if one.get("product_id"))


def _money(said: Mapping[str, Any], project: Project) -> str:
    return f"{said['total']} {said.get('currency') or project.shop.currency}" if said.get("total") is not None else ""


def _choice(said: Mapping[str, Any]) -> str:
    """What consent was given or withdrawn for."""
    if "purpose" not in said:
        return ""
    parts = [str(said["purpose"]), wording.channel(said.get("channel") or "every channel")]
    return ", ".join([*parts, *([f"topic {said['topic']}"] if said.get("topic") else [])])
