"""Serves the API on a port, in the caller's event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

GRACE = 3  # seconds for requests that are running when it ends
BACKLOG = 2048


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the caller, whose loop does other things too."""
        yield


@asynccontextmanager
async def serve_api(app: FastAPI, host: str, port: int) -> AsyncIterator[str]:
    """The URL where the app answers; port 0 means any free port. Raises OSError if the port is in use.

    Errors at the app's start are raised here. Requests are not logged, because their paths contain tokens of customers.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",  # run here, so that its errors are raised here
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config)
    with await _open_socket(host, port) as listener:
        async with app.router.lifespan_context(app):
            running = asyncio.create_task(server.serve([listener]))
            try:
                yield f"http://{host}:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                await running


async def _open_socket(host: str, port: int) -> socket.socket:
    """A listening socket, marked as TCP: only then does asyncio disable Nagle's algorithm, which costs 40 ms a call."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    family, kind, proto, _, address = found[0]
    listener = socket.socket(family, kind, proto)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)  # whoever knows the URL may ask at once: they wait until the server is up
    except OSError:
        listener.close()
        raise
    return listener
