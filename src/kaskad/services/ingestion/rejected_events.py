"""Rejected events that are kept, for whoever fixes their source."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import psycopg

from kaskad.domain.errors import Unavailable
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ingestion.digests import compute_digest, to_json_text
from kaskad.services.ingestion.segment_events import EventRemark, ParsedRequest
from kaskad.services.ports import HasDatabase
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import rejected_events
from kaskad.storage.ingestion.rejected_events import RejectedRow

MAX_BODY_LENGTH = 8_000  # characters
PRUNED_EVERY = 500  # of one source, in each process: so many may exceed the limit
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RejectedEvents:
    """The newest rejected events, and how many there are in all, by source and code."""

    newest: Sequence[RejectedRow]
    counts: Mapping[tuple[str, str], int]


class RecordRemarksDeps(HasDatabase, Protocol):
    """What recording needs: how many were kept of each source since the oldest were deleted."""

    @property
    def kept(self) -> Counter[str]: ...


async def record_remarks(
    deps: RecordRemarksDeps, source: str, judged: ParsedRequest, *, remarks: Sequence[EventRemark]
) -> None:
    """Stores the remarks on events of that request. If this fails, stored events stay: it is only logged."""
    if not remarks:
        return
    try:
        write = partial(_write, kept=deps.kept, source=source, judged=judged, remarks=remarks)
        await run_in_transaction(deps.database, write)
    except (psycopg.Error, Unavailable) as error:
        _log.warning("%d remarks on events of '%s' were not kept: %s", len(remarks), source, error)


async def _write(
    connection: Connection, *, kept: Counter[str], source: str, judged: ParsedRequest, remarks: Sequence[EventRemark]
) -> None:
    now = await clock.read_now(connection)
    ids = {event.index: event.message_id for event in judged.events}
    rows = [_row(source, judged, remark, now=now) | _stored_as(ids, remark) for remark in remarks]
    kept[source] += await rejected_events.store_rejected(connection, rows)
    if kept[source] >= PRUNED_EVERY:
        await rejected_events.prune(connection, source)
        kept[source] = 0


def _row(source: str, judged: ParsedRequest, remark: EventRemark, *, now: datetime) -> dict[str, Any]:
    raw = judged.raw[remark.index]
    text = to_json_text(raw)
    id_ = raw.get("messageId") if isinstance(raw, dict) else None
    return {
        "source": source,
        "code": remark.code,
        "detail": remark.detail,
        "digest": compute_digest(text),
        "message_id": to_json_text(id_)[1:-1][:MAX_BODY_LENGTH] if isinstance(id_, str) else None,
        "body": text[:MAX_BODY_LENGTH],
        "stored": remark.stored,
        "skew": judged.skew.total_seconds(),
        "arrived_at": now,
    }


def _stored_as(ids: Mapping[int, str], remark: EventRemark) -> dict[str, str]:
    """Returns the id, perhaps a derived one, that the event is found by in the store."""
    return {"message_id": ids[remark.index]} if remark.stored and remark.index in ids else {}


async def list_rejected_events(
    deps: HasDatabase, source: str | None, code: str | None, *, limit: int
) -> RejectedEvents:
    """Returns the rejected events, of one source or code if given."""
    async with deps.database.transaction() as connection:
        return RejectedEvents(
            await rejected_events.list_newest(connection, source, code, limit=limit),
            await rejected_events.count_rejected(connection, source, code),
        )
