"""Batches of the real services for many customers: ingests events, decides, delivers what was queued."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.version import Version
from kaskad.services.decisions.runner import DecisionBatchResult, decide_customers
from kaskad.services.delivery import deliver, webhooks
from kaskad.services.ingestion import ingest
from kaskad.services.simulation.runtime import SimulationRuntime
from kaskad.services.simulation.script import ScriptEvent
from kaskad.storage import enrollments
from kaskad.storage.queries import query

EVENTS_PER_BATCH = 1_000  # of one transaction
CUSTOMERS_PER_BATCH = 500
T = TypeVar("T")


class BatchRunner:
    """Runs up to `workers` batches at the same time, on one runtime with these versions."""

    def __init__(self, runtime: SimulationRuntime, versions: Iterable[Version], workers: int) -> None:
        self._runtime = runtime
        self._calls = any(version.program.calls for version in versions)
        self._at_once = asyncio.Semaphore(workers)

    async def ingest(self, happened: Sequence[Sequence[ScriptEvent]]) -> None:
        """Ingests each customer's events by source; a customer's events share a transaction, so they stay in order."""
        sources: dict[str, list[list[Any]]] = defaultdict(list)
        for own in happened:
            for source, group in groupby(sorted(own, key=_source), key=_source):
                sources[source].append([script_event.event for script_event in group])
        for source, event_lists in sorted(sources.items()):
            await self._all(
                ingest.ingest(self._runtime, source, part, chunk=EVENTS_PER_BATCH)
                for part in _event_batches(event_lists)
            )

    async def decide(self, people: Sequence[int]) -> None:
        """Decides about each customer; then delivers all that was queued."""
        advanced = sum(
            await self._all(self._pass(part) for part in _split(people, CUSTOMERS_PER_BATCH)), DecisionBatchResult()
        )
        while advanced.queued and (queued := await self._queued()):
            await self._all(deliver.deliver_queued(self._runtime, j, c, limit=n) for j, c, n in queued)
        if self._calls:
            await webhooks.make_calls(self._runtime)

    async def _pass(self, people: Sequence[int]) -> DecisionBatchResult:
        async with self._runtime.database.transaction() as connection:
            await self._runtime.catalogue.refresh(connection)
            await enrollments.lock_customers(connection, people)
            return await decide_customers(self._runtime, connection, people)

    async def _queued(self) -> list[tuple[str, Channel, int]]:
        """Returns the queued messages. If a customer was busy, their message is queued again, at the same time."""
        async with self._runtime.database.transaction() as connection:
            cursor = await connection.execute(query("count_queued_messages"))
            return [(row["journey"], Channel(row["channel"]), row["messages"]) for row in await cursor.fetchall()]

    async def _all(self, work: Iterable[Awaitable[T]]) -> list[T]:
        async def start_in_turn(part: Awaitable[T]) -> T:
            async with self._at_once:
                return await part

        return await asyncio.gather(*map(start_in_turn, work))


def _source(script_event: ScriptEvent) -> str:
    return script_event.source


def _event_batches(event_lists: Iterable[Sequence[T]]) -> Iterator[list[T]]:
    """Yields the events of as many customers as fit into one transaction."""
    part: list[T] = []
    for own in event_lists:
        if part and len(part) + len(own) > EVENTS_PER_BATCH:
            yield part
            part = []
        part += own
    if part:
        yield part


def _split(many: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (many[start : start + size] for start in range(0, len(many), size))
