"""Undoes each rule of the engine in a copy of the source, and shows which test turns red.

    make mutate
    python -m tests.mutations --list
    python -m tests.mutations --only fence

A rule whose undoing no test notices is a rule that nobody holds: then the command ends with 1.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.mutations.mutants import MUTATIONS, Mutation
from tests.mutations.trial import Copy, Ran, Verdict
from tests.support.paths import ROOT
from tests.support.postgres import SharedPostgres

AT_ONCE = 2
AT_REST = 1200.0  # seconds for all the tests while no rule is undone
COLOURS = {True: "green", False: "bold red"}


def mutate(
    only: Annotated[str, typer.Option(help="Only rules, files and tests with this text in them.")] = "",
    listed: Annotated[bool, typer.Option("--list", help="Show rule and test, and run nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object, the last line of stdout.")] = False,
    to: Annotated[Path, typer.Option(help="The file for the verdicts.")] = ROOT / "build" / "mutations.json",
) -> None:
    """Undo each rule once; its tests must turn red."""
    console = Console(stderr=as_json)
    chosen = [
        mutation
        for mutation in MUTATIONS
        if only.lower() in f"{mutation.rule} {mutation.file} {mutation.tests}".lower()
    ]
    if listed:
        console.print(_table(chosen))
        return
    with tempfile.TemporaryDirectory(prefix="kaskad-mutations-") as folder:
        rows = asyncio.run(_judge(Path(folder), chosen, console))
    caught = sum(row["caught"] is True for row in rows)
    document = {"mutations": rows, "caught": caught, "of": len(rows)}
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(document, indent=2) + "\n")
    console.print(f"{caught} of {len(rows)} rules are held by a test.")
    if as_json:
        print(json.dumps(document))
    sys.exit(caught < len(rows) or not rows)


def _table(mutations: Sequence[Mutation]) -> Table:
    table = Table("rule", "test", box=None)
    for mutation in mutations:
        table.add_row(mutation.rule, "\n".join(mutation.tests))
    return table


async def _judge(folder: Path, mutations: Sequence[Mutation], console: Console) -> list[dict[str, object]]:
    server = SharedPostgres.in_new_folder()
    server.ask()
    server.start_if_asked()
    try:
        copies = [Copy.made(folder / str(number), server.folder) for number in range(AT_ONCE)]
        unfit = await _unfit(copies, mutations, console)
        return await _undo_all(copies, mutations, unfit, console)
    finally:
        server.remove()


async def _unfit(copies: Sequence[Copy], mutations: Sequence[Mutation], console: Console) -> set[str]:
    """The tests that are red while every rule stands, or do not run at all: they prove nothing."""
    tests = sorted({test for mutation in mutations for test in mutation.tests})
    halves = [tests[number :: len(copies)] for number in range(len(copies))]
    console.print(f"{len(tests)} tests, with every rule in its place …")
    runs = [(copy.run(half, patience=AT_REST), half) for copy, half in zip(copies, halves, strict=True) if half]
    ran = await asyncio.gather(*(run for run, _ in runs))
    for unmutated in ran:
        if unmutated.verdict is not Verdict.GREEN:
            console.print(unmutated.said[-3000:] or "no answer in time", markup=False, highlight=False)
    return {test for unmutated, (_, half) in zip(ran, runs, strict=True) for test in half if not unmutated.fit(test)}


async def _undo_all(
    copies: Sequence[Copy], mutations: Sequence[Mutation], unfit: set[str], console: Console
) -> list[dict[str, object]]:
    bars = Progress(
        BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"), console=console
    )
    waiting, rows = list(reversed(list(enumerate(mutations)))), dict[int, dict[str, object]]()
    with bars:
        bar = bars.add_task("", total=len(mutations))

        async def work(copy: Copy) -> None:
            while waiting:
                number, mutation = waiting.pop()
                bars.update(bar, description=mutation.rule)
                ran = Ran(Verdict.BROKEN) if unfit & set(mutation.tests) else await copy.trial(mutation)
                rows[number] = _row(mutation, ran)
                _tell(console, mutation, ran)
                bars.advance(bar)

        await asyncio.gather(*map(work, copies))
    return [rows[number] for number in sorted(rows)]


def _tell(console: Console, mutation: Mutation, ran: Ran) -> None:
    tests = (
        ran.failed[0].rpartition("::")[2] if ran.failed else ", ".join(t.rpartition("::")[2] for t in mutation.tests)
    )
    colour = COLOURS[ran.verdict.caught]
    console.print(
        f"{mutation.rule} → {tests} → [{colour}]{ran.verdict}[/] ({ran.seconds:.0f} s)", highlight=False, soft_wrap=True
    )
    if ran.verdict is Verdict.BROKEN:
        console.print(ran.said[-1500:] or "red before anything was undone", markup=False, highlight=False)


def _row(mutation: Mutation, ran: Ran) -> dict[str, object]:
    return {
        "rule": mutation.rule,
        "file": mutation.file,
        "tests": mutation.tests,
        "verdict": ran.verdict.value,
        "caught": ran.verdict.caught,
        "failed": ran.failed,
        "seconds": round(ran.seconds, 1),
    }


if __name__ == "__main__":
    typer.run(mutate)
