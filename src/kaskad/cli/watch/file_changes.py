"""Which files of a project changed since the last look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

POLL_INTERVAL = 0.3  # seconds between two looks: nobody notices, and a thousand files take a hundredth of that
WATCHED = ("configs", "templates")

Stamps = Mapping[Path, tuple[int, int]]  # when it was written, in nanoseconds, and its bytes


async def watch_files(root: Path, every: float = POLL_INTERVAL) -> AsyncIterator[frozenset[str]]:
    """The files that were written, added or taken away, relative to `root`, as soon as the project is at rest again.

    An editor writes a file in several strokes: what changed between two looks waits until nothing does.
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
    """Every file of the project that says something, without what editors leave beside them."""
    found = {}
    for folder in WATCHED:
        for path in (root / folder).rglob("*"):
            if path.name.startswith(".") or path.name.endswith(("~", ".swp", ".tmp")):
                continue
            try:
                stat = path.stat()
            except OSError:  # gone since it was listed
                continue
            if path.is_file():
                found[path] = (stat.st_mtime_ns, stat.st_size)
    return found
