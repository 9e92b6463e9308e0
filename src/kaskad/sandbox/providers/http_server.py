"""A small HTTP/1.1 server on asyncio: several thousand 25 KB POSTs a second, and it can drop a connection at will.

For loopback only: it supports bodies with a length and keep-alive, and nothing more. A web framework would answer a
lost request with a 500; here the connection ends without an answer, as in reality.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

_log = logging.getLogger(__name__)

MAX_REQUEST = 4 * 1024 * 1024  # bytes of one request


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are lower-case; `target` is the path with its query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; `body` is JSON."""

    status: int
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Response | None]]  # None: drop the connection without an answer


class HttpServer:
    """Serves one handler on 127.0.0.1 until it is closed; `port` is known once it has started."""

    def __init__(self, handle: Handler) -> None:
        self._handle = handle
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    async def start(self, port: int) -> None:
        """Listens on the port; 0 means any free one. Raises OSError if it is in use."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self._handle, self._connections), "127.0.0.1", port, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.drop()
        if self._server is not None:
            await self._server.wait_closed()


class _Connection(asyncio.Protocol):
    """One connection: requests in order, one at a time; what arrives meanwhile waits in the buffer."""

    def __init__(self, handle: Handler, connections: set[_Connection]) -> None:
        self._handle, self._connections = handle, connections
        self._buffer = bytearray()
        self._busy: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._busy is None:
            self._next()

    def drop(self) -> None:
        if self._busy is not None:
            self._busy.cancel()
        self._transport.abort()

    def _next(self) -> None:
        try:
            request = _take_request(self._buffer)
        except ValueError as error:
            self._transport.write(_encode(Response(400, b'{"detail": "%s"}' % str(error).encode())))
            self._transport.close()
            return
        if request is not None:
            self._busy = asyncio.create_task(self._answer(request))

    async def _answer(self, request: Request) -> None:
        try:
            response = await self._handle(request)
        except Exception:  # an error of the sandbox: drop the connection, do not let it hang
            _log.exception("%s %s", request.method, request.target)
            response = None
        self._busy = None
        if response is None:
            self._transport.abort()
        elif not self._transport.is_closing():
            self._transport.write(_encode(response))
            self._next()


def _take_request(buffer: bytearray) -> Request | None:
    """The first complete request, removed from the buffer; None while it is not complete. Raises ValueError."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > 65_536:
            raise ValueError("the head is too long")
        return None
    first, *lines = buffer[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "transfer-encoding" in headers:
        raise ValueError("send a Content-Length")
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= MAX_REQUEST:
        raise ValueError("the body is too long")
    if len(buffer) < end + 4 + length:
        return None
    method, target, _ = first.split(" ")
    body = bytes(buffer[end + 4 : end + 4 + length])
    del buffer[: end + 4 + length]
    return Request(method, target, headers, body)


def _encode(response: Response) -> bytes:
    headers = {"Content-Type": "application/json", "Content-Length": str(len(response.body)), **response.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n{lines}\r\n".encode() + response.body
