"""`kaskad import`: files of what a shop already has."""  # noqa: N999 - the command is called so

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.importing import import_texts
from kaskad.cli.importing.import_progress import show_import
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import run_with_runtime
from kaskad.domain.errors import Rejected
from kaskad.domain.importing.kinds import ImportKind

if TYPE_CHECKING:
    from kaskad.domain.importing.import_map import ImportMap
    from kaskad.runtime import Runtime
    from kaskad.services.importing.counts import Counts
    from kaskad.services.importing.dry_run import DryRun
    from kaskad.storage.importing.runs import ImportRun

INTERRUPTED = 130  # as shells count it

app = typer.Typer(add_completion=False)


@app.command(
    name="import",
    epilog="Example: kaskad import orders orders.csv --map shopify-orders.yaml --source shopify --dry-run     and, if "
    "that is right: kaskad import orders orders.csv --map shopify-orders.yaml --source shopify     After a kill, the "
    "same with --resume. Maps for exports of other systems are in deployments/import-maps.",
)
def import_files(
    kind: Annotated[ImportKind, typer.Argument(help="What the rows are.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="CSV, JSON Lines or Parquet, also packed with gzip.", metavar="FILE")
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="The YAML file that says which column is what: docs/import.md.")
    ] = None,
    *,
    source: Annotated[str | None, typer.Option(help="A source of configs/sources.yaml; else the map names it.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Store nothing: show the first 20 problems, and what would be stored.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an import that was stopped or killed.")] = False,
    abandon: Annotated[
        bool, typer.Option("--abandon", help="End an import as it is, so that scans of entrances go on.")
    ] = False,
    let_in: Annotated[
        bool, typer.Option("--let-in", help="Let in at once whoever is in a segment by what is imported.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows are written; else beside you, as FILE.rejects.")
    ] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Bring in what a shop already has: customers, events, orders, products or consents, from files.

    History updates what is known of customers, and lets nobody in: nobody is written to because of it. A row that was
    imported is never imported again.
    """
    if [dry_run, resume, abandon].count(True) > 1:
        raise Rejected("--dry-run, --resume and --abandon are three different things: give one of them")
    if abandon:
        _abandon(kind, source, map_file, project=project, as_json=as_json)
        return
    if map_file is None or not files:
        raise Rejected("say which files, and which --map tells what their columns are")
    asked = _read_map(map_file, kind)
    if dry_run:
        _try(asked, source, files, project=project, as_json=as_json)
        return
    place = rejects or Path(f"{files[0].name}.rejects")
    if place.resolve() in {path.resolve() for path in files}:
        raise Rejected(f"{place} is one of the files: its rejected rows need a file of their own (--rejects)")
    _import(asked, source, files, resume=resume, let_in=let_in, rejects=place, project=project, as_json=as_json)


def _read_map(path: Path, kind: ImportKind) -> ImportMap:
    from kaskad.config.import_maps.reader import read_import_map

    return read_import_map(path, kind)


def _import(
    asked: ImportMap,
    given: str | None,
    files: list[Path],
    *,
    resume: bool,
    let_in: bool,
    rejects: Path,
    project: Path | None,
    as_json: bool,
) -> None:
    from kaskad.services.importing import starting
    from kaskad.services.importing.importer import Importer
    from kaskad.services.importing.rejects import RejectsFile

    lacking: list[str] = []

    async def work(runtime: Runtime) -> tuple[ImportRun, Counts]:
        source = starting.name_source(asked, given)
        lacking.extend(_warned(starting.check_files(asked, files)))
        if resume:
            run = await starting.resume(runtime, asked, source, files=files)
        else:
            run = await starting.begin(runtime, asked, source, files=files, let_in=let_in)
        with show_import(f"importing {asked.kind}") as progress:
            return run, await Importer(runtime, run, asked, files, RejectsFile(rejects), progress).work()

    try:
        run, counts = run_with_runtime(project, work)
    except KeyboardInterrupt:
        output.warn("the import was interrupted: nothing is lost, the same command with --resume goes on")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        where = {"import": run.id, "rejects": str(rejects) if counts.rejected else None, "lacking": lacking}
        output.print_json({**where, **counts.document()})
    else:
        output.print_lines(import_texts.describe_import(counts, run.let_in, rejects))


def _try(asked: ImportMap, given: str | None, files: list[Path], *, project: Path | None, as_json: bool) -> None:
    from kaskad.services.importing import dry_run, starting

    lacking: list[str] = []

    async def work(runtime: Runtime) -> DryRun:
        source = starting.name_source(asked, given)
        lacking.extend(_warned(starting.check_files(asked, files)))
        with show_import(f"reading {asked.kind}") as progress:
            return await dry_run.try_import(runtime, asked, source, files=files, progress=progress)

    found = run_with_runtime(project, work)
    if as_json:
        output.print_json({**import_texts.dry_run_document(found), "lacking": lacking})
    else:
        output.print_lines(import_texts.describe_dry_run(found))


def _warned(lacking: list[str]) -> list[str]:
    """The columns of consents that the files lack, told before anything else is done."""
    for line in lacking:
        output.warn(line)
    return lacking


def _abandon(
    kind: ImportKind, given: str | None, map_file: Path | None, *, project: Path | None, as_json: bool
) -> None:
    from kaskad.services.importing import starting

    source = given or (_read_map(map_file, kind).source if map_file else None)
    if source is None:
        raise Rejected("say whose import it is: --source NAME")

    run = run_with_runtime(project, lambda runtime: starting.abandon(runtime, kind, source))
    if as_json:
        output.print_json({"import": run.id, "state": "abandoned"})
    else:
        output.print_lines([f"import {run.id} is ended: what it stored stays, and scans of entrances go on"])
