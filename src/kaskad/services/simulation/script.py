"""A script: events of customers and receipts of providers, with times. Read from a file of Segment calls, or made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.domain.errors import Rejected
from kaskad.domain.journeys.project import Project
from kaskad.services.ingestion.segment_events import BATCH_EVENTS, IncomingEvent, read_batch

Tick = timedelta | None  # the interval at which a customer is decided; None: at once
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ScriptEvent:
    """One event, and the source that sent it."""

    source: str
    event: IncomingEvent


@dataclass(frozen=True, slots=True)
class ScriptReceipt:
    """A provider's receipt at that time, about the last message of that name that was sent to the customer."""

    who: tuple[str, str]  # an identity
    message: str
    kind: ReceiptKind
    at: datetime
    channel: Channel | None = None
    by_machine: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that happens from `start` to `end`, both aware. `before` was known already: it triggers no entry."""

    start: datetime
    end: datetime
    happened: Sequence[ScriptEvent]
    receipts: Sequence[ScriptReceipt] = ()
    before: Sequence[ScriptEvent] = ()
    open_ended: bool = False  # nobody can say whether a source was silent after its last line
    heard: Mapping[str, Sequence[datetime]] | None = None  # when each source was active; None: when it sent something


def align_to_tick(at: datetime, tick: Tick) -> datetime:
    """Returns when events or decisions of that time are handled."""
    if tick is None:
        return at
    return EPOCH + -((EPOCH - at) // tick) * tick


def sort_events(happened: Iterable[ScriptEvent], tick: Tick) -> list[ScriptEvent]:
    """Returns the events as they arrive: those of one time source by source, each in the order of their times."""
    return sorted(
        happened,
        key=lambda script_event: (
            align_to_tick(script_event.event.occurred_at, tick),
            script_event.source,
            script_event.event.occurred_at,
            script_event.event.message_id,
        ),
    )


def read_events(path: Path, project: Project) -> list[ScriptEvent]:
    """Reads the calls of a file, one JSON object a line, as Segment's libraries send them; `source` names their origin.

    Raises Rejected with the line that cannot be read, and what is wrong in it.
    """
    found: list[ScriptEvent] = []
    for source, lines in groupby(_lines(path), key=lambda line: line[1]):
        rows = list(lines)
        for first in range(0, len(rows), BATCH_EVENTS):
            part = rows[first : first + BATCH_EVENTS]
            found += [ScriptEvent(source, event) for event in _batch(path, part, project)]
    return found


def _lines(path: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                call = json.loads(line.decode())
            except ValueError as error:  # also where it is not UTF-8
                raise Rejected(f"{path}:{number}: this line is no JSON: {error}") from None
            if not isinstance(call, dict) or not call.get("timestamp"):
                raise Rejected(f"{path}:{number}: each line must be one call with a 'timestamp'")
            yield number, str(call.pop("source", "site")), call


def _batch(path: Path, rows: Sequence[tuple[int, str, dict[str, Any]]], project: Project) -> list[IncomingEvent]:
    payload: Mapping[str, Any] = {"batch": [call for _, _, call in rows]}
    try:
        return read_batch(payload, EPOCH, project)
    except Rejected:
        for number, _, call in rows:  # which of them
            try:
                read_batch({"batch": [call]}, EPOCH, project)
            except Rejected as error:
                said = str(error).replace("batch[0]: it ", "the call ").replace("batch[0]", "the call")
                raise Rejected(f"{path}:{number}: {said}") from None
        raise
