"""Procrastinate, drained by one asynchronous worker that deletes what is done."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager

from procrastinate import App, PsycopgConnector

from engines.job import Job, Order
from engines.protocol import Engines, serve

CONNECTIONS = 20


class Engine:
    """One queue, one task."""

    def __init__(self, order: Order, job: Job, app: App) -> None:
        self._app = app
        self.settings = {
            "concurrency": order.at_once,
            "connections": CONNECTIONS,
            "listen_notify": False,
            "delete_jobs": "always",
        }

        @app.task(name="remind")
        async def remind(customer: int) -> None:
            await job.run(customer)

        self._task, self._at_once = remind, order.at_once

    async def enqueue(self, customers: Sequence[int]) -> None:
        await self._task.batch_defer_async(*[{"customer": customer} for customer in customers])

    async def drain(self) -> None:
        await self._app.run_worker_async(
            concurrency=self._at_once,
            wait=False,  # it returns when the queue is empty
            listen_notify=False,
            delete_jobs="always",
            install_signal_handlers=False,
        )


@asynccontextmanager
async def engine(order: Order, job: Job) -> Engines:
    """The engine with its tables."""
    app = App(connector=PsycopgConnector(conninfo=order.database, min_size=CONNECTIONS, max_size=CONNECTIONS))
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        yield Engine(order, job, app)


if __name__ == "__main__":
    serve(engine)
