"""Rejected events that are kept, for whoever fixes their source."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import psycopg

from kaskad.config.yaml.problem_text import unknown_name
from kaskad.domain.decisions.local_time import local_date
from kaskad.domain.errors import NotFound, Unavailable
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ingestion.digests import compute_digest, to_json_text
from kaskad.services.ingestion.segment_events import EventRemark, ParsedRequest
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock, source_alerts
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import rejected_events
from kaskad.storage.ingestion.rejected_events import RejectedRow

MAX_BODY_LENGTH = 40_000  # characters: an event of the longest kind, so that it can be taken in again
PRUNED_EVERY = 500  # of one source, in each process: so many may exceed the limit
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RejectedEvents:
    """The newest rejected events, and how many there are in all, by source and code."""

    newest: Sequence[RejectedRow]
    counts: Mapping[tuple[str, str], int]


class RecordRemarksDeps(HasDatabase, HasCatalogue, Protocol):
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
        zone = ZoneInfo(deps.catalogue.project.shop.time_zone)
        write = partial(_write, zone=zone, kept=deps.kept, source=source, judged=judged, remarks=remarks)
        await run_in_transaction(deps.database, write)
    except (psycopg.Error, Unavailable) as error:
        _log.warning("%d remarks on events of '%s' were not kept: %s", len(remarks), source, error)


async def _write(
    connection: Connection,
    *,
    zone: ZoneInfo,
    kept: Counter[str],
    source: str,
    judged: ParsedRequest,
    remarks: Sequence[EventRemark],
) -> None:
    now = await clock.read_now(connection)
    ids = {event.index: event.message_id for event in judged.events}
    rows = [_row(source, judged, remark, now=now) | _stored_as(ids, remark) for remark in remarks]
    kept[source] += await rejected_events.store_rejected(connection, rows)
    await source_alerts.add_reject_counts(connection, _counts(source, remarks), day=local_date(now, zone), now=now)
    if kept[source] >= PRUNED_EVERY:
        await rejected_events.prune(connection, source)
        kept[source] = 0


def _counts(source: str, remarks: Sequence[EventRemark]) -> list[dict[str, Any]]:
    """How many there are of each code, with what is said of the first."""
    first = {remark.code: remark.detail for remark in reversed(remarks)}
    counts = Counter(remark.code for remark in remarks)
    return [{"source": source, "code": code, "detail": first[code], "count": counts[code]} for code in sorted(counts)]


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
        "body": _body(raw, text)[:MAX_BODY_LENGTH],
        "stored": remark.stored,
        "skew": judged.skew.total_seconds(),
        "arrived_at": now,
    }


class ListDeps(HasDatabase, HasCatalogue, Protocol):
    """What listing needs."""


def _body(raw: Any, text: str) -> str:
    """The event as people read it, and shorter than in ASCII; in ASCII if nothing else can be stored."""
    try:
        readable = json.dumps(raw, ensure_ascii=False, sort_keys=True)
        readable.encode()
    except (TypeError, ValueError, RecursionError):
        return text
    return readable


def _stored_as(ids: Mapping[int, str], remark: EventRemark) -> dict[str, str]:
    """Returns the id, perhaps a derived one, that the event is found by in the store."""
    return {"message_id": ids[remark.index]} if remark.stored and remark.index in ids else {}


async def list_rejected_events(deps: ListDeps, source: str | None, code: str | None, *, limit: int) -> RejectedEvents:
    """Returns the rejected events, of one source or code if given. Raises NotFound for a source that nobody knows."""
    async with deps.database.transaction() as connection:
        await require_source(deps, connection, source)
        return RejectedEvents(
            await rejected_events.list_newest(connection, source, code, limit=limit),
            await rejected_events.count_rejected(connection, source, code),
        )


async def require_source(deps: ListDeps, connection: Connection, source: str | None) -> None:
    """Returns if there is such a source, or none is named. Raises NotFound."""
    if source is not None:
        await deps.catalogue.refresh(connection)
        heard = await source_alerts.load_last_heard(connection)
        of_rejected = await rejected_events.list_sources(connection)
        known = sorted({*deps.catalogue.project.all_sources(), *heard, *of_rejected})
        if source not in known:
            raise NotFound(unknown_name("source", source, known))
