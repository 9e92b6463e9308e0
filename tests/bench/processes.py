"""Child processes of the bench, and what a process costs: read from /proc, where there is one."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kaskad.orchestration import launcher

PROC = Path("/proc")
ENDS_WITHIN = 6.0  # seconds after SIGTERM
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of each party so far."""

    seconds: Mapping[str, float]

    def since(self, before: Spent) -> dict[str, float]:
        """What each has spent since."""
        return {name: total - before.seconds.get(name, 0.0) for name, total in self.seconds.items()}


@asynccontextmanager
async def child(
    *arguments: str, environment: Mapping[str, str], folder: Path, log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python …` in the folder, with pipes for stdin and stdout; ended with the block, whatever it started with it.

    It dies with this process. Its stderr goes to the log.
    """
    command = [sys.executable, "-I", "-S", launcher.__file__, str(os.getpid()), sys.executable, *arguments]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(ENDS_WITHIN):
            await process.wait()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def spent(parties: Mapping[str, Iterable[int]]) -> Spent:
    """CPU seconds of each party's processes and all of their children, living or dead."""
    children = _children()
    return Spent({name: sum(_cpu(pid, children) for pid in pids) for name, pids in parties.items()})


def peak_mb(pid: int) -> float:
    """The most memory that the process has had, in MB of 10⁶ bytes; 0 where the system does not tell."""
    try:
        found = re.search(r"VmHWM:\s*(\d+) kB", (PROC / str(pid) / "status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def ours(word: str) -> list[int]:
    """The children of this process whose command line says the word."""
    return [pid for pid in _children().get(os.getpid(), []) if word in _command(pid)]


def _command(pid: int) -> str:
    with suppress(OSError):
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            found.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
    return found


def _cpu(pid: int, children: Mapping[int, list[int]]) -> float:
    total = 0.0
    with suppress(OSError):
        total = sum(map(int, _stat(pid)[11:15])) / TICK  # user and system, its own and its dead children's
    return total + sum(_cpu(child, children) for child in children.get(pid, []))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on: state, parent, … (the second, a name, may hold blanks)."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
