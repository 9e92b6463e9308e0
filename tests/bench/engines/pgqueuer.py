"""PgQueuer, drained by one worker as its own command line runs it: on uvloop, over a pool of asyncpg connections."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.domain.types import QueueExecutionMode
from pgqueuer.models import Job as Queued
from pgqueuer.queries import Queries

from engines.job import Job, Order
from engines.protocol import Engines, serve

ENTRYPOINT = "remind"
BATCH = 100
CONNECTIONS = 10


class Engine:
    """One queue, one entrypoint."""

    def __init__(self, order: Order, job: Job, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._job, self._pool, self._most = job, pool, max(order.at_once, 2 * BATCH)
        self.settings = {"batch_size": BATCH, "max_concurrent_tasks": self._most, "connections": CONNECTIONS}

    async def enqueue(self, customers: Sequence[int]) -> None:
        payloads: list[bytes | None] = [str(customer).encode() for customer in customers]
        await Queries.from_asyncpg_pool(self._pool).enqueue([ENTRYPOINT] * len(payloads), payloads, [0] * len(payloads))

    async def drain(self) -> None:
        queue = PgQueuer.from_asyncpg_pool(self._pool)

        @queue.entrypoint(ENTRYPOINT)
        async def remind(queued: Queued) -> None:
            assert queued.payload is not None
            await self._job.run(int(queued.payload))

        await queue.run(batch_size=BATCH, max_concurrent_tasks=self._most, mode=QueueExecutionMode.drain)


@asynccontextmanager
async def engine(order: Order, job: Job) -> Engines:
    """The engine with its tables."""
    async with asyncpg.create_pool(order.database, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        await Queries.from_asyncpg_pool(pool).install()
        yield Engine(order, job, pool)


if __name__ == "__main__":
    serve(engine, uvloop.run)
