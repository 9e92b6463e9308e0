"""Starts, finds and stops the server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from kaskad.domain.errors import Unavailable
from kaskad.storage.embedded import launch
from kaskad.storage.embedded.account import Account
from kaskad.storage.embedded.binaries import find_binaries
from kaskad.storage.embedded.cluster import init_cluster
from kaskad.storage.embedded.postmaster import read_postmaster, remove_stale_pid_file
from kaskad.storage.embedded.server_files import ServerFiles
from kaskad.storage.embedded.settings import HOST, build_arguments
from kaskad.storage.embedded.url import accepts_connections, build_url, ensure_database

START_TIMEOUT = 60.0  # seconds, including recovery after a crash
TRANSIENT_ERRORS = (  # a killed server leaves these for a moment, or another program took the port meanwhile
    "pre-existing shared memory block",
    'lock file "postmaster.pid" already exists',
    "could not bind",
)


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """One server that this process started; a context manager that stops it."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        """Its port on 127.0.0.1."""
        return urlsplit(self.url).port or 0

    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self, patience: float = 10.0) -> None:
        """Stops the server: cleanly within `patience` seconds, else at once (the next start recovers)."""
        _stop(self.process, patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(folder: Path, settings: Mapping[str, str] | None = None, port: int | None = None) -> EmbeddedPostgres:
    """The server on this folder, ready for connections; created first if needed. Call it from the main thread.

    `settings` override ours; `port` is a free one unless given. Raises `Unavailable` if a server runs there already
    or none can be started.
    """
    place = ServerFiles.of(folder)
    with place.lock():
        if find_running(folder):
            raise Unavailable(f"A PostgreSQL is running on {place.folder} already")
        return start_locked(place, settings or {}, port)


def find_running(folder: Path) -> str | None:
    """The URL of the server that runs on this folder and responds; None if there is none."""
    place = ServerFiles.of(folder)
    with place.readable():
        server = read_postmaster(place.data)
        found = server and build_url(place.password(), server.port)
    return found if found and accepts_connections(found) else None


def made(folder: Path) -> bool:
    """Whether a database was ever created on this folder, running or not; also true if its data are lost."""
    place = ServerFiles.of(folder)
    with place.readable():
        return place.data.exists() or (place.folder / "elsewhere").exists()


def delete_database(folder: Path) -> None:
    """Deletes the database for good, wherever its data are. Raises Unavailable while a server runs on it."""
    if find_running(folder):
        raise Unavailable(f"A PostgreSQL is running on {folder}: its data are not deleted")
    data = ServerFiles.of(folder).data
    shutil.rmtree(data.parent if data.parent != folder.absolute() else data, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def start_locked(place: ServerFiles, settings: Mapping[str, str], port: int | None = None) -> EmbeddedPostgres:
    """As `start`, for a caller that holds the lock of the folder."""
    if sys.platform == "linux" and threading.current_thread() is not threading.main_thread():
        raise RuntimeError("the server would die with this thread: start it from the main thread")
    with place.readable():
        account = place.make()
        programs = find_binaries(account)
        init_cluster(place, account, programs)
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            try:
                return _launch(
                    place,
                    account,
                    programs / "postgres",
                    settings=settings,
                    deadline=deadline,
                    port=port or _free_port(),
                )
            except Unavailable as failure:
                if time.monotonic() > deadline or not any(reason in str(failure) for reason in TRANSIENT_ERRORS):
                    raise
            time.sleep(0.2)


def _launch(
    place: ServerFiles, account: Account, postgres: Path, *, settings: Mapping[str, str], deadline: float, port: int
) -> EmbeddedPostgres:
    """One try to start; raises `Unavailable` with the end of the server's log."""
    remove_stale_pid_file(place.data)
    address = build_url(place.password(), port)
    command: list[str | Path] = [postgres, "-D", place.data, *build_arguments(port, settings)]
    with place.logged() as (log, said), _stopped_on_error(_spawn(account, command, log)) as process:
        while process.poll() is None and time.monotonic() < deadline:
            if ensure_database(address):
                return EmbeddedPostgres(address, process)
            time.sleep(0.05)
        raise Unavailable(f"PostgreSQL did not start on {place.folder}:\n{said()}")


def _spawn(account: Account, command: list[str | Path], log: int) -> subprocess.Popen[bytes]:
    """The process, in a session of its own, so that Ctrl-C in the terminal reaches only us."""
    become = [str(account.uid), str(account.gid), str(os.getpid())]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", launch.__file__, *become, *command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
        start_new_session=True,
    )


@contextmanager
def _stopped_on_error(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        yield process
    except BaseException:  # Ctrl-C too
        _stop(process, patience=10.0)
        raise


def _stop(process: subprocess.Popen[bytes], patience: float) -> None:
    """Tries a fast shutdown, then an immediate one, then kills the process."""
    for ending, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 6.0), (signal.SIGKILL, 6.0)):
        if process.poll() is not None:
            return
        process.send_signal(ending)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
