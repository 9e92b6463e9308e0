"""Kaskad under load, beside other engines doing the same job; and how it grows, answers and fails.

    make bench
    python tests/bench --only engines --only growth
    python tests/bench --small --json

One stack, one go: the same Postgres (with fsync), sandbox, renderer and transport for everybody. What arrived is judged
by the sandbox's own record; a message too many or too few is a failure, not a figure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import growth
import ingest
import inside
import memory
import outages
import race
import reading
import result
import simulate
import typer
import uvloop
from laps import Progress
from part import Bar, Part, Sizes
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from stand import ROOT, Interrupted, Stand, folder_of_its_own, stand

from kaskad.domain.errors import KaskadError

INTERRUPTED = 130  # what a shell says of a command that Ctrl-C ended
SMALL = 200  # customers
Measure = Callable[[Stand, Sizes, Bar], Awaitable[Part]]


class Name(StrEnum):
    """The parts, in the order in which they are measured: what grows comes last."""

    ENGINES = "engines"
    INSIDE = "inside"
    INGEST = "ingest"
    READING = "reading"
    OUTAGES = "outages"
    SIMULATE = "simulate"
    MEMORY = "memory"
    GROWTH = "growth"


PARTS: dict[Name, Measure] = {
    Name.ENGINES: race.measure,
    Name.INSIDE: inside.measure,
    Name.INGEST: ingest.measure,
    Name.READING: reading.measure,
    Name.OUTAGES: outages.measure,
    Name.SIMULATE: simulate.measure,
    Name.MEMORY: memory.measure,
    Name.GROWTH: growth.measure,
}
USUAL = [name for name in Name if name is not Name.MEMORY]


def bench(
    only: Annotated[list[Name] | None, typer.Option(help="This part alone; may be given several times.")] = None,
    customers: Annotated[int | None, typer.Option(min=1, help="Customers whom Kaskad takes through the job.")] = None,
    small: Annotated[bool, typer.Option("--small", help="Hardly anybody: whether it works, not how fast.")] = False,
    long: Annotated[bool, typer.Option("--long", help="And the memory of a worker over 100,000 customers.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object, the last line of stdout.")] = False,
    to: Annotated[Path, typer.Option(help="The file for the figures.")] = ROOT / "build" / "bench.json",
) -> None:
    """Measure, with real HTTP to the sandbox and a database that keeps what it says."""
    console = Console(stderr=as_json)
    sizes = Sizes().no_larger_than(SMALL) if small else Sizes()
    if customers:
        sizes = replace(sizes, customers=customers)
    asked = [name for name in Name if name in (only or USUAL) or (long and name is Name.MEMORY)]
    try:
        with folder_of_its_own() as folder:
            figures = uvloop.run(_measure(folder, console, asked, sizes, to))
    except KaskadError as error:
        console.print(f"[red]No figures:[/] {error}", highlight=False)
        sys.exit(INTERRUPTED if isinstance(error, Interrupted) else 1)
    if as_json:
        print(json.dumps(figures))


async def _measure(folder: Path, console: Console, names: Sequence[Name], sizes: Sizes, to: Path) -> dict[str, Any]:
    def tell(name: str, what: str) -> None:
        console.print(f"  {name:<9} {what}", highlight=False)

    parts: list[Part] = []
    figures: dict[str, Any] = {}
    async with stand(folder, tell) as stack:
        found = await result.versions(stack)
        for name in names:
            with _bars(console) as bars:
                parts.append(await PARTS[name](stack, sizes, _bar(bars)))
            figures = result.write(found, parts, to)  # what is measured is kept, whatever comes after
            for table in parts[-1].tables:
                console.print(table)
    return figures


def _bars(console: Console) -> Bars:
    columns = (TextColumn("  {task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Bars(*columns, console=console, transient=True)


def _bar(bars: Bars) -> Bar:
    def add(what: str, total: int) -> Progress:
        task = bars.add_task(what, total=total)

        def progress(done: int) -> None:
            bars.update(task, completed=done)

        return progress

    return add


if __name__ == "__main__":
    typer.run(bench)
