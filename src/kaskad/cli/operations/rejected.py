"""`kaskad rejected`: events that could not be taken, and what their sources have to fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import run_with_runtime
from kaskad.domain.rejection import CODE_MEANINGS, RejectionCode

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.ingestion.rejecting.rejected_events import RejectedEvents
    from kaskad.services.ingestion.rejecting.retrying import RetryResult
    from kaskad.storage.ingestion.rejected_events import RejectedRow, Unknown

COLUMNS = ("source", "event", "events", "last (UTC)")
SHOWN = 110  # characters of a line


app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: kaskad rejected --source site --code bad_time     and, after a mend: "
    "kaskad rejected --source site --retry"
)
def rejected(
    source: Annotated[str | None, typer.Option(help="Only events of this source.")] = None,
    code: Annotated[
        RejectionCode | None, typer.Option(metavar="CODE", help="Only events that were rejected with this code.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest events to show.")] = 20,
    *,
    retry: Annotated[
        bool, typer.Option("--retry", help="Take in, after a mend of the files, what is understood now.")
    ] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """List events that were rejected or not understood: the newest, and how many there are of each kind."""
    if retry:
        _retry(project, source, code, as_json=as_json)
        return
    from kaskad.services.ingestion.rejecting import rejected_events, unknown_events

    async def work(runtime: Runtime) -> tuple[RejectedEvents, Sequence[Unknown]]:
        found = await rejected_events.list_rejected_events(runtime, source, code, limit=limit)
        return found, () if code else await unknown_events.list_unknown_events(runtime, source, limit)

    found, odd = run_with_runtime(project, work)
    if as_json:
        counts = [{"source": origin, "code": why, "count": count} for (origin, why), count in found.counts.items()]
        newest, names = [asdict(row) for row in found.newest], [asdict(row) for row in odd]
        output.print_json({"counts": counts, "rejected": newest, "unknown": names})
    else:
        _print(found, odd)


def _retry(project: Path | None, source: str | None, code: RejectionCode | None, *, as_json: bool) -> None:
    """Takes in what is understood now, and prints how many events that were."""
    from kaskad.services.ingestion.rejecting import retrying

    async def work(runtime: Runtime) -> RetryResult:
        total = await retrying.count_retriable(runtime, source, code)
        with output.track_progress("taking in", total) as advance:
            return await retrying.retry_rejected(runtime, source, code, progress=advance)

    done = run_with_runtime(project, work)
    if as_json:
        output.print_json({"stored": done.stored, "rejected": dict(done.rejected)})
        return
    why = ", ".join(f"{count:,} {_why_still(reason)}" for reason, count in sorted(done.rejected.items()))
    events = "1 event was" if done.stored == 1 else f"{done.stored:,} events were"
    output.print_lines([f"{events} taken in" + (f"; still rejected: {why}" if why else "")])


def _why_still(code: str) -> str:
    from kaskad.services.ingestion.rejecting.taking_in import CUT

    return "too long to have been kept whole" if code == CUT else code


def _print(found: RejectedEvents, odd: Sequence[Unknown]) -> None:
    """Prints the counts of each kind, then the newest events, and the events that were stored but not understood."""
    if not found.newest:
        output.print_lines(["no event was rejected"])
    else:
        _rejected(found)
    if odd:
        output.print_lines(["", "stored, but not understood: no journey and no part of Kaskad asks for these"])
        output.print_table(
            COLUMNS, [(*_name(unknown), unknown.count, f"{unknown.last_at:%Y-%m-%d %H:%M}") for unknown in odd]
        )


def _rejected(found: RejectedEvents) -> None:
    counts = [(origin, why, count, CODE_MEANINGS[RejectionCode(why)]) for (origin, why), count in found.counts.items()]
    output.print_table(("source", "code", "events", "meaning"), counts)
    for row in found.newest:
        output.print_lines(_told(row))


def _told(row: RejectedRow) -> Iterator[str]:
    """One rejected event, in lines that are short enough for every terminal."""
    stored = "stored" if row.stored else "not stored"
    yield _cut(f"{row.arrived_at:%Y-%m-%d %H:%M}  {row.source}  {row.code}, {stored}  {row.message_id or ''}".rstrip())
    yield f"  {_cut(row.detail)}"
    yield f"  {_cut(row.body)}"


def _name(unknown: Unknown) -> tuple[str, str]:
    return unknown.source, unknown.name or "(other names)"


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
