"""The sandbox of providers: SMTP and HTTP on loopback, one behaviour, one journal of what was really sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from kaskad.channels.transport import http_client
from kaskad.domain.channel import Channel
from kaskad.sandbox.providers.behaviour import Behaviour
from kaskad.sandbox.providers.http_app import HttpApp
from kaskad.sandbox.providers.http_server import HttpServer
from kaskad.sandbox.providers.intake import EngineClock, MachineClock, MessageIntake
from kaskad.sandbox.providers.receipts import Receipts
from kaskad.sandbox.providers.records import Journal, Record
from kaskad.sandbox.providers.smtp_server import SmtpServer

TICK = 0.5  # seconds of machine time between two reads of the engine's clock when it runs freely
_log = logging.getLogger(__name__)


def machine_clock() -> datetime:
    """This machine's time, in UTC."""
    return datetime.now(UTC)


class Sandbox:
    """Local replacements of the providers, as an async context manager.

    `now` is the engine's clock, which decides when receipts are due; `providers` names the provider of each channel in
    its webhook's address (by default the channel itself). With a folder, records are written to `received.jsonl` there,
    and keys of an earlier run are still known; its waiting receipts are lost. `whole` keeps HTML and long fields.
    With `free_running` receipts are posted automatically; otherwise the caller steps the clock and calls `tick`.
    """

    def __init__(
        self,
        folder: Path | None,
        now: EngineClock,
        behaviour: Behaviour,
        *,
        http_port: int = 0,
        smtp_port: int = 0,
        hooks_url: str | None = None,
        secret: str = "sandbox",  # noqa: S107 - opens nothing but these stand-ins
        providers: Mapping[Channel, str] | None = None,
        free_running: bool = False,
        whole: bool = False,
        machine: MachineClock = machine_clock,
    ) -> None:
        self.behaviour = behaviour
        self._folder, self._now, self._machine, self._whole = folder, now, machine, whole
        self._ports, self._hooks_url, self._secret = (http_port, smtp_port), hooks_url, secret
        self._providers, self._free_running = providers or {}, free_running
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self.journal = Journal(self._folder)
            stack.callback(self.journal.close)
            client = await stack.enter_async_context(http_client())
            self.receipts = Receipts(
                client,
                self._now,
                self._machine,
                secret=self._secret,
                hooks_url=self._hooks_url,
                providers=self._providers,
            )
            self.counter = MessageIntake(
                self.journal, self.receipts, self._now, machine=self._machine, whole=self._whole
            )
            stack.push_async_callback(self.counter.settle)
            app = HttpApp(self, self._secret)
            self.hooks, self._http = app.hooks, HttpServer(app)
            self._smtp = SmtpServer(self.counter, lambda: self.behaviour)
            stack.push_async_callback(self._http.close)
            await self._http.start(self._ports[0])
            stack.push_async_callback(self._smtp.close)
            await self._smtp.start(self._ports[1])
            if self._free_running:
                ticking = asyncio.create_task(self._run())
                stack.push_async_callback(_stop, ticking)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self._http.port}"

    @property
    def smtp_port(self) -> int:
        return self._smtp.port

    @property
    def received(self) -> list[Record]:
        """All calls so far, the oldest first."""
        return self.journal.records

    @property
    def open_connections(self) -> int:
        return self._http.open_connections + self._smtp.open_connections

    async def tick(self) -> int:
        """Posts the receipts that are due on the engine's clock; how many the API took. The others stay."""
        return await self.receipts.tick()

    def next_receipt_at(self) -> datetime | None:
        """When the next receipt is due on the engine's clock."""
        return self.receipts.next_at()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                await self.tick()
            except Exception:  # the engine's clock may be unreachable for a while; receipts wait
                _log.warning("receipts wait", exc_info=True)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def serve(
    folder: Path | None,
    now: EngineClock,
    behaviour: Behaviour,
    *,
    http_port: int,
    smtp_port: int,
    hooks_url: str | None,
    secret: str,
    providers: Mapping[Channel, str] | None = None,
    free_running: bool = True,
    ready: asyncio.Event | None = None,
) -> None:
    """Runs a sandbox until it is cancelled; sets `ready` once both ports listen."""
    async with Sandbox(
        folder,
        now,
        behaviour,
        http_port=http_port,
        smtp_port=smtp_port,
        hooks_url=hooks_url,
        secret=secret,
        providers=providers,
        free_running=free_running,
    ):
        if ready is not None:
            ready.set()
        await asyncio.get_running_loop().create_future()
