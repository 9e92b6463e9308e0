"""Takes in events that were rejected before: after a mend of their source, or of the files that describe it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from kaskad.services.ingestion import segment_events
from kaskad.services.ingestion.rejecting import rejected_events, renaming
from kaskad.services.ingestion.rejecting.taking_in import TakeInDeps, keep_remarks, take_in
from kaskad.services.ingestion.segment_events import ParsedRequest
from kaskad.storage.ingestion import rejected_events as kept
from kaskad.storage.ingestion.rejected_events import RejectedRow

BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class RetryResult:
    """How many events were stored now, and how many are still rejected, by code; `CUT`: they were not kept whole."""

    stored: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)


async def retry_rejected(
    deps: TakeInDeps, source: str | None, code: str | None, *, progress: Callable[[int], None] = lambda done: None
) -> RetryResult:
    """Takes in those of the rejected events, of one source or code if given, that are understood now.

    Without a code, also events that were stored under a name that nothing used, and that is an alias by now.
    Each counts as of when it arrived. What is stored is no longer among the rejected; a second run, or one that was
    interrupted, stores nothing twice. `progress` is called with how many were tried.
    """
    stored, codes, last, tried = 0, Counter[str](), 0, 0
    while rows := await _load(deps, source, code, after=last):
        last = rows[-1].id
        for name, own in groupby(sorted(rows, key=lambda row: (row.source, row.id)), key=lambda row: row.source):
            done = await _retry(deps, name, list(own))
            stored += done.stored
            codes.update(done.rejected)
        tried += len(rows)
        progress(tried)
    if code is None:
        renamed, rejected = await renaming.take_in_renamed(deps, source)
        stored, codes = stored + renamed, codes + Counter(rejected)
    return RetryResult(stored, codes)


async def count_retriable(deps: TakeInDeps, source: str | None, code: str | None) -> int:
    """How many would be tried. Raises NotFound for a source that nobody knows."""
    async with deps.database.transaction() as connection:
        await rejected_events.require_source(deps, connection, source)
        return await kept.count_retriable(connection, source, code)


async def _load(deps: TakeInDeps, source: str | None, code: str | None, *, after: int) -> list[RejectedRow]:
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        return await kept.list_retriable(connection, source, code, after=after, limit=BATCH_SIZE)


async def _retry(deps: TakeInDeps, source: str, rows: Sequence[RejectedRow]) -> RetryResult:
    """Stores what is understood of these events of one source."""
    taken = await take_in(deps, source, [_parse(deps, row) for row in rows])
    async with deps.database.transaction() as connection:
        await kept.delete(connection, [rows[place].id for place in taken.requests])
    await keep_remarks(deps, source, taken)
    return RetryResult(len(taken.requests), taken.rejected)


def _parse(deps: TakeInDeps, row: RejectedRow) -> ParsedRequest | None:
    """The event as it would have been parsed when it arrived; None if it was cut."""
    try:
        raw = json.loads(row.body)
    except ValueError:
        return None
    sent_at = row.arrived_at - timedelta(seconds=row.skew)
    request = {"batch": [raw], "sentAt": sent_at.isoformat()}
    return segment_events.parse_request(request, row.arrived_at, deps.catalogue.project, source=row.source)
