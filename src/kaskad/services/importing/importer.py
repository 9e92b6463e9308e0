"""Runs an import: reads the files in a thread, stores what they tell, and goes on where an earlier process stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import monotonic

import psycopg

from kaskad.domain.errors import Rejected, Unavailable
from kaskad.domain.importing.import_map import ImportMap
from kaskad.domain.rejection import RejectionCode
from kaskad.services.failures.failpoints import Failpoint, failpoint
from kaskad.services.failures.retry import is_data_error, run_in_transaction
from kaskad.services.importing import months, starting
from kaskad.services.importing.counts import Counts
from kaskad.services.importing.items import Item, Reading, RowProblem
from kaskad.services.importing.joining_items import mark_joins
from kaskad.services.importing.reading import open_reading
from kaskad.services.importing.reading_ahead import Translation, read_ahead
from kaskad.services.importing.rejects import RejectsFile
from kaskad.services.importing.storing import StoringDeps, store_items
from kaskad.services.importing.tables import Table, open_table
from kaskad.services.importing.translating import named_columns
from kaskad.storage.database import Connection
from kaskad.storage.importing import runs
from kaskad.storage.importing.runs import ImportRun

OWN_WAY_ITEMS = 100  # in one transaction, of what ingestion stores by more than the event
LOCK_SECONDS = 0.05  # for so long customers may be locked: sends of theirs wait
FEWEST, MOST = 500, 5_000  # items in one transaction
BUSY_TRIES = 30
TAKEN_OVER = "another process has taken this import over, or has abandoned it: nothing of it is lost"


@dataclass(slots=True)
class Importer:
    """One process's work on one run. `progress` is called with the share that is done, and the counts."""

    deps: StoringDeps
    run: ImportRun
    asked: ImportMap
    files: Sequence[Path]
    rejects: RejectsFile
    progress: Callable[[float, Counts], None] = lambda share, counts: None
    counts: Counts = field(init=False)
    _file: int = field(init=False, default=0)
    _written: int = field(init=False, default=0)  # bytes of the file of rejects
    _size: int = field(init=False, default=500)  # items in a transaction
    _months: set[date] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.counts = Counts.of(self.run.counts)
        self._file = int(self.run.progress.get("file", 0))
        self._written = int(self.run.progress.get("rejects", 0))

    async def work(self) -> Counts:
        """Imports what is left of the files, and ends the run. Raises Rejected if another process has taken it over."""
        reading = await open_reading(self.deps, self.asked, self.run.source)
        skip = int(self.run.progress.get("row", 0))
        for index in range(self._file, len(self.files)):
            self._file = index
            await self._import_file(self.files[index], reading, skip)
            skip = 0
        if not await starting.finish(self.deps, self.run):
            raise Rejected(TAKEN_OVER)
        return self.counts

    async def _import_file(self, path: Path, reading: Reading, skip: int) -> None:
        with open_table(path, self.asked.file, named_columns(self.asked), whole=self.asked.others) as table:
            translation = Translation(self.asked, table.columns, self.run.began_at.isoformat(), reading)
            async with read_ahead(table, translation, skip=skip) as portions:
                async for items in portions:
                    await self._store_all(table, items)

    async def _store_all(self, table: Table, items: Sequence[Item]) -> None:
        await mark_joins(self.deps, items)
        place = 0
        while place < len(items):
            part = self._next_part(items, place)
            await self._store_halves(table, part)
            place += len(part)
            self.progress((self._file + table.done()) / len(self.files), self.counts)

    def _next_part(self, items: Sequence[Item], place: int) -> Sequence[Item]:
        """The next items of one kind: such as are stored at once, or such as ingestion stores in its own way."""
        plain = items[place].is_plain
        most = self._size if plain else OWN_WAY_ITEMS
        end = place + 1
        while end < min(len(items), place + most) and items[end].is_plain == plain:
            end += 1
        return items[place:end]

    async def _store_halves(self, table: Table, items: Sequence[Item]) -> None:
        """Stores the items; what the database does not take is found, and rejected alone."""
        try:
            await self._store(table, items)
        except psycopg.Error as error:
            if not is_data_error(error):
                raise Unavailable(f"the database went away: {error}; `--resume` goes on") from error
            if len(items) > 1:
                middle = len(items) // 2
                await self._store_halves(table, items[:middle])
                await self._store_halves(table, items[middle:])
                return
            items[0].problems.append(RowProblem(RejectionCode.UNSTORABLE, error.diag.message_primary or str(error)))
            items[0].events.clear()
            await self._store(table, items)

    async def _store(self, table: Table, items: Sequence[Item]) -> None:
        await months.create_months(self.deps, items, self._months)
        counts, written = self.counts.copy(), self._written
        since = [monotonic()]

        async def store(connection: Connection) -> None:
            nonlocal counts, written
            counts = self.counts.copy()
            await store_items(
                connection,
                self.deps,
                items,
                source=self.run.source,
                run=self.run.id,
                counts=counts,
                locked=lambda at: since.__setitem__(0, at),
            )
            written = self.rejects.write(table, items, self._written)
            place = {"file": self._file, "row": items[-1].end, "rejects": written}
            if not await runs.save(connection, self.run, progress=place, counts=counts.document()):
                raise Rejected(TAKEN_OVER)
            await failpoint(Failpoint.IMPORTING)

        await self._when_free(store)
        self.counts, self._written = counts, written
        self._set_size(monotonic() - since[0], len(items))

    async def _when_free(self, store: Callable[[Connection], object]) -> None:
        """Stores, as soon as nobody else is busy with these customers."""
        for attempt in range(BUSY_TRIES):
            try:
                await run_in_transaction(self.deps.database, store)  # type: ignore[arg-type]
                return
            except Unavailable:
                if attempt == BUSY_TRIES - 1:
                    raise
                await asyncio.sleep(1)

    def _set_size(self, seconds: float, items: int) -> None:
        """Sets how many items the next transaction has, by how long customers were locked in this one."""
        if items >= self._size or seconds > LOCK_SECONDS:
            self._size = max(FEWEST, min(MOST, int(items * min(2.0, LOCK_SECONDS / max(seconds, 0.001)))))
