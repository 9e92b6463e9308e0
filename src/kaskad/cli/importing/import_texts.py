"""What `kaskad import` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kaskad.services.importing.counts import Counts
    from kaskad.services.importing.dry_run import DryRun


def describe_import(counts: Counts, let_in: bool, rejects: Path) -> Iterator[str]:
    """The lines about an import that is done."""
    yield from _counted(counts, "stored")
    if counts.rejected:
        yield f"{counts.rejected:,} rows are in {rejects}, each with the reason: mend them there, and import that file"
    if not let_in:
        yield "history lets nobody in: the next scan of each segment only notes who is inside"


def describe_dry_run(found: DryRun) -> Iterator[str]:
    """The lines about an import that was only tried."""
    for problem in found.problems:
        yield f"{problem.place}: {problem.code}{', stored' if problem.stored else ''}: {problem.detail}"
    more = found.counts.codes.total() + found.counts.remarks.total() - len(found.problems)
    if more > 0:
        yield f"… and {more:,} more problems"
    yield from _counted(found.counts, "would be stored")
    if found.months:
        yield f"they are of {min(found.months):%Y-%m} to {max(found.months):%Y-%m}"
    yield "nothing was stored"


def dry_run_document(found: DryRun) -> dict[str, Any]:
    """The same as JSON."""
    problems = [
        {"place": one.place, "code": one.code, "detail": one.detail, "stored": one.stored} for one in found.problems
    ]
    months = [f"{month:%Y-%m}" for month in sorted(found.months)]
    return {**found.counts.document(), "months": months, "problems": problems}


def _counted(counts: Counts, done: str) -> Iterator[str]:
    yield f"{counts.rows:,} rows: {_events(counts.stored)} {done}{_by_name(counts.events)}"
    if counts.known:
        yield f"{_events(counts.known)} known from an earlier import"
    if counts.again:
        yield f"{_events(counts.again)} told again by these files"
    if counts.silent:
        yield f"{counts.silent:,} rows say nothing, by the map"
    if counts.codes:
        yield f"rejected{_by_name(counts.codes)}"
    if counts.remarks:
        yield f"understood in part{_by_name(counts.remarks)}"
    if counts.days:
        yield f"some are too old: configs/policy.yaml needs `keep: {{events: {counts.days}d}}`"


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"


def _by_name(counts: Mapping[str, int]) -> str:
    named = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
    return f" ({named})" if named else ""
