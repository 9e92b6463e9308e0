"""The SMTP side: takes mail like the server of the customer's provider, with its different ways to fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from kaskad.domain.channel import Channel
from kaskad.sandbox.providers.behaviour import Behaviour
from kaskad.sandbox.providers.intake import MessageIntake, SandboxMessage
from kaskad.sandbox.providers.records import Outcome

_NO_SUCH = "550 5.1.1 no such recipient"
_SHOWN = ("List-Unsubscribe", "List-Unsubscribe-Post")


class SmtpServer:
    """Listens on 127.0.0.1 until it is closed; `port` is known once it has started."""

    def __init__(self, counter: MessageIntake, behaviour: Callable[[], Behaviour]) -> None:
        self._handler = _Handler(counter, behaviour)
        self._sessions: set[_Session] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def open_connections(self) -> int:
        return len(self._sessions)

    async def start(self, port: int) -> None:
        """Listens on the port; 0 means any free one. Raises OSError if it is in use."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Session(self._handler, self._sessions, loop), "127.0.0.1", port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        sessions = tuple(self._sessions)
        for session in sessions:
            session.drop()
        for session in sessions:
            await session.ended.wait()
        await self._server.wait_closed()


class _Session(SMTP):
    """aiosmtpd's protocol, counted while the connection is open."""

    def __init__(self, handler: _Handler, sessions: set[_Session], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(handler, hostname="sandbox.example", ident="Kaskad sandbox", loop=loop)
        self._sessions = sessions
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sessions.discard(self)
        super().connection_lost(error)
        self.ended.set()

    def drop(self) -> None:
        if self.transport is not None:
            cast(asyncio.Transport, self.transport).abort()  # uvloop's is not a subclass


class _Handler:
    """aiosmtpd's hooks, with the names that it requires."""

    def __init__(self, counter: MessageIntake, behaviour: Callable[[], Behaviour]) -> None:
        self._counter, self._behaviour = counter, behaviour

    async def handle_RCPT(  # noqa: N802, PLR0917  # aiosmtpd calls it, by position
        self, server: _Session, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        behaviour = self._behaviour()
        rates = behaviour.rates(Channel.EMAIL, address)
        if behaviour.happens(rates.refuse, "refuse", Channel.EMAIL, address):
            parcel = SandboxMessage(Channel.EMAIL, "", address, envelope.mail_from or "", {})
            await self._counter.take(parcel, behaviour)
            return _NO_SUCH
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: _Session, session: Session, envelope: Envelope) -> str:  # noqa: N802
        behaviour = self._behaviour()
        if len(envelope.rcpt_tos) != 1:
            return "452 4.5.3 one recipient per message"
        parcel = _parcel(envelope, envelope.rcpt_tos[0])
        verdict = await self._counter.take(parcel, behaviour)
        if delay := behaviour.rates(Channel.EMAIL, parcel.to).delay_s:
            await asyncio.sleep(delay)
        if verdict.outcome is Outcome.LOST and not verdict.repeated:
            server.drop()
            await asyncio.get_running_loop().create_future()  # until the session, which has just ended, is cancelled
        if verdict.outcome is Outcome.REFUSED:
            return _NO_SUCH
        return (
            "451 4.3.0 try again later" if verdict.outcome is Outcome.DEFERRED else f"250 2.0.0 queued as {parcel.key}"
        )


def _parcel(envelope: Envelope, to: str) -> SandboxMessage:
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content)  # the older, lenient policy takes half the time of the newer one
    fields = {
        "subject": _header(mail, "Subject"),
        "text": _content(mail, "text/plain"),
        "html": _content(mail, "text/html"),
    }
    headers = {name: _header(mail, name) for name in _SHOWN if name in mail}
    key = _header(mail, "Message-ID").strip("<> ").partition("@")[0]
    said = {name: text for name, text in fields.items() if text}
    return SandboxMessage(Channel.EMAIL, key, to, _header(mail, "From"), said, headers)


def _header(mail: Message, name: str) -> str:
    return str(make_header(decode_header(mail.get(name, ""))))


def _content(mail: Message, kind: str) -> str:
    part = next((part for part in mail.walk() if part.get_content_type() == kind), None)
    body = part.get_payload(decode=True) if part else None
    return body.decode(errors="replace").replace("\r\n", "\n") if isinstance(body, bytes) else ""
