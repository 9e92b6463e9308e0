"""Rate limits of providers. A rate holds for all workers together: they reserve slots of it in the database.

Each process also limits its concurrent calls per provider. All times are on the machine's clock.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from kaskad.storage.database import Database
from kaskad.storage.delivery import provider_health
from kaskad.storage.delivery.provider_health import Reservation, ReservedSlots

RESERVE_AHEAD_SECONDS = 0.25  # seconds of the rate that a worker reserves at once, at most: others never wait long
MAX_RESERVED_BATCHES = 4  # at most slots for that many batches: slots that are reserved and not used are lost for all
PROBE_MESSAGES = 3  # messages that test whether a provider works again
BURST = provider_health.MAX_BURST.total_seconds()


@dataclass(slots=True)
class _ReservedSlots:
    """Slots that were reserved in advance."""

    provider: str
    count: int
    ends: float  # monotonic


class _ConcurrencyLimit:
    def __init__(self, concurrency: int) -> None:
        self.at_once = asyncio.Semaphore(concurrency)
        self.next_free = 0.0
        self._turns = asyncio.Lock()

    async def wait_for_slot(self, rate: float) -> None:
        """Waits for this call's slot, one at a time: after a stall, only a little of the missed rate is caught up."""
        async with self._turns:
            if (early := self.next_free - time.monotonic()) > 0:
                await asyncio.sleep(early)
            self.next_free = max(self.next_free, time.monotonic() - BURST) + 1 / rate


class RateLimiter:
    """Concurrency limits by provider, and this process's reserved slots. `recently_failed`: no send since a failure."""

    def __init__(self) -> None:
        self.recently_failed: set[str] = set()
        self._lanes: dict[str, _ConcurrencyLimit] = {}
        self._kept: dict[tuple[str, ...], _ReservedSlots] = {}
        self._asking: defaultdict[tuple[str, ...], asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def acquire(self, provider: str, rate: float, concurrency: int) -> AsyncIterator[None]:
        """Holds a place among the provider's calls, once it is this call's turn. `concurrency` is for this process."""
        lane = self._lanes.setdefault(provider, _ConcurrencyLimit(concurrency))
        async with lane.at_once:
            await lane.wait_for_slot(rate)
            yield

    async def reserve(
        self, database: Database, names: tuple[str, ...], rate: float, *, count: int, until: float
    ) -> Reservation:
        """Reserves slots for `count` messages with the first usable provider, and waits until they begin.

        Never waits beyond `until` (monotonic). A provider whose circuit is half open gets a few messages only.
        """
        async with self._asking[names]:
            kept = self._kept.get(names)
            if kept and kept.count >= count and time.monotonic() < kept.ends:
                kept.count -= count
                return Reservation(kept.provider, count)
            wanted = max(count, min(int(rate * RESERVE_AHEAD_SECONDS), MAX_RESERVED_BATCHES * count))
            slots = await self._ask(database, names, timedelta(seconds=wanted / rate), until=until)
            if not isinstance(slots, ReservedSlots):
                return Reservation(None, count if slots is None else 0)
            if slots.half_open:
                return Reservation(slots.provider, min(count, PROBE_MESSAGES))
            self._kept[names] = _ReservedSlots(slots.provider, wanted - count, time.monotonic() + wanted / rate)
            return Reservation(slots.provider, count)

    async def _ask(
        self, database: Database, names: tuple[str, ...], length: timedelta, *, until: float
    ) -> ReservedSlots | timedelta | None:
        """Returns the slots once they begin, their delay if that is too long, or None if all providers are down."""
        while True:
            async with database.transaction() as connection:
                slots = await provider_health.reserve_slots(connection, names, length)
                ahead = None if slots else await provider_health.get_slot_delay(connection, names)
            if slots:
                (self.recently_failed.add if slots.recently_failed else self.recently_failed.discard)(slots.provider)
                await asyncio.sleep(max(slots.wait.total_seconds(), 0))
                return slots
            if ahead is None or time.monotonic() + ahead.total_seconds() > until:
                return ahead
            await asyncio.sleep(ahead.total_seconds() + random.uniform(0, 0.05))  # noqa: S311 - jitter, not a secret

    def forget(self, provider: str) -> None:
        """Gives up the slots reserved with the provider: the next reservation reads its state."""
        self._kept = {names: kept for names, kept in self._kept.items() if kept.provider != provider}
