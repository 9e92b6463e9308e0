"""Takes in events that were stored, but not understood, once the shop's files name them: an alias was added."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from kaskad.services.ingestion import segment_events
from kaskad.services.ingestion.event_context import CONTEXT
from kaskad.services.ingestion.event_vocabulary import vocabulary_of
from kaskad.services.ingestion.parsing import snake_case
from kaskad.services.ingestion.rejecting.taking_in import TakeInDeps, TakenIn, keep_remarks, take_in
from kaskad.storage.ingestion import misnamed_events, rejected_events
from kaskad.storage.ingestion.misnamed_events import MisnamedEvent

BATCH_SIZE = 500


async def take_in_renamed(deps: TakeInDeps, source: str | None) -> tuple[int, Mapping[str, int]]:
    """Stores the events under the names that they have now; returns how many, and how many are rejected, by code.

    Each counts as of when it happened. What is stored has no row under its old name any more; an interrupted run, or a
    second one, stores nothing twice. A name of which something is rejected stays among those that nobody understood.
    """
    stored, codes = 0, Counter[str]()
    for name, of in (await _names(deps, source)).items():
        last, rejected = 0, Counter[str]()
        while rows := await _load(deps, name, sorted(of), after=last):
            last = rows[-1].id
            taken = await _take_in(deps, name, rows)
            stored += len(taken.requests)
            rejected.update(taken.rejected)
        codes.update(rejected)
        if not rejected:
            spellings = sorted({raw for raws in of.values() for raw in raws})
            async with deps.database.transaction() as connection:
                await misnamed_events.forget_names(connection, name, spellings)
    return stored, codes


async def _names(deps: TakeInDeps, source: str | None) -> dict[str, dict[str, set[str]]]:
    """Returns, by source, the names of stored events that are aliases by now, each with its spellings."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        unknown = await rejected_events.unknown(connection, source)
    names = vocabulary_of(deps.catalogue.project).names
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in unknown:
        stored = snake_case(row.name)
        if stored and names.get(row.name, names.get(stored, stored)) != stored:
            found[row.source][stored].add(row.name)
    return found


async def _load(deps: TakeInDeps, source: str, names: Sequence[str], *, after: int) -> list[MisnamedEvent]:
    async with deps.database.transaction() as connection:
        return await misnamed_events.list_misnamed(connection, source, names, after=after, limit=BATCH_SIZE)


async def _take_in(deps: TakeInDeps, source: str, rows: Sequence[MisnamedEvent]) -> TakenIn:
    project = deps.catalogue.project
    requests = [
        segment_events.parse_request({"batch": [_call(row)]}, row.received_at, project, source=source) for row in rows
    ]
    taken = await take_in(deps, source, requests)
    async with deps.database.transaction() as connection:
        await misnamed_events.delete_misnamed(connection, [rows[place] for place in taken.requests])
    await keep_remarks(deps, source, taken)
    return taken


def _call(row: MisnamedEvent) -> dict[str, Any]:
    """The event as its source would have told it. Its id is new: the old one is known as that of the old name."""
    properties = dict(row.properties)
    context = dict(properties.pop(CONTEXT, {}))
    return {
        "type": "track",
        "event": row.name,
        "messageId": str(uuid5(NAMESPACE_URL, f"{row.message_id}#{row.id}")),
        "timestamp": row.occurred_at.isoformat(),
        "properties": properties,
        "context": {**context, "externalIds": [{"type": row.kind, "id": row.value}]},
    }
