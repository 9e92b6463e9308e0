"""Begins imports, takes them over, and ends them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kaskad.domain.errors import Rejected
from kaskad.domain.importing.import_map import ImportMap
from kaskad.domain.importing.kinds import ImportKind
from kaskad.domain.journeys.entry_trigger import SegmentTrigger
from kaskad.services.importing.reading import ReadingDeps, check_source
from kaskad.services.importing.tables import open_table
from kaskad.services.importing.togetherness import check_together
from kaskad.services.importing.translating import Translator, named_columns
from kaskad.storage import clock, notifications
from kaskad.storage.database import Connection
from kaskad.storage.importing import runs
from kaskad.storage.importing.runs import ImportRun

NOTHING_OPEN = "no such import is open: `kaskad imports` lists them"


def name_source(asked: ImportMap, given: str | None) -> str:
    """The source of the import: as the command says, else the map. Raises Rejected if neither does."""
    source = given or asked.source
    if not source:
        raise Rejected(f"say whose words these are: --source NAME, or `source: NAME` in {asked.path}")
    return source


def check_files(asked: ImportMap, files: Sequence[Path]) -> list[str]:
    """What the files lack of consents, in words: their yes and their no are not read.

    Raises Rejected for a file that cannot be imported by this map: before anything is stored.
    """
    lost = []
    for path in files:
        with open_table(path, asked.file, named_columns(asked), whole=asked.others) as table:
            translator = Translator(asked, table.columns, "")
            lost += [f"{path} has no column '{name}': no consent is read from it" for name in translator.lost_consents]
    if asked.groups_rows:
        check_together(files, asked)
    return lost


async def begin(deps: ReadingDeps, asked: ImportMap, source: str, *, files: Sequence[Path], let_in: bool) -> ImportRun:
    """Begins an import. Raises Rejected if one of the same kind and source is open."""
    row = {"kind": asked.kind, "source": source, "files": _described(files), "map_digest": asked.digest}
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        check_source(deps.catalogue.project, source)
        await runs.lock(connection)
        for run in await runs.list_open(connection):
            if (run.kind, run.source) == (asked.kind, source):
                raise Rejected(describe_open(run))
        return await runs.begin(connection, {**row, "let_in": let_in}, await clock.read_now(connection))


async def resume(deps: ReadingDeps, asked: ImportMap, source: str, *, files: Sequence[Path]) -> ImportRun:
    """Takes over the open import of this kind and source. Raises Rejected if it is of other files, or another map."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        check_source(deps.catalogue.project, source)
        run = _find(await runs.list_open(connection), asked.kind, source)
        if list(run.files) != _described(files):
            names = ", ".join(file["name"] for file in run.files)
            raise Rejected(f"import {run.id} began with other files ({names}), or these have changed since")
        if run.map_digest != asked.digest:
            raise Rejected(f"import {run.id} began with another map: use that one, or --abandon it and begin anew")
        taken = await runs.take_over(connection, run.id)
    if taken is None:
        raise Rejected(NOTHING_OPEN)
    return taken


async def abandon(deps: ReadingDeps, kind: ImportKind, source: str) -> ImportRun:
    """Ends the open import of this kind and source as it is: what it stored stays. Raises Rejected without one."""
    async with deps.database.transaction() as connection:
        run = await runs.take_over(connection, _find(await runs.list_open(connection), kind, source).id)
        if run is None or not await _end(deps, connection, run, state=runs.ABANDONED):
            raise Rejected(NOTHING_OPEN)
    return run


async def finish(deps: ReadingDeps, run: ImportRun) -> bool:
    """Ends the run. False if another process has taken it over."""
    async with deps.database.transaction() as connection:
        return await _end(deps, connection, run, state=runs.DONE)


async def _end(deps: ReadingDeps, connection: Connection, run: ImportRun, *, state: str) -> bool:
    await deps.catalogue.refresh(connection)
    current = [await deps.catalogue.version(connection, id_) for id_, _ in deps.catalogue.current.values()]
    journeys = [published.version.journey for published in current]
    segments = [journey.name for journey in journeys if isinstance(journey.enter, SegmentTrigger)]
    now = await clock.read_now(connection)
    ended = await runs.end(connection, run, state=state, now=now, segments=segments)
    await notifications.notify_due(connection)  # scans have waited
    return ended


def describe_open(run: ImportRun) -> str:
    """What to do about an import that is open."""
    rows = run.counts.get("rows", 0)
    return (
        f"import {run.id} of {run.kind} from '{run.source}' is open since {run.began_at:%Y-%m-%d %H:%M} UTC, at row "
        f"{rows:,}, last heard of at {run.heard_at:%H:%M:%S}: go on with --resume, or end it with --abandon"
    )


def _find(open_: Sequence[ImportRun], kind: ImportKind, source: str) -> ImportRun:
    for run in open_:
        if (run.kind, run.source) == (kind, source):
            return run
    raise Rejected(f"no import of {kind} from '{source}' is open: `kaskad imports` lists them")


def _described(files: Sequence[Path]) -> list[dict[str, Any]]:
    return [{"name": path.name, "size": path.stat().st_size} for path in files]


async def list_imports(deps: ReadingDeps, limit: int) -> list[ImportRun]:
    """The latest imports, the newest first."""
    async with deps.database.transaction() as connection:
        return await runs.list_latest(connection, limit)
