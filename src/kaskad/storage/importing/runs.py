"""The runs of imports: one row each, which says how far it has come, and whether it lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.storage.database import Connection
from kaskad.storage.queries import query

DONE, ABANDONED = "done", "abandoned"
STOPPED_AFTER = timedelta(minutes=5)  # it stores something every second, or waits for a lock for half a minute
COLUMNS = (
    "id, kind, source, files, map_digest, let_in, state, fence, progress, counts, began_at, heard_at, ended_at,"
    " clock_timestamp() - heard_at AS silent"
)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One run. `progress`: {file, row, rejects}; `silent`: for how long nothing was heard of it."""

    id: int
    kind: str
    source: str
    files: Sequence[Mapping[str, Any]]
    map_digest: str
    let_in: bool
    state: str
    fence: int
    progress: Mapping[str, Any]
    counts: Mapping[str, Any]
    began_at: datetime
    heard_at: datetime
    ended_at: datetime | None
    silent: timedelta = field(compare=False, default=timedelta(0))

    @property
    def is_stopped(self) -> bool:
        """Whether it has not ended, and nothing was heard of it for long: its process died."""
        return self.ended_at is None and self.silent > STOPPED_AFTER


async def begin(connection: Connection, row: Mapping[str, Any], now: datetime) -> ImportRun:
    """Stores a new run (`kind`, `source`, `files`, `map_digest`, `let_in`). Scans that are under way end before it."""
    await _wait_for_scans(connection)
    cursor = await connection.execute(
        f"""INSERT INTO import_run (kind, source, files, map_digest, let_in, state, began_at, heard_at)
            VALUES (%(kind)s, %(source)s, %(files)s, %(map_digest)s, %(let_in)s, 'running', %(now)s, clock_timestamp())
         RETURNING {COLUMNS}""",
        {**row, "files": Jsonb(list(row["files"])), "now": now},
    )
    made = await cursor.fetchone()
    assert made is not None
    return ImportRun(**made)


async def lock(connection: Connection) -> None:
    """Only one import begins at a time, so that two never begin the same."""
    await connection.execute("LOCK TABLE import_run IN SHARE ROW EXCLUSIVE MODE")


async def take_over(connection: Connection, run: int) -> ImportRun | None:
    """The open run, now this process's: whoever ran it until now cannot write any more. None if it is not open."""
    cursor = await connection.execute(
        f"""UPDATE import_run SET fence = fence + 1, heard_at = clock_timestamp()
             WHERE id = %(run)s AND ended_at IS NULL RETURNING {COLUMNS}""",
        {"run": run},
    )
    row = await cursor.fetchone()
    return ImportRun(**row) if row else None


async def save(
    connection: Connection, run: ImportRun, *, progress: Mapping[str, Any], counts: Mapping[str, Any]
) -> bool:
    """Stores how far the run has come. False if another process has taken it over, or has abandoned it."""
    cursor = await connection.execute(
        """UPDATE import_run SET progress = %(progress)s, counts = %(counts)s, heard_at = clock_timestamp()
            WHERE id = %(run)s AND fence = %(fence)s AND ended_at IS NULL""",
        {"progress": Jsonb(dict(progress)), "counts": Jsonb(dict(counts)), "run": run.id, "fence": run.fence},
    )
    return cursor.rowcount == 1


async def end(connection: Connection, run: ImportRun, *, state: str, now: datetime, segments: Sequence[str]) -> bool:
    """Ends the run. Unless it lets people in, what holds by now lets nobody in. False if it is another's by now.

    `segments` are the journeys that customers enter by a segment.
    """
    cursor = await connection.execute(
        """UPDATE import_run SET state = %(state)s, ended_at = %(now)s
            WHERE id = %(run)s AND fence = %(fence)s AND ended_at IS NULL""",
        {"state": state, "now": now, "run": run.id, "fence": run.fence},
    )
    if cursor.rowcount == 1 and not run.let_in:
        await connection.execute(query("note_after_import"), {"now": now, "segments": list(segments)})
    return cursor.rowcount == 1


async def list_open(connection: Connection) -> list[ImportRun]:
    """The runs that have not ended, oldest first."""
    cursor = await connection.execute(f"SELECT {COLUMNS} FROM import_run WHERE ended_at IS NULL ORDER BY id")
    return [ImportRun(**row) for row in await cursor.fetchall()]


async def list_latest(connection: Connection, limit: int) -> list[ImportRun]:
    """The latest runs, the newest first."""
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM import_run ORDER BY id DESC LIMIT %(limit)s", {"limit": limit}
    )
    return [ImportRun(**row) for row in await cursor.fetchall()]


async def is_any_open(connection: Connection) -> bool:
    """Whether an import runs, or died and was neither resumed nor abandoned."""
    cursor = await connection.execute("SELECT EXISTS (SELECT FROM import_run WHERE ended_at IS NULL) AS open")
    row = await cursor.fetchone()
    return bool(row and row["open"])


async def _wait_for_scans(connection: Connection) -> None:
    """A scan that was taken before sees nothing of the import; those that come later see that it runs."""
    await connection.execute("SELECT journey FROM entrance_look ORDER BY journey FOR UPDATE")
