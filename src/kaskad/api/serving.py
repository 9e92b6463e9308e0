"""The API on a port, inside the loop of whoever asks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

GRACE = 3  # seconds for requests that are under way when it ends
BACKLOG = 2048


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the caller's: this is not the only thing that its loop does."""
        yield


@asynccontextmanager
async def serving(app: FastAPI, host: str, port: int) -> AsyncIterator[str]:
    """The URL where the app answers, on any free port for 0. Raises OSError where the port is taken.

    Whatever the app's start raises is raised here. Requests are not logged: their paths hold tokens of customers.
    """
    listener = socket.create_server((host, port), backlog=BACKLOG)
    config = uvicorn.Config(
        app,
        lifespan="off",  # run here, so that its errors are
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config)
    with listener:
        async with app.router.lifespan_context(app):
            running = asyncio.create_task(server.serve([listener]))
            try:
                yield f"http://{host}:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                await running
