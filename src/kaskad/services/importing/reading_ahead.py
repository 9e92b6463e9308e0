"""Reads the rows of a table ahead of those who store them: a small file in a thread, a large one in processes."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from typing import Any

from kaskad.domain.errors import Unavailable
from kaskad.domain.importing.import_map import ImportMap
from kaskad.services.importing.grouping import group_rows
from kaskad.services.importing.items import Item, Reading, read_items
from kaskad.services.importing.tables import Table
from kaskad.services.importing.translating import Translator

PORTION = 1_000  # items that are read at once
IN_A_THREAD = 5  # portions; then processes are worth the time in which they start
MOST_PROCESSES = 4


@dataclass(frozen=True, slots=True)
class Translation:
    """All that makes events of a table's rows. `began`: the time of rows that need none."""

    asked: ImportMap
    columns: Sequence[str] | None
    began: str
    reading: Reading

    def translator(self) -> Translator:
        """What translates the rows. Raises Rejected for a column that is not there."""
        return Translator(self.asked, self.columns, self.began)


@asynccontextmanager
async def read_ahead(
    table: Table, translation: Translation, *, skip: int = 0
) -> AsyncIterator[AsyncIterator[Sequence[Item]]]:
    """Portions of items with their events, in the order of the file, after the first `skip` rows."""
    readers = _Readers(translation)
    items = group_rows(table, readers.translator, translation.asked, skip=skip)
    queue: asyncio.Queue[tuple[list[Item], asyncio.Task[None]] | None] = asyncio.Queue(readers.processes + 1)
    producer = asyncio.create_task(_produce(items, readers, queue))
    try:
        yield _consume(queue, producer)
    finally:
        producer.cancel()
        await asyncio.wait([producer])
        await _drop(queue)
        readers.close()


async def _drop(queue: asyncio.Queue[tuple[list[Item], asyncio.Task[None]] | None]) -> None:
    """Waits for what is read in vain: nobody asks for it any more."""
    while not queue.empty():
        if (portion := queue.get_nowait()) is not None:
            portion[1].cancel()
            await asyncio.wait([portion[1]])
            if not portion[1].cancelled():
                portion[1].exception()


async def _produce(
    items: Iterator[Item], readers: _Readers, queue: asyncio.Queue[tuple[list[Item], asyncio.Task[None]] | None]
) -> None:
    try:
        while portion := await _in_thread(items):
            await queue.put((portion, asyncio.create_task(readers.read(portion))))
    finally:
        if not asyncio.current_task().cancelling():  # type: ignore[union-attr]
            await queue.put(None)


async def _in_thread(items: Iterator[Item]) -> list[Item]:
    """The next items. A thread cannot be stopped: whoever is cancelled waits until it is done with the file."""
    reading = asyncio.ensure_future(asyncio.to_thread(lambda: list(islice(items, PORTION))))
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        await asyncio.wait([reading])
        raise


async def _consume(
    queue: asyncio.Queue[tuple[list[Item], asyncio.Task[None]] | None], producer: asyncio.Task[None]
) -> AsyncIterator[Sequence[Item]]:
    while (portion := await queue.get()) is not None:
        items, reading = portion
        await reading
        yield items
    await producer  # raises what was wrong with the file


class _Readers:
    """Reads portions: the first in a thread, then in processes."""

    def __init__(self, translation: Translation) -> None:
        self._translation = translation
        self.translator = translation.translator()
        self.processes = min(MOST_PROCESSES, os.cpu_count() or 1)
        self._portions = 0
        self._pool: ProcessPoolExecutor | None = None

    async def read(self, items: list[Item]) -> None:
        self._portions += 1
        if self._portions <= IN_A_THREAD:
            await asyncio.to_thread(read_items, items, self.translator, self._translation.reading)
        else:
            await self._elsewhere(items)

    async def _elsewhere(self, items: list[Item]) -> None:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.processes, get_context("spawn"), initializer=_begin, initargs=(self._translation,)
            )
        rows = [item.rows for item in items]
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._pool, _read, rows)
        except BrokenProcessPool:
            raise Unavailable("a process that reads the file was ended by somebody: `--resume` goes on") from None
        for item, (events, problems) in zip(items, found, strict=True):
            item.events, item.problems = events, problems

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


_state: list[tuple[Translator, Reading]] = []


def _begin(translation: Translation) -> None:
    """Prepares a process. It ends with the one that began it, and leaves Ctrl-C to that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _state[:] = [(translation.translator(), translation.reading)]


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _read(rows: Sequence[Sequence[Any]]) -> list[tuple[list[Any], list[Any]]]:
    translator, reading = _state[0]
    items = [Item(of, 0) for of in rows]
    read_items(items, translator, reading)
    return [(item.events, item.problems) for item in items]
