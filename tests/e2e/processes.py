"""Which processes run, by what Linux says of them in /proc."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One process for good: pids come back, a pid with its start does not."""

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        return _read(self.pid) is not None and self == Process(self.pid, _started(self.pid))

    @property
    def command(self) -> str:
        return (_text(self.pid, "cmdline") or "").replace("\0", " ").strip()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def children_of(pid: int) -> set[Process]:
    """The process and all that descends from it."""
    parents = {found: int(stat[1]) for found in _pids() if (stat := _read(found))}
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return {Process(member, _started(member)) for member in family if _read(member)}


def left_of(known: set[Process], mention: str) -> set[Process]:
    """Those of the known that still run, and whatever has the mention in its command or environment."""
    named = {Process(pid, _started(pid)) for pid in _pids() if _read(pid) and _mentions(pid, mention)}
    return {process for process in known | named if process.alive and process.pid != os.getpid()}


def _mentions(pid: int, mention: str) -> bool:
    return any(mention in (_text(pid, name) or "") for name in ("cmdline", "environ"))


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _read(pid: int) -> list[str] | None:
    """State, parent and so on (proc_pid_stat(5), from the third field); None for what has ended."""
    text = _text(pid, "stat")
    fields = text.rpartition(") ")[2].split() if text else []
    return fields if fields and fields[0] not in "ZX" else None


def _started(pid: int) -> str:
    fields = _read(pid)
    return fields[19] if fields else ""


def _text(pid: int, name: str) -> str | None:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except (OSError, ProcessLookupError):
        return None
