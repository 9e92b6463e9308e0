"""`kaskad journeys`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import run_with_runtime
from kaskad.services.inspect import overview
from kaskad.services.inspect.overview import JourneyState


def journeys(project: Path | None, as_json: bool) -> None:
    """Prints the published journeys, and how many customers are inside."""
    found = run_with_runtime(project, overview.list_journeys)
    if as_json:
        output.print_json({"journeys": [asdict(one) for one in found]})
    elif not found:
        output.print_lines(["nothing is published yet: `kaskad publish` does it"])
    else:
        _show(found)


def _show(found: Sequence[JourneyState]) -> None:
    columns = ("journey", "title", "version", "candidates", "inside", "next look (UTC)", "queued", "unknown", "state")
    rows = [
        (
            one.name,
            one.title,
            one.number,
            one.candidates,
            one.inside,
            f"{one.next_due_at:%Y-%m-%d %H:%M}" if one.next_due_at else "–",
            one.queued,
            one.unknown,
            "paused" if one.paused else "nobody can enter" if one.look_faults else "runs",
        )
        for one in found
    ]
    output.print_table(columns, rows)
    for one in found:
        if one.look_faults and one.look_at:
            times = output.format_count(one.look_faults, "time")
            output.warn(
                f"{one.name}: looking who enters failed {times}, again at {one.look_at:%Y-%m-%d %H:%M} UTC: "
                f"{one.look_fault}"
            )
