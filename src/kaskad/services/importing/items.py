"""The rows of a table as items that can be stored: each an event or more, with the rows that tell it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from kaskad.domain.events import IDENTIFY
from kaskad.domain.journeys.project import Project, Source
from kaskad.domain.rejection import EventRejected
from kaskad.services.importing.tables import Row
from kaskad.services.importing.translating import Translator
from kaskad.services.ingestion import permissions, segment_events
from kaskad.services.ingestion.ingest import CONSENT_EVENTS, PRODUCT_EVENTS
from kaskad.services.ingestion.segment_events import IncomingEvent

BAD_ROW, TOO_OLD = "bad_row", "too_old"
SPARE_DAYS = 30  # so that the line for the policy is good for a while
OWN_WAY = frozenset((IDENTIFY, *CONSENT_EVENTS, *PRODUCT_EVENTS))  # what ingestion stores by more than the event


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why something of a row was not imported, or how it was understood (`stored`).

    `days`: of what is too old, how long events would have to be kept.
    """

    code: str
    detail: str
    stored: bool = False
    days: int = 0


@dataclass(slots=True)
class Item:
    """One row, or the rows of one order. `end`: how many rows of the file are done with it."""

    rows: Sequence[Row]
    end: int
    events: list[IncomingEvent] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    joins: bool = False  # it says that ids are of one person: ingestion decides that

    @property
    def is_plain(self) -> bool:
        """Whether events are all there is to store."""
        own = (event.refusal or event.traits or event.name in OWN_WAY for event in self.events)
        return not self.joins and not any(own)

    @property
    def is_rejected(self) -> bool:
        """Whether something of it was not stored."""
        return any(not problem.stored for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Reading:
    """What reads the events: the project with the map's own formats and types, and the time of reading.

    `oldest`: events before it would be let go by the next night's retention.
    """

    project: Project
    source: str
    now: datetime
    oldest: datetime


def read_items(items: Sequence[Item], translator: Translator, reading: Reading) -> None:
    """Adds to each item its events, as ingestion reads them, and what is wrong with it."""
    raw: list[Any] = []
    owners: list[Item] = []
    for item in items:
        wrong = [RowProblem(BAD_ROW, row.wrong) for row in item.rows if row.wrong]
        item.problems += wrong
        if wrong:
            continue
        for told in translator.translate([row.fields for row in item.rows]):
            if isinstance(told, EventRejected):
                item.problems.append(RowProblem(told.code, str(told)))
            else:
                raw.append(told)
                owners.append(item)
    size = segment_events.BATCH_EVENTS
    for start in range(0, len(raw), size):
        _read(raw[start : start + size], owners[start : start + size], reading)


def digest_of(source: str, event: IncomingEvent) -> UUID:
    """What the event is known by, for good."""
    return UUID(bytes=blake2b(f"{source}\0{event.message_id}".encode(errors="replace"), digest_size=16).digest())


def _read(raw: Sequence[Any], owners: Sequence[Item], reading: Reading) -> None:
    parsed = segment_events.parse_request({"batch": list(raw)}, reading.now, reading.project, source=reading.source)
    parsed = permissions.apply_permissions(parsed, Source(name=reading.source))
    for event in parsed.events:
        item = owners[event.index]
        if event.occurred_at < reading.oldest and not event.refusal and event.name not in OWN_WAY:
            item.problems.append(_too_old(event, reading.now))
        else:
            item.events.append(event)
    for remark in parsed.remarks:
        owners[remark.index].problems.append(RowProblem(remark.code, remark.detail, remark.stored))


def _too_old(event: IncomingEvent, now: datetime) -> RowProblem:
    days = (now - event.occurred_at).days + SPARE_DAYS
    told = f"it is of {event.occurred_at:%Y-%m-%d}, older than events are kept: {keep_line(days)}"
    return RowProblem(TOO_OLD, told, days=days)


def keep_line(days: int) -> str:
    """What the policy needs so that events of so many days ago can be imported."""
    return f"configs/policy.yaml needs `keep: {{events: {days}d}}`"


def all_rows(items: Iterable[Item]) -> int:
    """How many rows the items are of."""
    return sum(len(item.rows) for item in items)
