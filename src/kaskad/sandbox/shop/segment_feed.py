"""Posts the shop's events with the stock Segment client, one client for each source.

The time of an answer is read after `flush()` of one batch: a client has one thread, posts one batch at a time and
delays none, so `flush()` returns as soon as the answer to that batch is there. (If the client splits a batch, all parts
get the time of the last one.) To read it from the client's own HTTP session would need private names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from segment.analytics.client import Client

from kaskad.domain.errors import Unavailable
from kaskad.sandbox.shop.event import ShopEvent, Source

BATCH = 100  # the client's own default
PARTIAL_BATCH_WAITS = 0.02  # seconds that the client waits for a batch to fill up
PATIENCE = 30  # seconds that the client retries


class FeedFailed(Unavailable):
    """Some events were not answered with 200, after the client's own retries. It is safe to post them again."""


class SegmentFeed:
    """Posts the events of the site, the app and the stores, each with its own write key.

    `answered` has, by message id, when the batch of that message was answered with 200: `read_machine_time` just after
    the answer, never before it.
    """

    def __init__(self, host: str, write_keys: Mapping[Source, str], machine_now: Callable[[], datetime]) -> None:
        self.answered: dict[UUID, datetime] = {}
        self._machine_now = machine_now
        self._lines = {source: _Line(host, key) for source, key in write_keys.items()}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def post(self, events: Iterable[ShopEvent]) -> None:
        """Returns when every event was answered with 200. Sources run in parallel, each in its own order.

        Raises FeedFailed, once all sources have stopped.
        """
        of_source: dict[Source, list[ShopEvent]] = {}
        for event in events:
            of_source.setdefault(event.source, []).append(event)
        posts = [asyncio.to_thread(self._post, source, batch) for source, batch in of_source.items()]
        for outcome in await asyncio.gather(*posts, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def close(self) -> None:
        """Ends the clients' threads."""
        await asyncio.gather(*[asyncio.to_thread(line.client.shutdown) for line in self._lines.values()])

    def _post(self, source: Source, events: Sequence[ShopEvent]) -> None:
        for first in range(0, len(events), BATCH):
            batch = events[first : first + BATCH]
            self._lines[source].post(batch)
            self.answered.update(dict.fromkeys((event.message_id for event in batch), self._machine_now()))


class _Line:
    """One stock client, and the events that it reported as lost."""

    def __init__(self, host: str, write_key: str) -> None:
        self._lost: list[tuple[Exception, int]] = []
        self.client: Any = Client(
            write_key,
            host=host,
            on_error=lambda error, batch: self._lost.append((error, len(batch))),
            gzip=False,
            thread=1,
            max_queue_size=10 * BATCH,
            upload_size=BATCH,
            upload_interval=PARTIAL_BATCH_WAITS,
            max_retries=5,
            max_total_backoff_duration=PATIENCE,
            max_rate_limit_duration=PATIENCE,
        )

    def post(self, batch: Sequence[ShopEvent]) -> None:
        for event in batch:
            accepted, _ = self._enqueue(event)
            if not accepted:
                raise FeedFailed("the Segment client's queue is full")
        self.client.flush()
        if self._lost:
            lost, self._lost = self._lost, []
            count = sum(size for _, size in lost)
            raise FeedFailed(f"{count} events were not taken: {lost[0][0]}") from lost[0][0]

    def _enqueue(self, event: ShopEvent) -> tuple[bool, Any]:
        common = {
            "user_id": event.user,
            "anonymous_id": event.anonymous_id,
            "timestamp": event.at,
            "message_id": str(event.message_id),
            "context": dict(event.context),  # the client adds its path to it
        }
        if event.kind == "identify":
            return tuple(self.client.identify(traits=dict(event.traits), **common))
        return tuple(self.client.track(event=event.name, properties=dict(event.properties), **common))
