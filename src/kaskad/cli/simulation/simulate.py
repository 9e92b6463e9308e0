"""`kaskad simulate`: a journey, or two versions of it side by side, with events that really happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Journey, Project
from kaskad.cli.session import find_project_folder
from kaskad.settings import load_settings

if TYPE_CHECKING:
    from kaskad.cli.simulation.request import SimulationRequest
    from kaskad.services.simulation.journey_figures import JourneyFigures
    from kaskad.services.simulation.recorded_history import RecordedHistory
    from kaskad.services.simulation.recording_providers import SimulatedAnswers
    from kaskad.services.simulation.run import Scenario
    from kaskad.services.simulation.simulator import Progress

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad simulate abandoned_cart --events march.ndjson --page march.html")
def simulate(
    journey: Journey,
    events: Annotated[Path | None, typer.Option(help="A file of Segment calls, one JSON object a line.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", help="Use the stored events from this time on.")] = None,
    *,
    until: Annotated[datetime | None, typer.Option("--to", help="Use the stored events before this time.")] = None,
    rates: Annotated[Path | None, typer.Option(help="A YAML file that says how providers answer, by channel.")] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            metavar="<number|path>",
            help="Another version, side by side: a published one's number, a journey's file or a project's folder.",
        ),
    ] = None,
    beside: Annotated[list[str] | None, typer.Option(help="Another journey that runs too; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="The seed of the providers' answers.")] = 0,
    page: Annotated[Path | None, typer.Option(help="Write a page with charts.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Run a journey on events that really happened: who would have entered, what would have been sent.

    Nothing is sent, and the project's own database is only read.
    """
    from kaskad.cli.simulation.figures_table import build_rows
    from kaskad.cli.simulation.html_page import render_page
    from kaskad.cli.simulation.request import SimulationRequest

    asked = SimulationRequest(journey, events, since, until, rates, compare, tuple(beside or ()), seed)
    outcomes = _run(find_project_folder(project), asked)
    if page:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(render_page(outcomes), encoding="utf-8")
    if as_json:
        output.print_json(_document(outcomes))
    else:
        output.print_table(("", "as it is", "compared")[: 1 + len(outcomes)], build_rows(outcomes))


def _run(root: Path, asked: SimulationRequest) -> list[JourneyFigures]:
    """The figures of each version. Raises InvalidFiles, NotFound, Rejected, Unavailable."""
    import uvloop

    from kaskad.cli.simulation import request
    from kaskad.services.simulation.recording_providers import USUAL_RATES, SimulatedAnswers
    from kaskad.storage import scratch

    settings = load_settings(root)
    rates = request.load_rates(asked)
    versions = [request.load_current(root, settings, asked)]
    with request.with_database(settings, asked) as opened:
        versions += request.load_compared(root, opened, asked, now=versions[0])
        history = request.load_simulation_history(opened, asked, versions[0])
    outcomes = []
    with scratch.run_server(settings.home) as server, _bar(history, len(versions)) as bars:
        for version, progress in zip(versions, bars, strict=True):
            with scratch.create_database(server) as url:
                answers = SimulatedAnswers(
                    {**USUAL_RATES, **rates}, asked.seed, recorded={} if asked.rates else history.told
                )
                outcomes.append(
                    uvloop.run(
                        _simulate(url, version, history, answers=answers, journey=asked.names[0], progress=progress)
                    )
                )
    return outcomes


async def _simulate(
    url: str,
    version: Scenario,
    history: RecordedHistory,
    *,
    answers: SimulatedAnswers,
    journey: str,
    progress: Progress,
) -> JourneyFigures:
    from kaskad.services.simulation import results
    from kaskad.services.simulation.journey_figures import build_figures
    from kaskad.services.simulation.run import run_scenario
    from kaskad.services.simulation.runtime import open_runtime

    async with open_runtime(url, answers) as scene:
        await run_scenario(scene, version, history.script, people=history.people, progress=progress)
        messages = await results.load_messages(scene.database)
        decisions = await results.load_decisions(scene.database)
        enrollments = await results.load_enrollments(scene.database)
        return build_figures(journey, version.project, messages, decisions=decisions, passages=enrollments)


@contextmanager
def _bar(history: RecordedHistory, count: int) -> Iterator[list[Progress]]:
    """A progress bar on stderr for each version that is simulated."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = [
            bars.add_task(("simulating", "comparing")[n], total=len(history.script.happened)) for n in range(count)
        ]

        def progress(task: int) -> Progress:
            return lambda done: bars.update(tasks[task], completed=done)

        yield [progress(task) for task in range(count)]


def _document(outcomes: Sequence[JourneyFigures]) -> dict[str, object]:
    first, *others = (figures.document() for figures in outcomes)
    return first | ({"compared": others[0]} if others else {})
