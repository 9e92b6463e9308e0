"""Servers that misbehave in one way each, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from kaskad.sandbox.providers.http_server import HttpServer, Request, Response

Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(status: int, body: bytes, **headers: str) -> AsyncIterator[tuple[str, list[Request]]]:
    """A server that gives one answer to everything, and what it was asked."""
    asked: list[Request] = []

    async def handle(request: Request) -> Response:
        asked.append(request)
        return Response(status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    server = HttpServer(handle)
    await server.start(0)
    yield f"http://127.0.0.1:{server.port}/sms", asked
    await server.close()


@asynccontextmanager
async def serving(connected: Connected) -> AsyncIterator[str]:
    """The URL of a server that does this with each connection."""
    async with listening(connected) as port:
        yield f"http://127.0.0.1:{port}/sms"


@asynccontextmanager
async def listening(connected: Connected) -> AsyncIterator[int]:
    """The port of a server that does this with each connection; every connection ends with it."""
    running: set[asyncio.Task[None]] = set()

    async def tracked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await connected(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(tracked, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def read_request(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    await reader.readexactly(int(length.split(b":")[1]))


Script = dict[str, str | None]  # the first word of a command, or "." for the end of the mail: the answer; None drops


@asynccontextmanager
async def scripted(script: Script | None = None, greeting: str = "220 hi") -> AsyncIterator[tuple[int, list[str]]]:
    """An SMTP server that answers as it is told, and 250 otherwise; its port and the commands it got."""
    answers: Script = {"DATA": "354 go on", "QUIT": "221 bye", **(script or {})}
    commands: list[str] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{greeting}\r\n".encode())
        while line := (await reader.readline()).decode():
            commands.append(line.strip())
            await answer(writer, line.split()[0].upper())
            if line.startswith("DATA") and str(answers["DATA"]).startswith("354"):
                await reader.readuntil(b"\r\n.\r\n")
                await answer(writer, ".")

    async def answer(writer: asyncio.StreamWriter, to: str) -> None:
        reply = answers.get(to, "250 ok")
        if reply is None:
            writer.transport.abort()
        else:
            writer.write(f"{reply}\r\n".encode(errors="surrogateescape"))

    async with listening(connected) as port:
        yield port, commands
