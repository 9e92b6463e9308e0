"""What an import would do: everything is read and judged, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kaskad.domain.importing.import_map import ImportMap
from kaskad.services.importing import repeated_noes
from kaskad.services.importing.counts import Counts
from kaskad.services.importing.items import Item, digest_of
from kaskad.services.importing.reading import ReadingDeps, check_source, open_reading
from kaskad.services.importing.reading_ahead import Translation, read_ahead
from kaskad.services.importing.tables import open_table
from kaskad.services.importing.translating import named_columns
from kaskad.storage.growth.partitions import start_of_month
from kaskad.storage.importing import events as imported_events

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """A problem of one row, with its place: `orders.csv:12`."""

    place: str
    code: str
    detail: str
    stored: bool


@dataclass(slots=True)
class DryRun:
    """What would be stored. `months` are those that the events are of; `problems` the first ones."""

    counts: Counts = field(default_factory=Counts)
    months: set[date] = field(default_factory=set)
    problems: list[ShownProblem] = field(default_factory=list)


async def try_import(
    deps: ReadingDeps,
    asked: ImportMap,
    source: str,
    *,
    files: Sequence[Path],
    progress: Callable[[float, Counts], None] = lambda share, counts: None,
) -> DryRun:
    """Reads all of the files. Raises Rejected for what an import would be refused for."""
    reading = await open_reading(deps, asked, source)
    check_source(deps.catalogue.project, source)
    found = DryRun()
    for index, path in enumerate(files):
        with open_table(path, asked.file, named_columns(asked), whole=asked.others) as table:
            translation = Translation(asked, table.columns, reading.now.isoformat(), reading)
            async with read_ahead(table, translation) as portions:
                async for items in portions:
                    _show_problems(found, path, items)
                    found.counts.add_rows(items)
                    await _count_events(deps, items, source=source, found=found)
                    progress((index + table.done()) / len(files), found.counts)
    return found


def _show_problems(found: DryRun, path: Path, items: Sequence[Item]) -> None:
    for item in items:
        for problem in item.problems:
            if len(found.problems) < MOST_SHOWN:
                place = f"{path}:{item.rows[0].line}"
                found.problems.append(ShownProblem(place, problem.code, problem.detail, problem.stored))


async def _count_events(deps: ReadingDeps, items: Sequence[Item], *, source: str, found: DryRun) -> None:
    """Counts the events that are not known yet."""
    told = {digest_of(source, event): event for item in items for event in item.events}
    async with deps.database.transaction() as connection:
        known = set(await imported_events.find_digests(connection, list(told))) if told else set()
        earlier = {digest: told[digest] for digest in known}
        known -= (await repeated_noes.find_spoken_against(connection, earlier, deps.catalogue.project)).keys()
    fresh = [event for digest, event in told.items() if digest not in known]
    found.counts.known += len(known)
    found.counts.again += sum(len(item.events) for item in items) - len(told)
    found.counts.events.update(event.name for event in fresh)
    found.months |= {start_of_month(event.occurred_at.date()) for event in fresh}
