"""Prefect in the local stack: waited for as long as it takes, restarted, and never a reason to end the others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from kaskad.domain.errors import Unavailable
from kaskad.orchestration.processes import ChildProcess, StatusCallback, Supervisor, read_last_line

REPORT_INTERVAL = 10.0  # seconds between two lines while waiting
POLL_INTERVAL = 0.2
DATABASE_POLL = 5.0
WAITING_TEXT = "journeys do not run yet, events are taken"


async def wait_until_ready(
    ready: Callable[[], Awaitable[bool]], say: Callable[[int], None], *, every: float = REPORT_INTERVAL
) -> None:
    """Returns once it is ready, however long that takes; calls `say` regularly with the seconds so far."""
    now = asyncio.get_running_loop().time
    began = said = now()
    while not await ready():
        if now() - said >= every:
            said = now()
            say(round(said - began))
        await asyncio.sleep(POLL_INTERVAL)


@dataclass(slots=True)
class DatabaseFile:
    """A database's file as it was first seen: if it is missing, empty or another file now, the database is lost."""

    path: Path
    _seen: tuple[int, int] | None = None

    def lost(self) -> bool:
        """Whether it was lost since it was first seen. After True, the next call starts again with the new file."""
        found = self.path.stat() if self.path.exists() else None
        now = (found.st_dev, found.st_ino) if found and found.st_size else None
        if self._seen is None:
            self._seen = now
            return False
        if now == self._seen:
            return False
        self._seen = None
        return True


@dataclass(slots=True)
class PrefectProcess:
    """Our own server under the stack's supervisor, or, with `child` None, an external one that is only waited for."""

    supervisor: Supervisor
    tell: StatusCallback
    url: str
    answers: Callable[[], Awaitable[bool]]
    child: ChildProcess | None = None
    address: tuple[str, int] = ("127.0.0.1", 0)
    database: Path | None = None
    say_every: float = REPORT_INTERVAL
    look_every: float = DATABASE_POLL
    answered: bool = False
    _trouble: str = ""  # why it cannot start
    _keeping: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self) -> None:
        """Starts it as soon as its port is free. Returns at once."""
        if self.child is not None:
            self._keeping.append(asyncio.create_task(self._start(self.child)))

    async def ready(self) -> None:
        """Returns once it answers, however long that takes; prints a line every few seconds."""
        await wait_until_ready(self._answers, self._say_waiting, every=self.say_every)
        self.answered, self._trouble = True, ""
        self.tell("prefect", self.url)
        if self.database is not None:
            self._keeping.append(asyncio.create_task(self._mind_database(DatabaseFile(self.database))))

    def stop(self) -> None:
        """Stops starting the server again."""
        for task in self._keeping:
            task.cancel()

    def never(self) -> str | None:
        """Why it never answered, or None: perhaps it only had too little time."""
        if self.answered:
            return None
        if self._trouble:
            return self._trouble
        if self.child is None:
            return f"nothing answers at {self.url}"
        if self.supervisor.count_deaths(self.child.name):
            return f"it ended again and again: {read_last_line(self.child.log)}; its log is {self.child.log}"
        return None

    async def _answers(self) -> bool:
        for task in self._keeping:
            if task.done():
                task.result()  # an error in our code must not look like a slow server
        return await self.answers()

    def _say_waiting(self, seconds: int) -> None:
        trouble = self._trouble or ("starting" if self.child is not None else "does not answer")
        self.tell("prefect", f"{trouble} for {seconds} s, still waiting; {WAITING_TEXT}")

    async def _start(self, child: ChildProcess) -> None:
        said = False
        while not _is_port_free(self.address):
            self._trouble = f"port {self.address[1]} is taken"
            if not said:
                advice = "end what listens there, or set KASKAD_PREFECT_PORT"
                self.tell("prefect", f"{self._trouble}: {advice}; {WAITING_TEXT}")
                said = True
            await asyncio.sleep(POLL_INTERVAL)
        self._trouble = ""
        await self.supervisor.begin(child)

    async def _mind_database(self, file: DatabaseFile) -> None:
        assert self.child is not None
        began = self.supervisor.count_deaths(self.child.name)
        while True:
            before, began = began, self.supervisor.count_deaths(self.child.name)
            if file.lost() and before == began:  # else it holds the new one already
                self.tell(
                    "prefect", "its database is lost: starting it again; the worker creates its deployments again"
                )
                self.supervisor.again(self.child.name)
            await asyncio.sleep(self.look_every)


def _is_port_free(address: tuple[str, int]) -> bool:
    try:
        socket.create_server(address).close()
    except OSError:
        return False
    return True


def raise_if_unreachable(prefect: PrefectProcess) -> None:
    """Raises Unavailable at the end of a stack whose Prefect could not start: its journeys never ran."""
    if why := prefect.never():
        raise Unavailable(f"Prefect never answered, so no journey ran: {why}")
