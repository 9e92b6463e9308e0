"""Passes of the real services over many people at once: events come in, all is decided, what was queued goes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.version import Version
from kaskad.services.deciding.advance import Advanced, advance_people
from kaskad.services.hearing import ingest
from kaskad.services.rehearsal.script import Happened
from kaskad.services.rehearsal.stage import Stage
from kaskad.services.sending import deliver, webhooks
from kaskad.storage import enrollments

EVENTS = 1_000  # of one transaction
PEOPLE = 500
T = TypeVar("T")


class Passes:
    """So many passes at the same time, `workers`, on one stage where these versions run."""

    def __init__(self, stage: Stage, versions: Iterable[Version], workers: int) -> None:
        self._stage = stage
        self._calls = any(version.program.calls for version in versions)
        self._at_once = asyncio.Semaphore(workers)

    async def ingest(self, happened: Sequence[Sequence[Happened]]) -> None:
        """What happened to each, by source, and whole customers in each transaction: nobody's events change places."""
        sources: dict[str, list[list[Any]]] = defaultdict(list)
        for own in happened:
            for source, some in groupby(sorted(own, key=_source), key=_source):
                sources[source].append([one.event for one in some])
        for source, told in sorted(sources.items()):
            await self._all(ingest.ingest(self._stage, source, part, chunk=EVENTS) for part in _together(told))

    async def decide(self, people: Sequence[int]) -> None:
        """Decides about each of them; then all that was queued goes."""
        advanced = sum(await self._all(self._pass(some) for some in _parts(people, PEOPLE)), Advanced())
        while advanced.queued and (queued := await self._queued()):
            await self._all(deliver.send_queued(self._stage, j, c, limit=n) for j, c, n in queued)
        if self._calls:
            await webhooks.make_calls(self._stage)

    async def _pass(self, people: Sequence[int]) -> Advanced:
        async with self._stage.database.transaction() as connection:
            await self._stage.catalogue.refresh(connection)
            await enrollments.lock_customers(connection, people)
            return await advance_people(self._stage, connection, people)

    async def _queued(self) -> list[tuple[str, Channel, int]]:
        """What waits to go. Who was busy with another message of theirs waits once more, at the same instant."""
        async with self._stage.database.transaction() as connection:
            cursor = await connection.execute(
                """SELECT journey, channel, count(*) AS messages FROM message WHERE status = 'queued'
                    GROUP BY journey, channel ORDER BY journey, channel"""
            )
            return [(row["journey"], Channel(row["channel"]), row["messages"]) for row in await cursor.fetchall()]

    async def _all(self, work: Iterable[Awaitable[T]]) -> list[T]:
        async def one(part: Awaitable[T]) -> T:
            async with self._at_once:
                return await part

        return await asyncio.gather(*map(one, work))


def _source(one: Happened) -> str:
    return one.source


def _together(told: Iterable[Sequence[T]]) -> Iterator[list[T]]:
    """The events of as many as fit into one transaction."""
    part: list[T] = []
    for own in told:
        if part and len(part) + len(own) > EVENTS:
            yield part
            part = []
        part += own
    if part:
        yield part


def _parts(many: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (many[start : start + size] for start in range(0, len(many), size))
