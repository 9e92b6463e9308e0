"""Takes in events that were rejected before: after a mend of their source, or of the files that describe it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from typing import Protocol

from kaskad.services.ingestion import ingest, permissions, segment_events
from kaskad.services.ingestion.ingest import IngestDeps
from kaskad.services.ingestion.rejecting import rejected_events, renaming
from kaskad.services.ingestion.rejecting.rejected_events import RecordRemarksDeps
from kaskad.services.ingestion.segment_events import ParsedRequest
from kaskad.storage.ingestion import rejected_events as kept
from kaskad.storage.ingestion.rejected_events import RejectedRow

BATCH_SIZE = 500
CUT = "cut"  # its body was too long to be kept whole


class RetryDeps(IngestDeps, RecordRemarksDeps, Protocol):
    """What this needs."""


@dataclass(frozen=True, slots=True)
class RetryResult:
    """How many events were stored now, and how many are still rejected, by code; `CUT`: they were not kept whole."""

    stored: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)


async def retry_rejected(
    deps: RetryDeps, source: str | None, code: str | None, *, progress: Callable[[int], None] = lambda done: None
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


async def count_retriable(deps: RetryDeps, source: str | None, code: str | None) -> int:
    """How many would be tried. Raises NotFound for a source that nobody knows."""
    async with deps.database.transaction() as connection:
        await rejected_events.require_source(deps, connection, source)
        return await kept.count_retriable(connection, source, code)


async def _load(deps: RetryDeps, source: str | None, code: str | None, *, after: int) -> list[RejectedRow]:
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        return await kept.list_retriable(connection, source, code, after=after, limit=BATCH_SIZE)


async def _retry(deps: RetryDeps, source: str, rows: Sequence[RejectedRow]) -> RetryResult:
    """Stores what is understood of these events of one source."""
    codes: Counter[str] = Counter()
    parsed: dict[int, ParsedRequest] = {}  # by the place of the row
    for place, row in enumerate(rows):
        request = _parse(deps, row)
        if request is None:
            codes[CUT] += 1
        elif request.events:
            parsed[place] = request
        else:
            codes.update(remark.code for remark in request.remarks)
    events = [replace(event, index=place) for place, request in parsed.items() for event in request.events]
    done = await ingest.ingest(deps, source, events)
    refused = {event.index for event, _ in done.refused}
    codes.update({"unstorable": len(refused)} if refused else {})
    taken = [place for place in parsed if place not in refused]
    async with deps.database.transaction() as connection:
        await kept.delete(connection, [rows[place].id for place in taken])
    passed_over = [contact for contact in done.kept if contact.differs]
    for place in taken:  # what is odd in them is kept
        contacts = [replace(contact, index=0).remark for contact in passed_over if contact.index == place]
        remarks = [*parsed[place].remarks, *contacts]
        await rejected_events.record_remarks(deps, source, parsed[place], remarks=remarks)
    return RetryResult(len(taken), codes)


def _parse(deps: RetryDeps, row: RejectedRow) -> ParsedRequest | None:
    """The event as it would have been parsed when it arrived, by what its source may tell now; None if it was cut."""
    try:
        raw = json.loads(row.body)
    except ValueError:
        return None
    sent_at = row.arrived_at - timedelta(seconds=row.skew)
    request = {"batch": [raw], "sentAt": sent_at.isoformat()}
    project = deps.catalogue.project
    parsed = segment_events.parse_request(request, row.arrived_at, project, source=row.source)
    return permissions.apply_permissions(parsed, project.source_named(row.source))
