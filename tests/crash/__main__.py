"""Kills a whole stack again and again while it sends, and judges by the providers' record whether it kept its promises.

    make crash
    KASKAD_CRASH_KILLS=1000 make crash
    python -m tests.crash --kills 40 --sends 4000 --seed 7 --json

Nobody gets a message twice where it was known to have gone, nobody gets one begun after the purchase was acknowledged,
nobody is forgotten, and of every send it is said what became of it. Ends with code 1 where one of these does not hold.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.crash.chaos import ChaosTest, run_chaos
from tests.support.paths import ROOT

TO = ROOT / "build" / "crash.json"


def crash(
    kills: Annotated[int, typer.Option(min=1, envvar="KASKAD_CRASH_KILLS", help="Kills.")] = 200,
    sends: Annotated[int, typer.Option(min=1, help="Sends over which they are spread, at least.")] = 50_000,
    seed: Annotated[int | None, typer.Option(help="Who is killed when; another one each time.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object, the last line of stdout.")] = False,
    to: Annotated[Path, typer.Option(help="The file for the counts.")] = TO,
) -> None:
    """Attack a stack under load, and count what it lost."""
    console = Console(stderr=as_json)
    chaos = ChaosTest(kills, sends, random.randrange(1_000_000) if seed is None else seed, console)
    result = asyncio.run(run_chaos(chaos))
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(result.document(), indent=2) + "\n")
    console.print(result.table())
    for name, examples in result.examples.items():
        console.print(f"[red]{name}:[/] {examples}", highlight=False)
    if as_json:
        print(json.dumps(result.document()))
    sys.exit(1 if result.verdict.broken else 0)


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(crash)
    app()
