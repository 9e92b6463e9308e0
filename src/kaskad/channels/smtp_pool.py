"""A pool of open SMTP connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

_RESET_TIMEOUT = 5.0  # seconds for the response that shows whether a pooled connection is still open
_CLOSING = 421


@dataclass(slots=True)
class _PooledConnection:
    client: SMTP
    carried: int = 0


class SmtpPool:
    """At most `connections` at once; each is closed after `messages` messages."""

    def __init__(self, connect: Callable[[], Awaitable[SMTP]], *, connections: int, messages: int) -> None:
        self._connect, self._messages = connect, messages
        self._turns = asyncio.Semaphore(connections)
        self._idle: list[_PooledConnection] = []

    @asynccontextmanager
    async def take(self) -> AsyncIterator[SMTP]:
        """Yields a connection ready for MAIL, for one message. It is closed if its state is not certain afterwards."""
        async with self._turns:
            line = await self._ready()
            try:
                yield line.client
            except SMTPResponseException as error:
                await self._put_back(line, usable=error.code >= 400 and error.code != _CLOSING)
                raise
            except BaseException:
                line.client.close()
                raise
            await self._put_back(line, usable=True)

    async def aclose(self) -> None:
        while self._idle:
            await _quit(self._idle.pop().client)

    async def _ready(self) -> _PooledConnection:
        while self._idle:
            line = self._idle.pop()  # the last used one: the others can time out
            if await _reset(line.client):
                return line
        return _PooledConnection(await self._connect())

    async def _put_back(self, line: _PooledConnection, *, usable: bool) -> None:
        line.carried += 1
        if not usable:
            line.client.close()
        elif line.carried >= self._messages:
            await _quit(line.client)
        elif line.client.is_connected:
            self._idle.append(line)


async def _reset(client: SMTP) -> bool:
    """True if the server responds to RSET: the connection is open, and has no state of the last message."""
    try:
        await client.rset(timeout=_RESET_TIMEOUT)
    except (SMTPException, OSError):
        client.close()
        return False
    except BaseException:
        client.close()
        raise
    return True


async def _quit(client: SMTP) -> None:
    try:
        await client.quit(timeout=_RESET_TIMEOUT)
    except (SMTPException, OSError):
        return  # it is closed already, as wanted
    finally:
        client.close()
