"""Serves the Prefect server's application so that SQLite does not block it.

    python -m kaskad.orchestration.prefect_app HOST PORT

Three things differ from `prefect server start`. Each was measured on SQLite, with several runs at once:

- Transactions take the write lock when they begin. A transaction that reads first and writes later fails at once if
  another one has written meanwhile (SQLITE_BUSY_SNAPSHOT); a transaction that begins with the lock waits for it.
- The garbage collector has its own thread. A collection in the event loop's thread finalizes cursors, which wait for
  their connection; the connection's thread waits (`busy_timeout`, 60 s) for the write lock; and the holder of that lock
  needs the event loop to release it: the server did nothing for a minute. In another thread the collection may wait.
- If the database is still locked, the answer has `Retry-After`: clients try again after a moment, not after 2, 4, 8
  seconds.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import uvicorn
from prefect.server.api.server import create_app
from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.database.dependencies import set_database_config
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction
from starlette.types import ASGIApp, Message, Receive, Scope, Send

YOUNG_COLLECTION_INTERVAL = 3.0  # seconds between two collections of young objects
FULL_COLLECTION_EVERY = 20  # collections of young objects for each full one
RETRY_AFTER = b"0.1"  # seconds


class RetryAfterMiddleware:
    """Adds `Retry-After` to 503 answers without it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 503:
                headers = message.setdefault("headers", [])
                if not any(name.lower() == b"retry-after" for name, _ in headers):
                    message["headers"] = [*headers, (b"retry-after", RETRY_AFTER)]
            await send(message)

        await self._app(scope, receive, answer)


class ImmediateTransactions(AioSqliteConfiguration):
    """Prefect's SQLite configuration, with each transaction begun as a writing one."""

    @asynccontextmanager
    async def begin_transaction(
        self, session: AsyncSession, with_for_update: bool = False
    ) -> AsyncGenerator[AsyncSessionTransaction, None]:
        async with super().begin_transaction(session, with_for_update=True) as transaction:
            yield transaction


def main() -> None:
    """Serves until SIGINT or SIGTERM."""
    host, port = sys.argv[1], int(sys.argv[2])
    url = os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"]
    set_aside_broken_database(Path(url.partition(":///")[2]))
    gc.disable()
    threading.Thread(target=_collect, name="garbage", daemon=True).start()
    set_database_config(ImmediateTransactions(connection_url=url))
    uvicorn.run(RetryAfterMiddleware(create_app(final=True)), host=host, port=port, log_level="warning")


def set_aside_broken_database(database: Path) -> Path | None:
    """Where a damaged database file was moved, so that the server starts with a new one; None if the file is good.

    It contains runs and deployments: deployments are created again, and no journey depends on old runs.
    """
    try:
        with closing(sqlite3.connect(database, timeout=0)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:  # locked, or no such folder: the server reports that itself
        return None
    except sqlite3.DatabaseError as error:
        aside = database.with_name(f"{database.name}.broken-{time.time_ns()}")
        database.rename(aside)
        for more in ("-wal", "-shm"):
            database.with_name(database.name + more).unlink(missing_ok=True)
        sys.stderr.write(f"{database} cannot be read ({error}): it is {aside} now, and a new one is begun\n")
        return aside
    return None


def _collect() -> None:
    round_ = 0
    while True:
        time.sleep(YOUNG_COLLECTION_INTERVAL)
        round_ += 1
        gc.collect(2 if round_ % FULL_COLLECTION_EVERY == 0 else 1)


if __name__ == "__main__":
    main()
