"""The whole house on one machine: Postgres, Prefect, sandbox, API and worker, kept running by one process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import httpx

from kaskad.cli.processes import child_environment, prefect_server
from kaskad.domain.errors import Unavailable
from kaskad.orchestration.processes import Child, Supervisor, Tell
from kaskad.settings import Settings
from kaskad.storage import embedded, migrate

ENTRY = [sys.executable, "-m", "kaskad.cli.main"]
POSTGRES_LOOK = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Standing:
    """A house that stands: its settings with the database's url, the children's environment, their supervisor."""

    settings: Settings
    environment: dict[str, str]
    supervisor: Supervisor
    keeping: asyncio.Task[None] | None

    async def start(self, name: str, *arguments: str, ready: str | None = None) -> None:
        """Starts `kaskad NAME …` as a child; `ready` is the address that has to answer first."""
        settings = self.settings
        await self.supervisor.start(
            Child(
                name=name,
                argv=[*ENTRY, name, *arguments],
                env=self.environment,
                log=settings.home / "logs" / f"{name}.log",
                ready=(lambda: _answers(ready)) if ready else None,
                cwd=settings.project,
            )
        )

    async def command(self, *arguments: str) -> None:
        """Runs `kaskad …` to its end. Raises Unavailable with its last words."""
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
        if process.returncode:
            raise Unavailable(f"kaskad {' '.join(arguments)} failed: {said.decode(errors='replace').strip()}")

    async def wait(self) -> None:
        """Never returns by itself. Raises Unavailable when something died too often."""
        waiting = [asyncio.create_task(self.supervisor.wait())]
        if self.keeping:
            waiting.append(self.keeping)
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


@asynccontextmanager
async def standing(
    settings: Settings, tell: Tell, *, postgres: Sequence[tuple[str, str]] = ()
) -> AsyncIterator[Standing]:
    """Postgres (migrated) and Prefect, ready for the rest. Leaving stops every child. For the main thread."""
    async with AsyncExitStack() as stack:
        keeping = None
        url = settings.database_url
        if url is None:
            server = _Postgres(settings, dict(postgres), tell)
            stack.callback(server.stop)
            url = server.url
            tell("postgres", f"on 127.0.0.1:{server.port}")
            keeping = asyncio.create_task(server.keep())
            stack.callback(keeping.cancel)
        await asyncio.to_thread(migrate.upgrade, url)
        environment = {**os.environ, **child_environment(settings, url)}
        supervisor = await stack.enter_async_context(Supervisor(tell, stop_within=3.5))
        if settings.own_prefect:
            server_child = prefect_server(settings).child(environment)
            await supervisor.start(server_child)
            tell("prefect", prefect_server(settings).ui_url)
        yield Standing(replace(settings, database_url=url), environment, supervisor, keeping)


class _Postgres:
    """The embedded server, started again on its own port when somebody kills it."""

    def __init__(self, settings: Settings, options: dict[str, str], tell: Tell) -> None:
        self._folder, self._options, self._tell = settings.home / "postgres", options, tell
        self._server = embedded.start(self._folder, options)
        self.url, self.port = self._server.url, self._server.port

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(POSTGRES_LOOK)
            if not self._server.alive():
                self._tell("postgres", "ended; starting it again")
                # In this thread: the server would die with any other.
                self._server = embedded.start(self._folder, self._options, port=self.port)

    def stop(self) -> None:
        self._server.stop(patience=3.0)


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            return (await client.get(url)).is_success
    except httpx.TransportError:
        return False
