"""The history of one person, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kaskad.storage.database import Connection
from kaskad.storage.queries import query
from kaskad.storage.reading.people import FoundPerson


@dataclass(frozen=True, slots=True)
class PagePlace:
    """A place in a history: everything before it is older, or of the same instant and a smaller `before_id`."""

    before: datetime | None = None
    before_id: str = ""


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """What happened at one instant. `source` is None for messages; `channel` only if it is in one."""

    at: datetime
    id: str
    kind: str
    name: str
    source: str | None
    channel: str | None
    attributes: Mapping[str, Any]
    spoiled: list[str] | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Only what was of this channel or source, and of this kind; None: of any."""

    channel: str | None = None
    kind: str | None = None


async def load_page(
    connection: Connection,
    person: FoundPerson,
    *,
    at: datetime,
    place: PagePlace,
    only: Filter,
    kinds: Mapping[str, str],
    limit: int,
) -> list[TimelineRow]:
    """The latest entries before that place, until `at`. `kinds`: the kind of each event that has one of its own."""
    params = person.params | asdict(place) | asdict(only)
    params |= {"at": at, "names": list(kinds), "kinds": list(kinds.values()), "limit": limit}
    cursor = await connection.execute(query("person_timeline"), params)
    return [TimelineRow(**row) for row in await cursor.fetchall()]
