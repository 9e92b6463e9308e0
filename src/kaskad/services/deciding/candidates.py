"""Candidates: the rows of those who may enter, whatever brought them to the door. Deciding about them is for later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.decisions.resolved_send import resolve_sender
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Journey, Purpose
from kaskad.storage.database import Connection
from kaskad.storage.keys import keys_of
from kaskad.storage.ledger import Stored
from kaskad.storage.versions import Published


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody at the door: who, since when, with what, and when to decide. `asked`: they asked for this themselves."""

    customer: int
    entry: Mapping[str, Any]
    message_id: str
    at: datetime
    due_at: datetime
    asked: bool = True


async def rows(connection: Connection, published: Published, knocks: Sequence[Knock]) -> list[dict[str, Any]]:
    """The candidates of these; nobody whose entry does not name what `once_per` asks for."""
    if not knocks:
        return []
    entries = [(knock.customer, knock.entry, knock.at) for knock in knocks]
    keys = await keys_of(connection, published.version.journey.enter.once_per, entries)
    return [row(published, knock, key) for knock, key in zip(knocks, keys, strict=True) if key is not None]


async def of_events(connection: Connection, published: Published, events: Iterable[Stored]) -> list[dict[str, Any]]:
    """The candidates that these events make in a journey that they let people into."""
    enter = published.version.journey.enter
    assert isinstance(enter, EventTrigger)
    quiet = enter.quiet_for.shortest  # a day is as long as the customer's clock says: who comes early waits for it
    knocks = [
        Knock(event.customer, entry, event.message_id, event.occurred_at, event.occurred_at + quiet)
        for event in events
        for entry in enter.entries(event.properties)
    ]
    return await rows(connection, published, await fitting(connection, published, knocks))


def purpose_of(journey: Journey, asked: bool) -> Purpose:
    """Whoever did not ask gets no answer: to them what was `requested` is marketing."""
    return Purpose.MARKETING if journey.purpose is Purpose.REQUESTED and not asked else journey.purpose


def row(published: Published, knock: Knock, key: str) -> dict[str, Any]:
    """The candidate under that key."""
    journey = published.version.journey
    return {
        "customer_id": knock.customer,
        "journey": journey.name,
        "version_id": published.id,
        "key": key,
        "sender": resolve_sender(journey.sender, knock.entry),
        "purpose": purpose_of(journey, knock.asked),
        "priority": journey.priority,
        "mode": "live",
        "direct": False,
        "entry": knock.entry,
        "message_id": knock.message_id,
        "entered_at": knock.at,
        "last_trigger_at": knock.at,
        "due_at": knock.due_at,
    }


async def fitting(connection: Connection, published: Published, knocks: Sequence[Knock]) -> list[Knock]:
    """Those of whom `where` holds, as far as the event itself tells; the rest of it is for admission."""
    asked = published.questions.entry_where
    if asked is None or not knocks:
        return list(knocks)
    told = [
        {"n": n, "customer_id": knock.customer, "at": knock.at, "entry": knock.entry} for n, knock in enumerate(knocks)
    ]
    cursor = await connection.execute(asked.sql, asked.params | {"rows": Jsonb(told)})
    fit = {one["enrollment_id"] for one in await cursor.fetchall()}
    return [knock for n, knock in enumerate(knocks) if n in fit]
