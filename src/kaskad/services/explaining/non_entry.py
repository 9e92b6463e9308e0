"""Non-entry: why a customer is not in a journey at all: no candidate was ever created."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.events import LATE_AFTER
from kaskad.domain.journeys.entry_trigger import (
    DateTrigger,
    EventTrigger,
    ProductTrigger,
    ScheduleTrigger,
    SegmentTrigger,
)
from kaskad.services.catalogue import Catalogue
from kaskad.services.decisions import candidates
from kaskad.services.explaining.customer_history import NonEntry
from kaskad.services.wording import event_phrase, format_rough_length, format_time, join_words
from kaskad.storage.conditions.entry_keys import compute_entry_keys, find_missing_parts
from kaskad.storage.database import Connection
from kaskad.storage.publishing.versions import PublishedVersion
from kaskad.storage.queries import query

PRODUCT_REASONS: Mapping[str, str] = {
    "back_in_stock": "no product that the customer asked for or looked at in time has come back since",
    "price_drop": "no product that the customer hears about has become so much cheaper since",
    "low_stock": "no product that the customer hears about has become so rare since",
}


async def explain_non_entries(
    catalogue: Catalogue,
    connection: Connection,
    customer: int,
    *,
    journeys: Sequence[str],
    zone: ZoneInfo,
    now: datetime,
) -> tuple[NonEntry, ...]:
    """Explains each of these published journeys that the customer never was a candidate for."""
    versions = [await catalogue.version(connection, catalogue.current[name][0]) for name in journeys]
    entrances = [version.version.journey.enter for version in versions]
    names = sorted({enter.when for enter in entrances if isinstance(enter, EventTrigger)})
    cursor = await connection.execute(query("explain_triggers"), {"customer": customer, "names": names})
    triggers = {row["name"]: row for row in await cursor.fetchall()}
    non_entries = []
    for name, published in zip(journeys, versions, strict=True):
        why = await _why(connection, published, customer, triggers=triggers, zone=zone, now=now)
        paused = " The journey is paused now." if catalogue.current[name][1] else ""
        non_entries.append(NonEntry(name, f"{why}.{paused}"))
    return tuple(non_entries)


async def _why(
    connection: Connection,
    published: PublishedVersion,
    customer: int,
    *,
    triggers: Mapping[str, Any],
    zone: ZoneInfo,
    now: datetime,
) -> str:
    journey = published.version.journey
    enter = journey.enter
    match enter:
        case ProductTrigger():
            return PRODUCT_REASONS[enter.product]
        case SegmentTrigger():
            return f"the customer has not entered the segment '{enter.segment}' since"
        case DateTrigger():
            return f"'{enter.date}' is not known, or has not been near since"
        case ScheduleTrigger():
            return f"the customer was not in the segment '{enter.segment}' at its time"
    trigger = triggers.get(enter.when)
    if trigger is None:
        return f"the customer has never {event_phrase(enter.when)} (no event '{enter.when}' in any channel)"
    seen = f"the last '{enter.when}', {format_time(trigger['occurred_at'], zone, now)},"
    if why := await _why_no_candidate(connection, published, enter, customer=customer, trigger=trigger):
        return f"{seen} {why}"
    if (late := trigger["received_at"] - trigger["occurred_at"]) > LATE_AFTER:
        return f"{seen} arrived only {format_rough_length(late)} later: what is older than a day lets nobody enter"
    return f"{seen} came while the journey was not running"


async def _why_no_candidate(
    connection: Connection,
    published: PublishedVersion,
    enter: EventTrigger,
    *,
    customer: int,
    trigger: Mapping[str, Any],
) -> str | None:
    """Returns why the event creates no candidate; None if it would."""
    entries = enter.entries(trigger["properties"])
    if not entries:
        return f"names nothing in '{enter.for_each}'"
    at = trigger["occurred_at"]
    keys = await compute_entry_keys(connection, enter.once_per, [(customer, entry, at) for entry in entries])
    if not any(key is not None for key in keys):
        missing = find_missing_parts(enter.once_per, entries[0])
        said = [part.path for part in enter.once_per]
        return f"does not say which {join_words(missing or said, 'and')} it is about"
    requests = [candidates.EntryRequest(customer, entry, "", at, at) for entry in entries]
    if not await candidates.filter_matching(connection, published, requests):
        return "does not meet `where` of the entrance"
    return None
