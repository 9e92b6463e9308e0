"""Unknown event names: no journey asks for these events. They are stored and counted.

Each process counts them. It writes a new name at once and all counts once a minute, never for each event.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import psycopg

from kaskad.domain.cart import CART_EVENTS
from kaskad.domain.cleaning import clean_text
from kaskad.domain.errors import Unavailable
from kaskad.domain.events import IDENTIFY
from kaskad.domain.journeys.project import Project
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ingestion.consenting import consents
from kaskad.services.ingestion.event_context import CALL_EVENTS
from kaskad.services.ingestion.ingest import PRODUCT_EVENTS
from kaskad.services.ingestion.parsing import snake_case
from kaskad.services.ingestion.products import UNRELIABLE_EVENTS
from kaskad.services.ingestion.segment_events import RESERVED_EVENTS, ParsedRequest
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import rejected_events
from kaskad.storage.ingestion.rejected_events import Unknown

FLUSH_SECONDS = 60.0  # seconds
MAX_NAMES = 1_000  # names of one source that a process remembers; of later ones it keeps only the number
MAX_NAME_LENGTH = 100  # characters
OWN_EVENTS = frozenset(
    {
        IDENTIFY,
        *CALL_EVENTS.values(),
        consents.CONSENT_GIVEN,
        consents.CONSENT_WITHDRAWN,
        *RESERVED_EVENTS,
        *CART_EVENTS,
        *PRODUCT_EVENTS,
        *UNRELIABLE_EVENTS,
    }
)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class EventCounts:
    """The counts of this process that are not written yet; `names` are those that it has written.

    `known` are all names that it counts separately, `sizes` how many these are of each source.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    names: set[tuple[str, str]] = field(default_factory=set)
    known: set[tuple[str, str]] = field(default_factory=set)
    sizes: Counter[str] = field(default_factory=Counter)
    failed: bool = False  # whether the last write failed: then a new name waits as all others do
    written_at: float = float("-inf")  # monotonic

    def count(self, source: str, names: Iterable[str]) -> None:
        """Counts one event of each of the names."""
        for name in names:
            key = (source, name)
            if key not in self.known and self.sizes[source] < MAX_NAMES:
                self.known.add(key)
                self.sizes[source] += 1
            self.counts[key if key in self.known else (source, "")] += 1

    def is_due(self, now: float) -> bool:
        """Returns whether the counts must be written: a name is new, or they have waited long enough."""
        if now - self.written_at >= FLUSH_SECONDS:
            return bool(self.counts)
        return not self.failed and not self.counts.keys() <= self.names

    def take(self, now: float) -> Mapping[tuple[str, str], int]:
        """Returns the counts and resets them; the caller has to write them."""
        taken, self.counts = self.counts, Counter()
        self.written_at, self.failed = now, False
        return taken

    def put_back(self, taken: Mapping[tuple[str, str], int]) -> None:
        """Takes back counts that could not be written: they are written with the next ones."""
        self.counts.update(taken)
        self.failed = True


class UnknownEventDeps(HasDatabase, HasCatalogue, Protocol):
    """What counting needs."""

    @property
    def unknown(self) -> EventCounts: ...


def is_known(project: Project, name: str) -> bool:
    """Returns whether a journey may ask for events of that name, or Kaskad itself uses them."""
    return name in project.events or name in OWN_EVENTS


def unknown_names(judged: ParsedRequest, project: Project) -> list[str]:
    """Returns the name of each event that is unknown, as its source writes it."""
    odd = (event for event in judged.events if event.refusal is None and not is_known(project, event.name))
    return [clean_text(judged.raw[event.index].get("event"), MAX_NAME_LENGTH) for event in odd]


async def count_unknown(
    deps: UnknownEventDeps, source: str, judged: ParsedRequest, *, now: float | None = None
) -> None:
    """Counts the unknown events. If this cannot be written, it is only logged."""
    moment = time.monotonic() if now is None else now
    deps.unknown.count(source, unknown_names(judged, deps.catalogue.project))
    if not deps.unknown.is_due(moment):
        return
    taken = deps.unknown.take(moment)
    try:
        await run_in_transaction(deps.database, partial(_write, taken))
        deps.unknown.names |= taken.keys()
    except (psycopg.Error, Unavailable) as error:
        deps.unknown.put_back(taken)
        _log.warning("unknown events were not counted yet: %s", error)


async def _write(counts: Mapping[tuple[str, str], int], connection: Connection) -> None:
    now = await clock.read_now(connection)
    rows = [{"source": source, "name": name, "count": count} for (source, name), count in counts.items()]
    await rejected_events.count_unknown(connection, rows, now)


async def list_unknown_events(deps: UnknownEventDeps, source: str | None, limit: int) -> Sequence[Unknown]:
    """Returns the names that are still unknown, the most frequent first; of one source if given.

    A name that is an alias by now stays until its events are taken in under their own name (see `renaming`).
    """
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        found = await rejected_events.unknown(connection, source)
    project = deps.catalogue.project
    return [unknown for unknown in found if not is_known(project, snake_case(unknown.name))][:limit]
