"""The history of one customer in every channel, page by page, the latest first."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kaskad.domain.errors import Rejected
from kaskad.domain.events import IDENTIFY
from kaskad.domain.journeys.project import Project
from kaskad.domain.own_sources import OwnSource
from kaskad.domain.values.instants import read_instant
from kaskad.domain.values.plain import plain
from kaskad.services.explaining.event_texts import describe_event
from kaskad.services.naming import find_person
from kaskad.services.reading.deps import ReadingDeps
from kaskad.services.reading.kinds import KIND_OF_EVENT, MERGED, EntryKind
from kaskad.services.reason_texts import reason_text
from kaskad.services.wording import channel_label
from kaskad.storage import clock
from kaskad.storage.database import read_as_of_now
from kaskad.storage.reading import timeline
from kaskad.storage.reading.timeline import Filter, PagePlace, TimelineRow

PAGE, MAX_PAGE = 50, 200  # entries
EVERYTHING = Filter()
CURSOR = re.compile(r"(?P<at>[^|]{1,40})\|(?P<id>[0-9a-f]{32})")
TOLD_BY_ENGINE = (IDENTIFY, "email_confirmed")  # by journeys, and by a link
BECAME = {
    "message_sent": "was sent",
    "message_delivered": "was delivered",
    "message_opened": "was opened",
    "message_clicked": "was clicked",
    "message_failed": "failed",
    "message_unknown": "may have been sent: nobody can tell",
}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened. `source` is where it was told, null for messages; `channel` is the one that it was in.

    `attributes` are what the event said; `text` says it in words. `id` is the same each time.
    """

    id: str
    at: datetime
    kind: EntryKind
    name: str
    source: str | None
    channel: str | None
    text: str
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A page, the latest entry first. `next` is the `before` of the following page; null if there is none."""

    customer: str
    entries: list[TimelineEntry]
    next: str | None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: `before` is the `next` of the page before it, or a time; null is the first page."""

    before: str | None = None
    limit: int = PAGE
    only: Filter = EVERYTHING


async def load_timeline(
    deps: ReadingDeps,
    named: str,
    request: PageRequest,
    *,
    any_kind: bool = False,
) -> TimelinePage:
    """Returns the page. Raises NotFound for the customer, and Rejected for a place that is none.

    What is stored between two pages neither repeats nor hides an entry that was there before.
    """
    place = _read_place(request.before)
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
    project = deps.catalogue.project
    async with deps.database.transaction() as connection:
        await read_as_of_now(connection)
        person = await find_person(connection, named, project, any_kind=any_kind)
        found = await timeline.load_page(
            connection,
            person,
            at=await clock.read_now(connection),
            place=place,
            only=request.only,
            kinds=KIND_OF_EVENT,
            limit=request.limit + 1,
        )
    shown = found[: request.limit]
    following = _cursor(shown[-1]) if len(found) > len(shown) else None
    return TimelinePage(named, [_entry(row, project) for row in shown], following)


def _cursor(row: TimelineRow) -> str:
    said = f"{row.at.astimezone(UTC).isoformat(timespec='microseconds')}|{row.id}"
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _read_place(before: str | None) -> PagePlace:
    """Returns the place of a cursor or of a time. Raises Rejected."""
    if before is None:
        return PagePlace()
    try:
        said = base64.urlsafe_b64decode(before + "=" * (-len(before) % 4)).decode()
    except ValueError:
        said = ""
    cursor = CURSOR.fullmatch(said)
    at = read_instant(cursor["at"] if cursor else before)
    if at is None:
        raise Rejected("'before' must be the 'next' of the page before, or a time like 2027-03-02T12:00:00Z")
    return PagePlace(at, cursor["id"] if cursor else "")


def _entry(row: TimelineRow, project: Project) -> TimelineEntry:
    engines = row.source == OwnSource.ENGINE and row.name not in TOLD_BY_ENGINE
    attributes = {} if engines or row.name == MERGED else plain(dict(row.attributes))  # numbers of rows, perhaps
    return TimelineEntry(
        id=row.id,
        at=row.at,
        kind=EntryKind(row.kind),
        name=row.name,
        source=row.source,
        channel=row.channel,
        text=_message_text(row) if row.source is None else _event_text(row, project),
        attributes=attributes,
    )


def _event_text(row: TimelineRow, project: Project) -> str:
    told: Mapping[str, Any] = {
        "name": row.name,
        "source": row.source,
        "properties": row.attributes,
        "spoiled": row.spoiled,
    }
    return describe_event(told, project)


def _message_text(row: TimelineRow) -> str:
    why = f": {reason_text(row.attributes['reason'])}" if row.attributes.get("reason") else ""
    said = BECAME.get(row.name, row.name)
    return f"{channel_label(row.channel or '')} '{row.attributes.get('message')}' {said}{why}"
