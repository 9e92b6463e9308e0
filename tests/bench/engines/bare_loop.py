"""No engine at all: one loop that claims a thousand, asks once who has bought, renders, POSTs and records in bulk.

It is what the parts can do together: it keeps no promise. Who dies in the middle sends twice, or never.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager

import asyncpg

from engines.job import Job, Order
from engines.protocol import Engines, serve
from kaskad.storage.database import from_json

BATCH = 1_000
CLAIM = """WITH due AS (SELECT customer_id FROM due WHERE due_at <= now() ORDER BY due_at LIMIT $1
                           FOR UPDATE SKIP LOCKED)
           DELETE FROM due USING due AS mine WHERE due.customer_id = mine.customer_id RETURNING due.customer_id"""
LOOK = """SELECT c.id, c.address, c.known FROM customer c WHERE c.id = ANY($1) AND NOT EXISTS (
            SELECT FROM purchase p WHERE p.customer_id = c.id AND p.at >= c.left_at)"""
RECORD = """INSERT INTO sent (customer_id, reference, at) SELECT *, now() FROM unnest($1::bigint[], $2::text[])"""


class BareLoop:
    """Batch after batch until nobody is due."""

    def __init__(self, order: Order, job: Job) -> None:
        self._job, self._turn = job, asyncio.Semaphore(order.at_once)
        self.settings = {"batch": BATCH, "concurrency": order.at_once}

    async def enqueue(self, customers: Sequence[int]) -> None:
        await self._job.pool.copy_records_to_table(
            "due", records=[(customer,) for customer in customers], columns=["customer_id"]
        )

    async def drain(self) -> None:
        while await self._batch():
            pass

    async def _batch(self) -> int:
        claimed = [row["customer_id"] for row in await self._job.pool.fetch(CLAIM, BATCH)]
        rows = await self._job.pool.fetch(LOOK, claimed) if claimed else []
        references = await asyncio.gather(*[self._send(row) for row in rows])
        if rows:
            await self._job.pool.execute(RECORD, [row["id"] for row in rows], references)
            self._job.count(len(claimed))
        return len(claimed)

    async def _send(self, row: asyncpg.Record) -> str:
        async with self._turn:
            letters = self._job.letters
            return await letters.post(letters.render(row["id"], row["address"], from_json(row["known"])))


@asynccontextmanager
async def engine(order: Order, job: Job) -> Engines:
    """The loop with its table."""
    await job.pool.execute(
        """CREATE TABLE due (customer_id bigint PRIMARY KEY, due_at timestamptz NOT NULL DEFAULT now());
           CREATE INDEX ON due (due_at)"""
    )
    yield BareLoop(order, job)


if __name__ == "__main__":
    serve(engine)
