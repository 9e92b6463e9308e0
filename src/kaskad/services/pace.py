"""The pace of each provider in this process: so many calls a second, so many at once. On the machine's clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class _Lane:
    def __init__(self, rate: float, concurrency: int) -> None:
        self.rate, self.at_once = rate, asyncio.Semaphore(concurrency)
        self.next_free = 0.0

    async def turn(self) -> None:
        """Waits for this call's slot; up to a tenth of a second's worth may go in one burst."""
        now = time.monotonic()
        slot = max(self.next_free, now - 0.1)
        self.next_free = slot + 1 / self.rate
        if slot > now:
            await asyncio.sleep(slot - now)


class Pace:
    """Lanes by provider."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def lane(self, provider: str, rate: float, concurrency: int) -> AsyncIterator[None]:
        """Holds a place in the provider's lane, once it is this call's turn."""
        lane = self._lanes.setdefault(provider, _Lane(rate, concurrency))
        lane.rate = rate
        async with lane.at_once:
            await lane.turn()
            yield
