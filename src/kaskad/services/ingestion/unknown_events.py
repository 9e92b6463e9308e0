"""Names of events that nothing here asks for: their events are stored, and how many there are can be seen.

Each process counts them, and writes a name when it is first heard, all counts once a minute: never for each event.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
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
from kaskad.services.ingestion import consents
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
MAX_NAMES = 1_000  # names of one source that one process remembers; of what comes later only the number is kept
MAX_NAME_LENGTH = 100  # characters
OWN_EVENTS = frozenset(
    {
        IDENTIFY,
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
    """What this process heard of and has not written yet; `names` are those that it has written.

    `known` are all that it counts by their own name, `sizes` how many these are of each source.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    names: set[tuple[str, str]] = field(default_factory=set)
    known: set[tuple[str, str]] = field(default_factory=set)
    sizes: Counter[str] = field(default_factory=Counter)
    failed: bool = False  # the last writing: a new name waits as all others do
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
        """Whether it has to be written: a name is new, or it has waited long enough."""
        if now - self.written_at >= FLUSH_SECONDS:
            return bool(self.counts)
        return not self.failed and not self.counts.keys() <= self.names

    def take(self, now: float) -> Mapping[tuple[str, str], int]:
        """The counts, which are in the hands of whoever writes them from now on."""
        taken, self.counts = self.counts, Counter()
        self.written_at, self.failed = now, False
        return taken

    def put_back(self, taken: Mapping[tuple[str, str], int]) -> None:
        """Takes back what could not be written: it is written with what comes."""
        self.counts.update(taken)
        self.failed = True


class UnknownEventDeps(HasDatabase, HasCatalogue, Protocol):
    """What counting needs."""

    @property
    def unknown(self) -> EventCounts: ...


def is_known(project: Project, name: str) -> bool:
    """Whether a journey may ask for events of that name, or Kaskad itself does something with them."""
    return name in project.events or name in OWN_EVENTS


def unknown_names(judged: ParsedRequest, project: Project) -> list[str]:
    """The name of each event that nobody understood, as its source writes it."""
    odd = (one for one in judged.events if one.refusal is None and not is_known(project, one.name))
    return [clean_text(judged.raw[one.index].get("event"), MAX_NAME_LENGTH) for one in odd]


async def count_unknown(deps: UnknownEventDeps, source: str, judged: ParsedRequest, now: float | None = None) -> None:
    """Counts the events that nobody understood. Where that cannot be written, it is only logged."""
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
    """Those that are still not understood, the most frequent first; of one source where that is given."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        found = await rejected_events.unknown(connection, source)
    project = deps.catalogue.project
    aliases: AbstractSet[str] = {alias for spec in project.events.values() for alias in spec.aliases}
    odd = [one for one in found if one.name not in aliases and not is_known(project, snake_case(one.name))]
    return odd[:limit]
