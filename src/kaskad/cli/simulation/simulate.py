"""`kaskad simulate`: a journey, or two versions of it side by side, with events that really happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import uvloop

from kaskad.cli import output
from kaskad.cli.session import find_project_folder
from kaskad.cli.simulation import request
from kaskad.cli.simulation.html_page import render_page as draw
from kaskad.cli.simulation.request import SimulationRequest
from kaskad.services.simulation import results
from kaskad.services.simulation.journey_figures import JourneyFigures, build_figures
from kaskad.services.simulation.recorded_history import RecordedHistory
from kaskad.services.simulation.recording_providers import USUAL_RATES, SimulatedAnswers
from kaskad.services.simulation.run import Scenario, run_scenario
from kaskad.services.simulation.runtime import open_runtime
from kaskad.services.simulation.simulator import Progress
from kaskad.settings import load_settings
from kaskad.storage import scratch


def simulate(project: Path | None, asked: SimulationRequest, page: Path | None, as_json: bool) -> None:
    """Prints the results. Raises InvalidFiles, NotFound, Rejected, Unavailable."""
    root = find_project_folder(project)
    settings = load_settings(root)
    rates = request.load_rates(asked)
    versions = [request.load_current(root, settings, asked)]
    with request.with_database(settings, asked) as house:
        versions += request.load_compared(root, house, asked, versions[0])
        remembered = request.load_simulation_history(house, asked, versions[0])
    outcomes = []
    with scratch.run_server(settings.home) as server, _bar(remembered, len(versions)) as bars:
        for played, progress in zip(versions, bars, strict=True):
            with scratch.create_database(server) as url:
                answers = SimulatedAnswers(
                    {**USUAL_RATES, **rates}, asked.seed, recorded={} if asked.rates else remembered.told
                )
                outcomes.append(uvloop.run(_simulate(url, played, remembered, answers, asked.names[0], progress)))
    if page:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(draw(outcomes), encoding="utf-8")
    if as_json:
        output.print_json(_document(outcomes))
    else:
        output.print_table(("", "as it is", "compared")[: 1 + len(outcomes)], _rows(outcomes))


async def _simulate(
    url: str, played: Scenario, told: RecordedHistory, answers: SimulatedAnswers, journey: str, progress: Progress
) -> JourneyFigures:
    async with open_runtime(url, answers) as scene:
        await run_scenario(scene, played, told.script, people=told.people, progress=progress)
        messages = await results.load_messages(scene.database)
        decisions = await results.load_decisions(scene.database)
        return build_figures(
            journey, played.project, messages, decisions, await results.load_enrollments(scene.database)
        )


@contextmanager
def _bar(told: RecordedHistory, count: int) -> Iterator[list[Progress]]:
    """A progress bar on stderr for each version that is simulated."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = [bars.add_task(("simulating", "comparing")[n], total=len(told.script.happened)) for n in range(count)]

        def progress(task: int) -> Progress:
            return lambda done: bars.update(tasks[task], completed=done)

        yield [progress(task) for task in range(count)]


def _document(outcomes: Sequence[JourneyFigures]) -> dict[str, object]:
    first, *others = (one.document() for one in outcomes)
    return first | ({"compared": others[0]} if others else {})


def _rows(outcomes: Sequence[JourneyFigures]) -> Iterator[tuple[str, ...]]:
    """The rows of the results; figures with the same name are in one row."""
    yield ("entered", *(f"{one.entered:,} by {one.people:,} people" for one in outcomes))
    yield from _counted("not let in", [one.refused for one in outcomes])
    sent = [{f"{message} by {channel}": n for (message, channel), n in one.sent.items()} for one in outcomes]
    yield ("messages", *(f"{one.messages:,}" for one in outcomes))
    yield from _counted("", sent)
    yield ("refused by providers", *(f"{sum(one.failed.values()):,}" for one in outcomes))
    yield from _counted("held back", [one.held for one in outcomes])
    yield from _counted("left by", [one.left for one in outcomes])
    yield ("done", *(f"{one.done:,}" for one in outcomes))
    yield ("still inside", *(f"{one.inside:,}" for one in outcomes))
    yield ("cost", *(f"{one.cost:,.2f} {one.currency}" for one in outcomes))
    yield ("busiest hour", *(_busiest(one) for one in outcomes))
    yield from _counted("over its rate", [one.over for one in outcomes])


def _counted(label: str, counts: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, ...]]:
    for name in sorted(dict.fromkeys(name for one in counts for name in one), key=lambda name: -counts[0].get(name, 0)):
        yield (f"{label}: {name}" if label else f"  {name}", *(f"{one.get(name, 0):,}" for one in counts))


def _busiest(one: JourneyFigures) -> str:
    hours: dict[datetime, int] = {}
    for (at, _), count in one.hours.items():
        hours[at] = hours.get(at, 0) + count
    if not hours:
        return "none"
    at = max(hours, key=lambda hour: hours[hour])
    return f"{hours[at]:,} messages, {at:%Y-%m-%d %H:%M}"
