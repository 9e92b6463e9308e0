"""Lines to the sandbox that a test can cut and mend, a second provider of a channel, and how providers stand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project
from tests.support.delivering import everybody
from tests.support.stack import Stack

FIRST, SECOND = "sandbox_push", "second_push"


class Line:
    """A port of its own that leads to the sandbox while the line stands; cut, nobody listens there."""

    def __init__(self) -> None:
        self.port, self._target = 0, 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def mend(self, target: int | None = None) -> None:
        """Lets it stand (again)."""
        self._target = target or self._target
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Drops what is open, and takes nothing any more."""
        if self._server:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._open |= {writer, back}
        try:
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            self._open -= {writer, back}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def line() -> AsyncIterator[Line]:
    """A line that is cut, with a port that is its own."""
    made = Line()
    await made.mend(1)
    await made.cut()
    try:
        yield made
    finally:
        await made.cut()


def first_over(line: Line, *, second: bool = False, **spec: Any) -> Callable[[Project], Project]:
    """`everybody`, with the push provider at the end of the line, and perhaps a second one after it that works."""

    def edit(project: Project) -> Project:
        works = project.providers[FIRST]
        far = works.model_copy(update={"url": f"http://127.0.0.1:{line.port}/push"})
        providers = {**project.providers, FIRST: far, SECOND: works.model_copy(update={"name": SECOND})}
        names = (FIRST, SECOND) if second else (FIRST,)
        push = project.channels[Channel.PUSH].model_copy(update={"providers": names, **spec})
        parts = {"providers": providers, "channels": {**project.channels, Channel.PUSH: push}}
        return everybody(project).model_copy(update=parts)

    return edit


async def mend(stack: Stack, line: Line) -> None:
    """The provider at the end of the line is back."""
    await line.mend(urlsplit(stack.sandbox.http_url).port)


async def pause_is_over(stack: Stack) -> None:
    """As if it were: pauses are on the machine's clock, which cannot be stepped."""
    await stack.rows("UPDATE carrier SET open_until = clock_timestamp() - interval '1 ms' WHERE open_until NOTNULL")


async def standing(stack: Stack, name: str = FIRST) -> dict[str, Any]:
    """How the provider stands: failures, how often it was passed over, and for how many seconds from now."""
    sql = """SELECT failures, opened, probe_until > clock_timestamp() AS probed,
                    round(extract(epoch FROM open_until - clock_timestamp())) AS seconds
               FROM carrier WHERE name = %(name)s"""
    (row,) = await stack.rows(sql, name=name)
    return row
