"""Explains one customer: what was decided, on which facts, and why not; and what holds now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.project import Project
from kaskad.services import wording
from kaskad.services.explaining import enrollment_timeline, non_entry, reachability
from kaskad.services.explaining.customer_history import CustomerHistory, HistoryEvent
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock
from kaskad.storage.database import Connection, read_as_of_now
from kaskad.storage.delivery import messages
from kaskad.storage.facts import profiles
from kaskad.storage.ingestion import customers
from kaskad.storage.queries import query

EVENTS, ENROLLMENTS = 200, 50  # shown at most; the latest of them


class ExplainDeps(HasDatabase, HasCatalogue, Protocol):
    """What explaining needs."""


async def explain(
    deps: ExplainDeps, customer: str, journey: str | None = None, *, at: datetime | None = None
) -> CustomerHistory:
    """Returns the customer's history, of all journeys or of one. `customer` is any id that events use for them.

    With `at`, the history as of then: nothing later is shown, but addresses are those of today.

    Raises NotFound for an unknown customer or journey. Shows nothing about other customers.
    """
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)  # a transaction of its own: publishing and stopping wait for this lock
        name = (await deps.catalogue.current_of(connection, journey)).version.journey.name if journey else None
    async with deps.database.transaction() as connection:
        await read_as_of_now(connection)
        found = await customers.find_customer(connection, customer)
        if found is None:
            raise NotFound(
                f"no customer is known as '{customer}': give an id that events name the customer by, "
                "such as the user id or the number of the loyalty card"
            )
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
    """Returns the event; its place is the source, unless the event itself names one."""
    said = row["properties"]
    where = ", ".join(str(said[key]) for key in ("place", "store") if said.get(key)) or row["source"]
    about = [
        about for about in (_describe_thing(said), _describe_money(said, project), _describe_consent(said)) if about
    ]
    text = f"{wording.event_phrase(row['name'])} {wording.place_phrase(where)}" + (
        f": {', '.join(about)}" if about else ""
    )
    return HistoryEvent(row["occurred_at"], row["name"], where, f"{text}{_describe_spoiled(row)}")


def _describe_spoiled(row: Mapping[str, Any]) -> str:
    """Returns which values could not be read, and what was said in their place if that is still kept."""
    if not row["spoiled"]:
        return ""
    return f"; {row['unread'] or wording.join_words(row['spoiled']) + ' could not be read'}"


def _describe_thing(said: Mapping[str, Any]) -> str:
    named = [said, *(line for line in said.get("products") or () if isinstance(line, dict))]
    return ", ".join(
        str(product.get("name") or product["product_id"]) for product in named if product.get("product_id")
    )


def _describe_money(said: Mapping[str, Any], project: Project) -> str:
    return f"{said['total']} {said.get('currency') or project.shop.currency}" if said.get("total") is not None else ""


def _describe_consent(said: Mapping[str, Any]) -> str:
    """Returns what consent was given or withdrawn for."""
    if "purpose" not in said:
        return ""
    channels = [wording.channel_label(channel) for channel in _listed(said.get("channel"))]
    parts = [*_listed(said["purpose"]), *(channels or ["every channel"])]
    parts += [f"topic {topic}" for topic in _listed(said.get("topic"))]
    parts += [f"sender {sender}" for sender in _listed(said.get("sender"))]
    until = said.get("paused_until") or said.get("expires_at")
    return ", ".join([*parts, *([f"until {until}"] if until else [])])


def _listed(value: Any) -> list[str]:
    """Returns the texts of a value that may be one or a list; a source may write anything."""
    return [str(part) for part in (value if isinstance(value, list) else [value]) if part not in (None, "")]
