"""Finds the files of a project that changed since the last check."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

POLL_INTERVAL = 0.3  # seconds between two checks: short for people, and 1,000 files take a hundredth of it
WATCHED = ("configs", "templates")

Stamps = Mapping[Path, tuple[int, int]]  # the time of the last write in nanoseconds, and the size in bytes


async def watch_files(root: Path, every: float = POLL_INTERVAL) -> AsyncIterator[frozenset[str]]:
    """The files that were written, added or removed, relative to `root`, once the project is no longer changing.

    An editor writes a file in several steps, so changes are reported only after a check without new ones.
    """
    known = await asyncio.to_thread(read_stamps, root)
    waiting: frozenset[str] = frozenset()
    while True:
        await asyncio.sleep(every)
        now = await asyncio.to_thread(read_stamps, root)
        fresh = {path for path in known.keys() | now.keys() if known.get(path) != now.get(path)}
        known = now
        if fresh:
            waiting |= {path.relative_to(root).as_posix() for path in fresh}
        elif waiting:
            yield waiting
            waiting = frozenset()


def read_stamps(root: Path) -> Stamps:
    """The stamps of all relevant files of the project, without the temporary files of editors."""
    found = {}
    for folder in WATCHED:
        for path in (root / folder).rglob("*"):
            if path.name.startswith(".") or path.name.endswith(("~", ".swp", ".tmp")):
                continue
            try:
                stat = path.stat()
            except OSError:  # deleted since it was listed
                continue
            if path.is_file():
                found[path] = (stat.st_mtime_ns, stat.st_size)
    return found
