"""DBOS: one durable workflow for each customer, taken from a queue, with the one step that its documentation asks for.

Everything that touches the world is in that one step: more steps are more checkpoints, and slower.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager

from dbos import DBOS, DBOSConfig

from engines.job import Job, Order
from engines.protocol import Engines, serve

QUEUE = "remind"
POLL = 0.02  # seconds
CONNECTIONS = 20
ENQUEUED_AT_ONCE = 20


class Engine:
    """One queue, one workflow of one step."""

    def __init__(self, order: Order, job: Job) -> None:
        self._job, self._at_once = job, order.at_once
        self.settings = {
            "worker_concurrency": order.at_once,
            "polling_interval_sec": POLL,
            "sys_db_pool_size": CONNECTIONS,
            "steps": 1,
        }

        @DBOS.step()
        async def send(customer: int) -> None:
            await job.run(customer)

        @DBOS.workflow()
        async def remind(customer: int) -> None:
            await send(customer)

        self._workflow = remind

    async def open_queue(self, at_once: int) -> None:
        """Lets so many workflows run at once; with 0 they wait."""
        await DBOS.register_queue_async(
            QUEUE, worker_concurrency=at_once, polling_interval_sec=POLL, on_conflict="always_update"
        )

    async def enqueue(self, customers: Sequence[int]) -> None:
        await self.open_queue(0)
        await asyncio.sleep(20 * POLL)  # a look that has begun still goes by the old limit
        turn = asyncio.Semaphore(ENQUEUED_AT_ONCE)

        async def add(customer: int) -> None:
            async with turn:
                await DBOS.enqueue_workflow_async(QUEUE, self._workflow, customer)

        await asyncio.gather(*map(add, customers))

    async def drain(self) -> None:
        await self.open_queue(self._at_once)
        await self._job.all_done()


@asynccontextmanager
async def engine(order: Order, job: Job) -> Engines:
    """The engine with its tables; launched in this loop, it runs its coroutines here."""
    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": order.database.replace("postgresql://", "postgresql+psycopg://", 1),
        "sys_db_pool_size": CONNECTIONS,
        "log_level": "WARNING",
        "application_version": "1",
    }
    DBOS(config=config)
    made = Engine(order, job)
    DBOS.launch()
    try:
        yield made
    finally:
        await asyncio.to_thread(DBOS.destroy)


if __name__ == "__main__":
    serve(engine)
