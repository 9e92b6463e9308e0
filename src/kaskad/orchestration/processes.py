"""Keeps child processes running; they never outlive the process that started them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from kaskad.domain.errors import Unavailable
from kaskad.orchestration import launcher

FIRST_DELAY, LONGEST_DELAY = 0.5, 15.0  # seconds before a dead child is restarted; doubles each time
STABLE_AFTER = 60.0  # seconds: for a child that lived this long, earlier deaths no longer count
MAX_DEATHS = 6  # deaths in a row
POLL_INTERVAL = 0.2  # seconds
LOG_TAIL = 600  # characters of its log that are quoted when a child cannot start
RESERVED_PER_CHILD = 0.4  # seconds of the stop time that are reserved for each remaining child

StatusCallback = Callable[[str, str], None]  # the child's name, what happened to it


@dataclass(frozen=True, slots=True)
class ChildProcess:
    """A command to keep running: its whole environment, its log file, and a check whether it works."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    ready: Callable[[], Awaitable[bool]] | None = None
    ready_within: float = 60.0
    cwd: Path | None = None
    vital: bool = True  # False: it is restarted after every death, and its deaths never end the others


class Supervisor:
    """Starts children in the given order, restarts those that die, and stops all in reverse order.

    A context manager: SIGINT and SIGTERM end its block quietly, and leaving the block stops every child. Enter it in
    the main thread: the kernel counts the end of the starting *thread* as the death of the parent.
    """

    def __init__(self, tell: StatusCallback, *, stop_within: float = 4.0, first_delay: float = FIRST_DELAY) -> None:
        self._tell, self._stop_within, self._first_delay = tell, stop_within, first_delay
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._deaths: Counter[str] = Counter()
        self._keepers: list[asyncio.Task[None]] = []
        self._owner: asyncio.Task[object] | None = None
        self._signalled = False

    async def start(self, child: ChildProcess) -> None:
        """Returns once the child is ready. Raises `Unavailable`, with the end of its log, if it dies or is too slow."""
        process = await self._spawn(child)
        await _until_ready(child, process)
        self._keep_running(child, process)

    async def begin(self, child: ChildProcess) -> None:
        """Returns once the child runs, ready or not: only those who need it wait for it."""
        self._keep_running(child, await self._spawn(child))

    def again(self, name: str) -> None:
        """Kills the child; it is restarted like one that died."""
        if (process := self._processes.get(name)) is not None:
            _signal_group(process, signal.SIGKILL)

    def count_deaths(self, name: str) -> int:
        """How often the child has died since its first start."""
        return self._deaths[name]

    def _keep_running(self, child: ChildProcess, process: asyncio.subprocess.Process) -> None:
        self._keepers.append(asyncio.create_task(self._keep(child, process), name=f"keep {child.name}"))

    async def wait(self) -> None:
        """Never returns by itself. Raises `Unavailable` when a child has died too often to go on."""
        while True:
            for keeper in [keeper for keeper in self._keepers if keeper.done()]:
                await keeper
            await asyncio.sleep(POLL_INTERVAL)  # not only for the current ones: others are started meanwhile

    async def stop(self) -> None:
        """Returns when all children and their process groups have ended: first SIGTERM, at last SIGKILL."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        now = asyncio.get_running_loop().time
        deadline = now() + self._stop_within
        for still_to_come, process in reversed(list(enumerate(self._processes.values()))):
            await _end(process, within=deadline - now() - RESERVED_PER_CHILD * still_to_come)
        self._processes.clear()

    async def __aenter__(self) -> Self:
        self._owner = asyncio.current_task()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._owner = None  # a second Ctrl-C must not interrupt the stop, whose time is limited anyway
        await self.stop()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().remove_signal_handler(number)
        if not (self._signalled and isinstance(error, asyncio.CancelledError)):
            return False
        task = asyncio.current_task()
        return task is not None and task.uncancel() == 0

    def _on_signal(self) -> None:
        if self._owner is not None and not self._signalled:
            self._signalled = True
            self._owner.cancel()

    async def _spawn(self, child: ChildProcess) -> asyncio.subprocess.Process:
        command = [sys.executable, "-I", "-S", launcher.__file__, str(os.getpid()), *child.argv]
        log = _open_log(child.log)
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(child.env),
                cwd=child.cwd,
                start_new_session=True,  # Ctrl-C reaches only this process: it ends the children in its order
            )
        finally:
            os.close(log)
        self._processes[child.name] = process
        return process

    async def _keep(self, child: ChildProcess, process: asyncio.subprocess.Process) -> None:
        now = asyncio.get_running_loop().time
        deaths, started = 0, now()
        while True:
            code = await process.wait()
            _signal_group(process, signal.SIGKILL)  # processes that it had started must not go on without it
            deaths = 1 if now() - started > STABLE_AFTER else deaths + 1
            self._deaths[child.name] += 1
            if deaths >= MAX_DEATHS and child.vital:
                raise Unavailable(f"{child.name} ended {deaths} times in a row; its log is {child.log}")
            delay = min(self._first_delay * 2 ** (min(deaths, MAX_DEATHS) - 1), LONGEST_DELAY)
            if deaths < MAX_DEATHS:
                self._tell(
                    child.name, f"ended with code {code}{_describe_exit(child, code)}; starting it again in {delay:g} s"
                )
            elif deaths % MAX_DEATHS == 0:  # not each time: this may go on for a night
                said = (
                    f"ended {deaths} times in a row{_describe_exit(child, code)}; it is tried again and again;"
                    " its log is"
                )
                self._tell(child.name, f"{said} {child.log}")
            await asyncio.sleep(delay)
            process, started = await self._spawn(child), now()


async def _until_ready(child: ChildProcess, process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(child.ready_within):
            while child.ready is not None and not await child.ready():
                if process.returncode is not None:
                    raise Unavailable(
                        f"{child.name} ended with code {process.returncode} at its start: {_read_log_tail(child)}"
                    )
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        raise Unavailable(
            f"{child.name} was not ready within {child.ready_within:g} s: {_read_log_tail(child)}"
        ) from error


async def _end(process: asyncio.subprocess.Process, *, within: float) -> None:
    _signal_group(process, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(max(within, RESERVED_PER_CHILD)):
            await process.wait()
    _signal_group(process, signal.SIGKILL)
    await process.wait()


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(process.pid, number)


def _open_log(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _describe_exit(child: ChildProcess, code: int) -> str:
    """How the child ended; with the last line of its log if it failed by itself."""
    said = read_last_line(child.log) if code > 0 else ""
    return f": {said}" if said else ""


def read_last_line(log: Path) -> str:
    """The last line of a log, "" if there is none."""
    lines = log.read_text(errors="replace")[-LOG_TAIL:].strip().splitlines() if log.exists() else []
    return lines[-1].strip() if lines else ""


def _read_log_tail(child: ChildProcess) -> str:
    return child.log.read_text(errors="replace")[-LOG_TAIL:].strip() or f"nothing in {child.log}"
