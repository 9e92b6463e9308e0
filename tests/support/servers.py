"""Embedded servers to try things on, and what Linux says about their processes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from kaskad.storage.embedded.postmaster import read_postmaster
from kaskad.storage.embedded.server_files import ServerFiles
from tests.support.postgres import memory

CHILD = """
import sys, time
from pathlib import Path
from kaskad.storage.embedded import attach_or_start, start
folder, way = Path(sys.argv[1]), sys.argv[2]
if way == "start":
    server = start(folder)
    print(server.url, flush=True)
    time.sleep(60)
else:
    with attach_or_start(folder) as url:
        print(url, flush=True)
        sys.stdin.readline()
        import psycopg
        with psycopg.connect(url) as connection:
            print(connection.execute("SELECT 'served'").fetchone()[0], flush=True)
"""


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every account can enter, so that root's server can keep its data inside."""
    outer = Path(tempfile.mkdtemp(prefix="kaskad-embedded-", dir=memory()))
    outer.chmod(0o711)
    try:
        yield outer / "postgres"
    finally:
        shutil.rmtree(outer)


def child(folder: Path, way: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, folder, way]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def commit_a_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def kept(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT answer FROM kept").fetchone()
    assert row
    return int(row[0])


def asked(command: subprocess.Popen[str]) -> str:
    """What an attached child answers once it is told to go on."""
    assert command.stdin and command.stdout
    command.stdin.write("\n")
    command.stdin.flush()
    return command.stdout.readline().strip()


def parent_of(folder: Path) -> int:
    server = read_postmaster(ServerFiles.of(folder).data)
    assert server
    return int(Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()[1])


def processes_on(folder: Path) -> list[str]:
    """The processes whose current folder is the data folder: every process of PostgreSQL."""
    data = ServerFiles.of(folder).data
    return [entry.name for entry in Path("/proc").glob("[0-9]*") if folder_of(entry) == data]


def folder_of(process: Path) -> Path | None:
    try:
        return (process / "cwd").readlink()
    except OSError:  # ended meanwhile, or not ours to see
        return None


def gone_within(folder: Path, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while processes_on(folder):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
