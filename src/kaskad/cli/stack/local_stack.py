"""The local stack: one process keeps Postgres, Prefect, sandbox, API and worker running on one machine."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx

from kaskad.cli.session import prepare_addresses
from kaskad.cli.stack.prefect_process import PrefectProcess
from kaskad.cli.stack.processes import child_environment, prefect_server
from kaskad.domain.errors import Unavailable
from kaskad.orchestration.prefect_server import is_answering
from kaskad.orchestration.processes import ChildProcess, StatusCallback, Supervisor
from kaskad.settings import Settings
from kaskad.storage import embedded, migrate

T = TypeVar("T")
ENTRY = [sys.executable, "-m", "kaskad.cli.main"]
POSTGRES_POLL = 0.5  # seconds
# seconds: a server of a killed stack, or of a short command, is about to end
POSTGRES_EXIT_TIMEOUT = 15.0


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A running stack: its settings with the database's URL, the environment of its children, their supervisor."""

    settings: Settings
    environment: dict[str, str]
    supervisor: Supervisor
    keeping: asyncio.Task[None] | None
    prefect: PrefectProcess

    async def start(
        self, name: str, *arguments: str, ready: str | None = None, number: int = 1, vital: bool = True
    ) -> None:
        """Starts `kaskad NAME …` as a child, the `number`-th of its kind; returns when `ready` says that it works.

        A child that is not `vital` is restarted after every death; too many deaths of a vital one end the stack.
        """
        called = name if number == 1 else f"{name}-{number}"
        settings = self.settings
        await self.supervisor.start(
            ChildProcess(
                name=called,
                argv=[*ENTRY, name, *arguments],
                env=self.environment,
                log=settings.home / "logs" / f"{called}.log",
                ready=(lambda: _is_answering(ready)) if ready else None,
                cwd=settings.project,
                vital=vital,
            )
        )

    async def command(self, *arguments: str) -> None:
        """Runs `kaskad …` to its end. Raises Unavailable with the end of its output if it fails."""
        code, said = await self.ask(*arguments)
        if code:
            raise Unavailable(f"kaskad {' '.join(arguments)} failed: {said}")

    async def ask(self, *arguments: str) -> tuple[int, str]:
        """Runs `kaskad …` to its end; its exit code and output."""
        process = await asyncio.create_subprocess_exec(
            *ENTRY,
            *arguments,
            env=self.environment,
            cwd=self.settings.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode(errors="replace").strip()

    async def run_unless_stopped(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`. Raises Unavailable if a process has died too often meanwhile."""
        working, over = asyncio.create_task(work), asyncio.create_task(self.wait())
        try:
            await asyncio.wait([working, over], return_when=asyncio.FIRST_COMPLETED)
            if over.done():
                over.result()
            return await working
        finally:
            working.cancel()
            over.cancel()
            await asyncio.gather(working, over, return_exceptions=True)

    async def wait(self) -> None:
        """Never returns by itself. Raises Unavailable if a process died too often."""
        waiting = [asyncio.create_task(self.supervisor.wait())]
        if self.keeping:
            waiting.append(self.keeping)
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


@asynccontextmanager
async def start_local_stack(
    settings: Settings,
    tell: StatusCallback,
    *,
    sandbox: bool = True,
    patient: bool = False,
    postgres: Sequence[tuple[str, str]] = (),
) -> AsyncIterator[LocalStack]:
    """Starts Postgres (migrated) and Prefect for the other processes. Leaving stops every child. Main thread only.

    With `patient` Prefect has only been started: `LocalStack.prefect` says when it answers. Raises Unavailable if
    another stack runs in this folder, or if one of its ports is in use; only Prefect's may become free later.
    """
    stood = False
    async with AsyncExitStack() as stack:
        stack.enter_context(_lock_home(settings.home))
        _check_ports(settings, sandbox, prefect=settings.own_prefect and not patient)
        keeping = None
        url = settings.database_url
        if url is None:
            await _wait_until_stopped(settings.home / "postgres")
            server = _Postgres(settings, dict(postgres), tell)
            stack.callback(server.stop)
            url = server.url
            tell("postgres", f"on 127.0.0.1:{server.port}")
            keeping = asyncio.create_task(server.keep())
            stack.callback(keeping.cancel)
        await asyncio.to_thread(migrate.upgrade, url)
        await prepare_addresses(replace(settings, database_url=url))
        environment = {**os.environ, **child_environment(settings, url)}
        supervisor = await stack.enter_async_context(Supervisor(tell, stop_within=3.5))
        kept = _prefect_process(settings, environment, supervisor, tell=tell, vital=not patient)
        stack.callback(kept.stop)
        kept.begin()
        standing = LocalStack(replace(settings, database_url=url), environment, supervisor, keeping, kept)
        if settings.own_prefect and not patient:
            await standing.run_unless_stopped(kept.ready())
        stood = True
        yield standing
    if not stood:  # the supervisor ends its block quietly on Ctrl-C, before the stack was complete
        raise KeyboardInterrupt


def _prefect_process(
    settings: Settings, environment: Mapping[str, str], supervisor: Supervisor, *, tell: StatusCallback, vital: bool
) -> PrefectProcess:
    ui = settings.prefect_api_url.removesuffix("/api")
    if not settings.own_prefect:
        ours = partial(is_answering, settings.prefect_api_url, settings.prefect_auth)
        return PrefectProcess(supervisor, tell, ui, ours)
    server = prefect_server(settings)
    return PrefectProcess(
        supervisor,
        tell,
        ui,
        server.healthy,
        child=replace(server.child(environment), vital=vital),
        address=(settings.host, settings.prefect_port),
        database=server.database,
    )


@contextmanager
def _lock_home(home: Path) -> Iterator[None]:
    """Holds the lock that allows only one stack per folder; the system frees it, however this process ends."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable(f"Kaskad runs in {home} already: end it first, or set KASKAD_HOME") from error
        yield


def _check_ports(settings: Settings, sandbox: bool, *, prefect: bool) -> None:
    """Raises Unavailable for a port in use: journeys would be published to a Prefect server of somebody else."""
    ports = {"KASKAD_API_PORT": settings.api_port}
    if prefect:
        ports["KASKAD_PREFECT_PORT"] = settings.prefect_port
    if sandbox:
        ports["KASKAD_SANDBOX_HTTP_PORT"] = settings.sandbox_http_port
        ports["KASKAD_SANDBOX_SMTP_PORT"] = settings.sandbox_smtp_port
    for variable, port in ports.items():
        try:
            socket.create_server((settings.host, port)).close()
        except OSError as error:
            raise Unavailable(f"port {port} is taken: end what listens there, or set {variable}") from error


async def _wait_until_stopped(postgres: Path) -> None:
    """Returns when no server runs on the folder, or if one seems to stay: starting ours then reports it."""
    for _ in range(round(POSTGRES_EXIT_TIMEOUT / POSTGRES_POLL)):
        if embedded.find_running(postgres) is None:
            return
        await asyncio.sleep(POSTGRES_POLL)


class _Postgres:
    """The embedded server; it is restarted on the same port if somebody kills it."""

    def __init__(self, settings: Settings, options: dict[str, str], tell: StatusCallback) -> None:
        self._folder, self._options, self._tell = settings.home / "postgres", options, tell
        self._server = embedded.start(self._folder, options)
        self.url, self.port = self._server.url, self._server.port

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(POSTGRES_POLL)
            if not self._server.alive():
                self._tell("postgres", "ended; starting it again")
                # In this thread: the server dies with the thread that starts it.
                self._server = embedded.start(self._folder, self._options, port=self.port)

    def stop(self) -> None:
        self._server.stop(patience=3.0)


async def _is_answering(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            return (await client.get(url)).is_success
    except httpx.TransportError:
        return False
