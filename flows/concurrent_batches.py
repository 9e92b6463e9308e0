"""Decides about customers and sends in each channel at the same time, each independent of the others.

A provider that answers slowly delays only its own channel.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from types import TracebackType

from kaskad.domain.channel import Channel
from kaskad.services.delivery.deliver import BATCH_SIZE
from kaskad.services.run_summary import RunSummary
from tasks.advance import decide_due
from tasks.deliver import send

POLL_SECONDS = 0.1  # sending has new work as soon as a decision queues a message
MAX_BUSY_POLLS = 5  # others have locked all due customers; the dispatcher looks again


class ConcurrentBatches:
    """The batches of one run. Leaving it waits for running batches; if cancelled, it lets them settle."""

    def __init__(self, story: RunSummary) -> None:
        self._story = story
        self._checking: asyncio.Task[None] | None = None
        self._sending: dict[Channel, asyncio.Task[None]] = {}
        self._busy = 0

    async def __aenter__(self) -> ConcurrentBatches:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        running = self._running()
        if isinstance(error, asyncio.CancelledError):
            for task in running:
                task.cancel(*error.args)
        if running:
            await asyncio.wait(running)

    @property
    def stuck(self) -> bool:
        """Whether nothing runs here because others have locked all customers who are due."""
        return self._busy > MAX_BUSY_POLLS and not self._running()

    def start(self, due: bool, queued: Mapping[Channel, int]) -> None:
        """Starts the next batch of deciding and of each channel that has work and is idle."""
        if due and self._checking is None:
            self._checking = asyncio.create_task(self._check())
        for channel in queued.keys() - self._sending.keys():
            if self._checking is None or queued[channel] >= BATCH_SIZE:  # a task run is expensive
                self._sending[channel] = asyncio.create_task(self._send(channel, queued[channel]))

    async def next_done(self) -> bool:
        """True once a batch is done, or it is time to look for work; False if nothing runs. Raises a batch's error."""
        running = self._running()
        if not running:
            return False
        done, _ = await asyncio.wait(running, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        self._checking = None if self._checking in done else self._checking
        self._sending = {channel: task for channel, task in self._sending.items() if task not in done}
        for task in done:
            await task
        return True

    def _running(self) -> list[asyncio.Task[None]]:
        return [*self._sending.values(), *([self._checking] if self._checking else [])]

    async def _check(self) -> None:
        advanced = await decide_due(self._story.journey)
        self._story.decided(advanced)
        self._busy = self._busy + 1 if advanced.busy else 0
        if advanced.busy:
            await asyncio.sleep(random.uniform(0.05, 0.2) * self._busy)  # noqa: S311 - jitter

    async def _send(self, channel: Channel, count: int) -> None:
        self._story.delivered(channel, await send(self._story.journey, channel.value, count))
