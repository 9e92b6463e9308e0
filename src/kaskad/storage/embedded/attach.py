"""Shares one server between several commands."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from kaskad.storage.embedded.server import EmbeddedPostgres, find_running, start_locked
from kaskad.storage.embedded.server_files import ServerFiles


@contextmanager
def attach_or_start(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yields the URL of the server on this folder: a running one, else one that runs as long as the `with`.

    The process that started it stops it: after a normal end when the others have left (so two short commands at once
    both finish), after an error or Ctrl-C at once. Starting needs the main thread.
    """
    place = ServerFiles.of(folder)
    with place.opened("users") as users:
        with place.lock():
            url = find_running(folder)
            server = None if url else start_locked(place, settings or {})
            fcntl.flock(users, fcntl.LOCK_SH)
        if server is None:
            assert url is not None
            yield url
            return
        with server:
            yield server.url
            _stop_when_unused(place, users, server)


def _stop_when_unused(place: ServerFiles, users: int, server: EmbeddedPostgres) -> None:
    """Stops the server while nobody uses it and nobody can attach: under the lock."""
    while True:
        with place.lock(), suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return server.stop()
        time.sleep(0.1)
