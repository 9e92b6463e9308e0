"""Why a customer is not in a journey at all: no candidate was ever made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.entrance import EventEntrance
from kaskad.services.catalogue import Catalogue
from kaskad.services.explaining.story import Absence
from kaskad.services.ingest import LATE_AFTER
from kaskad.services.wording import done, moment, roughly
from kaskad.storage.database import Connection
from kaskad.storage.queries import query
from kaskad.storage.questions import key_of
from kaskad.storage.versions import Published


async def why_absent(
    catalogue: Catalogue,
    connection: Connection,
    customer: int,
    journeys: Sequence[str],
    zone: ZoneInfo,
    now: datetime,
) -> tuple[Absence, ...]:
    """For each of these published journeys, that the customer never was a candidate for, why."""
    versions = [await catalogue.version(connection, catalogue.current[name][0]) for name in journeys]
    entrances = [version.version.journey.enter for version in versions]
    names = sorted({enter.when for enter in entrances if isinstance(enter, EventEntrance)})
    cursor = await connection.execute(query("explain_triggers"), {"customer": customer, "names": names})
    triggers = {row["name"]: row for row in await cursor.fetchall()}
    told = []
    for name, published in zip(journeys, versions, strict=True):
        why = await _why(connection, published, triggers, zone, now)
        paused = " The journey is paused now." if catalogue.current[name][1] else ""
        told.append(Absence(name, f"{why}.{paused}"))
    return tuple(told)


async def _why(
    connection: Connection, published: Published, triggers: Mapping[str, Any], zone: ZoneInfo, now: datetime
) -> str:
    journey = published.version.journey
    enter = journey.enter
    if not isinstance(enter, EventEntrance):
        return "no product that the customer asked for or looked at in time has come back since"
    trigger = triggers.get(enter.when)
    if trigger is None:
        return f"the customer has never {done(enter.when)} (no event '{enter.when}' in any channel)"
    seen = f"the last '{enter.when}', {moment(trigger['occurred_at'], zone, now)},"
    if key_of(trigger["properties"], journey.same_key) is None:
        return f"{seen} does not say which {enter.once_per} it is about"
    if not await _fits(connection, published, trigger["id"]):
        return f"{seen} does not meet `where` of the entrance"
    if (late := trigger["received_at"] - trigger["occurred_at"]) > LATE_AFTER:
        return f"{seen} was told of only {roughly(late)} later: what is older than a day lets nobody in"
    return f"{seen} came while the journey was not running"


async def _fits(connection: Connection, published: Published, event: int) -> bool:
    question = published.questions.entry_where
    if question is None:
        return True
    cursor = await connection.execute(question.sql, {**question.params, "ids": [event]})
    return await cursor.fetchone() is not None
