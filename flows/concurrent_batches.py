"""Lanes: checking people, and each channel's sending, at the same time and each at its own pace.

A provider that answers slowly holds up its own lane, and no other.
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

POLL_SECONDS = 0.1  # a lane that stands idle has work as soon as another makes some
MAX_BUSY_POLLS = 5  # somebody else holds all who are due: they are at it, and dispatch looks again


class ConcurrentBatches:
    """What one run is at. Leaving it waits for what is under way; cancelled, it lets that settle."""

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
        """Whether nothing is under way here, because others hold everybody who is due."""
        return self._busy > MAX_BUSY_POLLS and not self._running()

    def start(self, due: bool, queued: Mapping[Channel, int]) -> None:
        """Lets every idle lane that has work begin with its next thousands."""
        if due and self._checking is None:
            self._checking = asyncio.create_task(self._check())
        for channel in queued.keys() - self._sending.keys():
            if self._checking is None or queued[channel] >= BATCH_SIZE:  # more is coming: a task run is dear in Prefect
                self._sending[channel] = asyncio.create_task(self._send(channel, queued[channel]))

    async def next_done(self) -> bool:
        """True once a lane is done, or it is time to look for more; False where nothing runs. Raises what broke one."""
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
