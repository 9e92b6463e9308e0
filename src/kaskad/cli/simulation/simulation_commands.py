"""The commands that simulate: journey tests, and simulation with real events. Nothing is ever sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from kaskad.cli.options import AsJson, Project


def test(
    journeys: Annotated[list[str] | None, typer.Argument(metavar="[JOURNEY]…", help="Only these journeys.")] = None,
    junit: Annotated[
        Path | None, typer.Option(help="Write the outcome as JUnit XML, for continuous integration.")
    ] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Play configs/journeys/tests on the real engine, with a clock of its own and nobody behind the providers.

    Says what was expected and what came. Exits with 1 when a case fails.
    """
    from kaskad.cli.simulation.journey_tests import test as run

    run(project, tuple(journeys or ()), junit, as_json)


def simulate(
    journey: Annotated[str, typer.Argument(help="The journey's name, with _ or -.")],
    events: Annotated[Path | None, typer.Option(help="A file of Segment calls, one JSON object a line.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", help="From the ledger: events from then on.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="From the ledger: events before then.")] = None,
    rates: Annotated[Path | None, typer.Option(help="How providers would answer: a YAML file, by channel.")] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            metavar="<number|path>",
            help="Another version, side by side: a published one's number, the journey's file or a project's folder.",
        ),
    ] = None,
    beside: Annotated[list[str] | None, typer.Option(help="Another journey that runs too; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="Of the providers' answers.")] = 0,
    page: Annotated[Path | None, typer.Option(help="Write a page with charts.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Play a journey over events that really happened: who would have entered, what would have gone and what not.

    Nothing is sent, and the house's own database is only read.
    """
    from kaskad.cli.simulation.request import SimulationRequest
    from kaskad.cli.simulation.simulate import simulate as run

    run(
        project,
        SimulationRequest(journey, events, since, until, rates, compare, tuple(beside or ()), seed),
        page,
        as_json,
    )


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command(epilog="Example: kaskad test abandoned_cart --junit build/journeys.xml")(test)
    app.command(epilog="Example: kaskad simulate abandoned_cart --events march.ndjson --page march.html")(simulate)
