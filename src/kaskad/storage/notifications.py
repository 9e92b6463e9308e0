"""Notifications between processes: something is due now. Sent with the commit, received without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg

from kaskad.storage.database import Connection

CHANNEL = "kaskad_due"
RECONNECT_DELAY = 1.0  # seconds, when the connection was lost


async def notify_due(connection: Connection) -> None:
    """Notifies listeners when this transaction commits. Only if something is due at once: it costs a lock."""
    await connection.execute("SELECT pg_notify(%(channel)s, '')", {"channel": CHANNEL})


async def listen_for_due(url: str, heard: Callable[[], None]) -> None:
    """Calls `heard` at each notification and after each new connection; never returns. Reconnects when it is lost."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                heard()
                async for _ in connection.notifies():
                    heard()
        except psycopg.OperationalError:
            await asyncio.sleep(RECONNECT_DELAY)
