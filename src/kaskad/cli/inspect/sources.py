"""`kaskad sources`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.services.operations.source_health import SourceState

COLUMNS = ("source", "state", "last heard (UTC)", "rejected today", "in the 7 days before", "owner")

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad sources")
def sources(project: Project = None, as_json: AsJson = False) -> None:
    """List the sources of events: which are silent, and how many of their events were rejected, by code."""
    from kaskad.services.operations import source_health

    found = run_with_runtime(project, source_health.list_sources)
    if as_json:
        output.print_json({"sources": [_plain(source) for source in found]})
    elif not found:
        output.print_lines(["there is no source yet: configs/sources.yaml lists them, `kaskad publish` publishes it"])
    else:
        _show(found)


def _show(found: Sequence[SourceState]) -> None:
    rows = [
        (
            source.name,
            source.condition.upper() if source.condition == "silent" else source.condition,
            f"{source.last_heard:%Y-%m-%d %H:%M}" if source.last_heard else "–",
            _counts(source.rejected),
            _counts(source.rejected_before),
            source.owner or "–",
        )
        for source in found
    ]
    output.print_table(COLUMNS, rows)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {code}" for code, count in sorted(counts.items())) or "–"


def _plain(source: SourceState) -> dict[str, Any]:
    silent_after = source.silent_after and source.silent_after.total_seconds()
    return asdict(source) | {"silent_after": silent_after}
