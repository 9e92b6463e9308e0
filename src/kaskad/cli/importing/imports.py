"""`kaskad imports`: the imports so far."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.storage.importing.runs import ImportRun

COLUMNS = ("import", "kind", "source", "began (UTC)", "state", "rows", "stored", "known", "rejected", "files")

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad imports --json")
def imports(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many of the newest imports to show.")] = 20,
    *,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """List imports: how far each has come, what it stored and rejected."""
    from kaskad.services.importing import starting

    async def work(runtime: Runtime) -> list[ImportRun]:
        return await starting.list_imports(runtime, limit)

    found = run_with_runtime(project, work)
    if as_json:
        output.print_json({"imports": [_document(run) for run in found]})
    elif found:
        output.print_table(COLUMNS, [_cells(run) for run in found])
    else:
        output.print_lines(["nothing was imported"])


def _document(run: ImportRun) -> dict[str, object]:
    said = {key: value for key, value in asdict(run).items() if key not in ("map_digest", "fence", "silent")}
    return said | {"stopped": run.is_stopped}


def _cells(run: ImportRun) -> tuple[object, ...]:
    state = "stopped: --resume or --abandon" if run.is_stopped else run.state
    counts = [f"{run.counts.get(name, 0):,}" for name in ("rows", "stored", "known", "rejected")]
    names = ", ".join(file["name"] for file in run.files)
    return run.id, run.kind, run.source, f"{run.began_at:%Y-%m-%d %H:%M}", state, *counts, names
