"""How many customers a second Kaskad takes through a journey, against one Prefect run for each customer.

    make bench
    python tests/bench --customers 2000 --each 10 --json

One house, one go: the same journey, worker, database, provider and checks for both ways. What arrived is judged by the
sandbox's own record; a message too many or too few is a failure, not a figure.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from crowd import Crowd
from laps import Progress, all_at_once, one_by_one
from result import Result, versions
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from stand import ROOT, Interrupted, Stand, folder_of_its_own, stand

from kaskad.domain.errors import KaskadError

WARM_UP = 200
INTERRUPTED = 130  # what a shell says of a command that Ctrl-C ended


def bench(
    customers: Annotated[int, typer.Option(min=1, help="Customers whom one run takes through the journey.")] = 10_000,
    each: Annotated[int, typer.Option(min=1, help="Customers who get a run each.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object, the last line of stdout.")] = False,
    to: Annotated[Path, typer.Option(help="The file for the figures.")] = ROOT / "build" / "bench.json",
) -> None:
    """Measure customers per second, with real HTTP to the sandbox and a database that keeps what it says."""
    console = Console(stderr=as_json)
    try:
        with folder_of_its_own() as folder:
            result = asyncio.run(_measure(folder, console, customers, each))
    except KaskadError as error:
        console.print(f"[red]No figures:[/] {error}", highlight=False)
        sys.exit(INTERRUPTED if isinstance(error, Interrupted) else 1)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(result.document(), indent=2) + "\n")
    console.print(result.table())
    if as_json:
        print(json.dumps(result.document()))


async def _measure(folder: Path, console: Console, customers: int, each: int) -> Result:
    def tell(name: str, what: str) -> None:
        console.print(f"  {name:<9} {what}", highlight=False)

    async with stand(folder, tell) as house:
        with _bars(console) as bars:
            await _warm_up(house, bars)
            run_each = await one_by_one(house, Crowd("each", each), _bar(bars, "One run for each", each))
            kaskad = await all_at_once(house, Crowd("all", customers), _bar(bars, "One run for all", customers))
        return Result(kaskad, run_each, await versions(house))


async def _warm_up(house: Stand, bars: Bars) -> None:
    """Both ways once: imports, compiled templates, prepared statements and connections are there afterwards."""
    progress = _bar(bars, "Warming up", WARM_UP + 2)
    await all_at_once(house, Crowd("warm", WARM_UP), progress)
    await one_by_one(house, Crowd("warm-each", 2), lambda done: progress(WARM_UP + done))


def _bars(console: Console) -> Bars:
    columns = (TextColumn("{task.description:<17}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Bars(*columns, console=console)


def _bar(bars: Bars, what: str, total: int) -> Progress:
    task = bars.add_task(what, total=total)

    def progress(done: int) -> None:
        bars.update(task, completed=done)

    return progress


if __name__ == "__main__":
    typer.run(bench)
