"""The lease of one feed: one worker reads it, and another one takes over when that is dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import psycopg

from kaskad.domain.errors import Unavailable
from kaskad.services.failures.retry import run_in_transaction
from kaskad.storage import feeds
from kaskad.storage.database import Connection, Database
from kaskad.storage.feeds import ClaimedFeed, KnownOffer

LEASE = timedelta(minutes=2)  # renewed with every part that is read or taken in


class LeaseLost(Unavailable):
    """Another worker has the feed now: it took this one for dead."""

    def __init__(self, feed: str) -> None:
        super().__init__(f"another worker has taken over the feed '{feed}'")


@dataclass(frozen=True, slots=True)
class FeedLease:
    """The right to read the feed and to change what is known of its offers."""

    database: Database
    claimed: ClaimedFeed

    @property
    def feed(self) -> str:
        return self.claimed.name

    async def renew(self) -> None:
        """Prolongs the lease. Raises LeaseLost."""
        await run_in_transaction(self.database, self._renew)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """While inside, the lease is prolonged again and again; at the end the feed is given back."""
        beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            with suppress(Unavailable, psycopg.Error):  # it ends by itself
                await run_in_transaction(self.database, partial(feeds.release, claimed=self.claimed))

    async def _beat(self) -> None:
        """Until it is cancelled. A lease that is lost is noticed by whoever writes under it."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            with suppress(Unavailable, psycopg.Error):
                await self.renew()

    async def save(self, offers: Sequence[KnownOffer]) -> None:
        """Stores what these offers say now. Raises LeaseLost, and then nothing was stored."""
        await run_in_transaction(self.database, partial(self._save, offers))

    async def _save(self, offers: Sequence[KnownOffer], connection: Connection) -> None:
        await self._renew(connection)
        await feeds.save_offers(connection, self.feed, offers)

    async def _renew(self, connection: Connection) -> None:
        if not await feeds.renew(connection, self.claimed, lease=LEASE):
            raise LeaseLost(self.feed)
