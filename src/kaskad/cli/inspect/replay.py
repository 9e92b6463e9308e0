"""`kaskad replay`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import typer

from kaskad.cli import output
from kaskad.cli.options import to_utc
from kaskad.cli.session import run_with_runtime
from kaskad.runtime import Runtime
from kaskad.services.inspect.replay import ReplayResult
from kaskad.services.inspect.replay import replay as make_again

DIFFERS = 1


def replay(
    project: Path | None, customer: str | None, journey: str | None, since: datetime | None, as_json: bool
) -> None:
    """Prints the decisions whose result is different now. Exits with 1 if there are any."""

    async def work(runtime: Runtime) -> ReplayResult:
        with output.show_progress("making decisions again"):
            return await make_again(runtime, customer, journey, to_utc(since))

    told = run_with_runtime(project, work)
    if as_json:
        output.print_json(asdict(told))
    else:
        output.print_lines(_lines(told))
    if told.differences:
        raise typer.Exit(DIFFERS)


def _lines(told: ReplayResult) -> Iterator[str]:
    for one in told.differences:
        yield f"{one.journey}, customer {one.customer}, {one.at.isoformat(timespec='seconds')}"
        yield f"  then: {one.then}"
        yield f"  now:  {one.now}"
    differ = len(told.differences)
    yield f"{told.decisions:,} decisions made again: {f'{differ:,} come out otherwise' if differ else 'all the same'}."
    if told.unrecorded:
        yield f"{told.unrecorded:,} more cannot be made again: nothing is kept of what they saw."
