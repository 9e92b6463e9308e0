"""`kaskad versions`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Journey, Project
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.publishing.version_history import VersionEntry

COLUMNS = ("version", "hash", "state", "first published (UTC)", "by", "commit", "inside", "approved")

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad versions abandoned_cart")
def versions(journey: Journey, project: Project = None, as_json: AsJson = False) -> None:
    """List a journey's versions: when, by whom, from which commit, who approved, how many customers are inside."""
    from kaskad.services.publishing.version_history import list_versions

    async def work(runtime: Runtime) -> list[VersionEntry]:
        return await list_versions(runtime, journey)

    found = run_with_runtime(project, work)
    if as_json:
        output.print_json({"versions": [asdict(entry) for entry in found]})
    else:
        output.print_table(COLUMNS, [_row(entry) for entry in found])


def _row(entry: VersionEntry) -> tuple[object, ...]:
    commit = f"{entry.commit[:10]}{' + edits' if entry.edited else ''}" if entry.commit else "–"
    approved = f"{entry.approved_by}, {entry.approved_at:%Y-%m-%d %H:%M}" if entry.approved_at else "–"
    waits = f"waits: {'; '.join(entry.needs)}" if entry.state == "proposed" else approved
    return (
        entry.number,
        entry.hash[:12],
        entry.state,
        f"{entry.at:%Y-%m-%d %H:%M}",
        entry.by or "–",
        commit,
        entry.inside,
        waits,
    )
