"""Reads the file that PostgreSQL writes about a running server (`postmaster.pid`), and verifies it.

The lines: pid, data folder, start (seconds since 1970), port, socket folder, address, shared memory, status.
https://www.postgresql.org/docs/18/storage-file-layout.html
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

LINES = 8


@dataclass(frozen=True, slots=True)
class Postmaster:
    """One running server."""

    pid: int
    port: int
    started: datetime


def read_postmaster(data: Path) -> Postmaster | None:
    """The server that runs on the folder; None if the file is missing, incomplete, or left by a dead server."""
    lines = _lines(data)
    if len(lines) < LINES or not lines[7].startswith("ready"):
        return None
    pid, _, started, port, *_ = lines
    if not is_postgres(int(pid), data):
        return None
    return Postmaster(int(pid), int(port), datetime.fromtimestamp(int(started), UTC))


def remove_stale_pid_file(data: Path) -> None:
    """Removes the file of a dead server whose pid another program has now: PostgreSQL would take it for running.

    This happens when a container restarts with small pids on an old volume.
    """
    if (lines := _lines(data)) and (command := _command(int(lines[0]))) and "postgres" not in command[0]:
        (data / "postmaster.pid").unlink(missing_ok=True)


def is_postgres(pid: int, data: Path) -> bool:
    """Whether the process is running (no zombie) and is the postgres of this data folder."""
    command = _command(pid)
    return bool(command) and "postgres" in command[0] and f" {data} " in " ".join(command)


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _command(pid: int) -> list[str]:
    """The command line of a process; empty if it does not exist, or has ended and is a zombie."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
        except (FileNotFoundError, ProcessLookupError):
            return []
    question = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    shown = subprocess.run(question, capture_output=True, text=True, check=False)
    return shown.stdout.split()
