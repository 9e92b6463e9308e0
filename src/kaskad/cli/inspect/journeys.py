"""`kaskad journeys`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.services.inspect.overview import JourneyState

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad journeys")
def journeys(project: Project = None, as_json: AsJson = False) -> None:
    """List the published journeys: version, customers inside, queued messages, whether it is paused."""
    from kaskad.services.inspect import overview

    found = run_with_runtime(project, overview.list_journeys)
    if as_json:
        output.print_json({"journeys": [asdict(state) for state in found]})
    elif not found:
        output.print_lines(["nothing is published yet: `kaskad publish` does it"])
    else:
        _show(found)


def _show(found: Sequence[JourneyState]) -> None:
    columns = ("journey", "title", "version", "candidates", "inside", "next check (UTC)", "queued", "unknown", "state")
    rows = [
        (
            state.name,
            state.title,
            state.number,
            state.candidates,
            state.inside,
            f"{state.next_due_at:%Y-%m-%d %H:%M}" if state.next_due_at else "–",
            state.queued,
            state.unknown,
            "paused" if state.paused else "nobody can enter" if state.look_faults else "runs",
        )
        for state in found
    ]
    output.print_table(columns, rows)
    for state in found:
        if state.look_faults and state.look_at:
            times = output.format_count(state.look_faults, "time")
            output.warn(
                f"{state.name}: the entrance scan failed {times}; "
                f"the next one is at {state.look_at:%Y-%m-%d %H:%M} UTC: {state.look_fault}"
            )
