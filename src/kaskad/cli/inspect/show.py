"""`kaskad show`: a journey in the terminal, as Mermaid, SVG or JSON; and the customers at its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Journey, Project
from kaskad.cli.session import find_project_folder, run_with_runtime
from kaskad.domain.errors import NotFound

if TYPE_CHECKING:
    from rich.tree import Tree

    from kaskad.domain.journeys import journey as model
    from kaskad.runtime import Runtime
    from kaskad.services.describing.diagram import Diagram, DiagramNode
    from kaskad.services.inspect.journey_activity import JourneyActivity, StepActivity
    from kaskad.services.inspect.step_customers import StepCustomers

STYLES = {"send": "bold", "call": "bold", "wait": "dim", "wait_for": "dim", "leave": "red"}

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad show abandoned_cart --live --svg cart.svg")
def show(
    journey: Journey,
    live: Annotated[
        bool, typer.Option("--live", help="The published version, with the customers at each step.")
    ] = False,
    who: Annotated[str | None, typer.Option(help="List the customers at this step, and what they wait for.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="With --who: the most customers to list.")] = 100,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print it as Mermaid text.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Write a picture (SVG) into this file.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Draw a journey: who enters, each step with its id, where branches part and join, who leaves, the goal.

    It draws the file; with --live the published version, with what happened at each step in the last 7 days.
    """
    if who is not None:
        _list_customers(project, journey, who, limit=limit, as_json=as_json)
        return
    found = _load_published(project, journey) if live else None
    shown = found.journey if found else _read_file(project, journey.replace("-", "_"))
    _print(shown, found, mermaid=mermaid, file=svg, as_json=as_json)
    if found and found.failing:
        due, fault = found.failing.due_at, found.failing.fault
        output.warn(f"the entrance scan fails; the next one is at {due:%Y-%m-%d %H:%M} UTC: {fault}")


def _load_published(project: Path | None, journey: str) -> JourneyActivity:
    from kaskad.services.inspect.journey_activity import load_activity

    async def work(runtime: Runtime) -> JourneyActivity:
        return await load_activity(runtime, journey)

    return run_with_runtime(project, work)


def _print(
    journey: model.Journey, found: JourneyActivity | None, *, mermaid: bool, file: Path | None, as_json: bool
) -> None:
    """Writes the picture into the `file`, if there is one; prints JSON or Mermaid, else draws the journey."""
    from kaskad.services.describing.diagram import build_diagram
    from kaskad.services.describing.layout import StepFigures
    from kaskad.services.describing.mermaid import render_mermaid
    from kaskad.services.describing.svg import render_svg

    chart, steps = build_diagram(journey), dict(found.steps) if found else {}
    if file:
        seen = {id_: StepFigures(activity.here, activity.words()) for id_, activity in steps.items()}
        file.write_text(render_svg(chart, seen), encoding="utf-8")
    if as_json:
        output.print_json(_document(chart, found))
    elif mermaid:
        output.print_lines([render_mermaid(journey, {id_: activity.here for id_, activity in steps.items()})])
    elif file is None:
        _draw(chart, steps)


def _list_customers(project: Path | None, journey: str, step: str, *, limit: int, as_json: bool) -> None:
    """Lists the customers at the step; times are in the shop's zone."""
    from kaskad.services.inspect.step_customers import list_step_customers
    from kaskad.services.wording import format_full_time

    async def work(runtime: Runtime) -> tuple[StepCustomers, ZoneInfo]:
        crowd = await list_step_customers(runtime, journey, step, limit=limit)
        return crowd, ZoneInfo(runtime.catalogue.project.shop.time_zone)

    crowd, zone = run_with_runtime(project, work)
    if as_json:
        output.print_json(asdict(crowd))
        return
    rows = [
        (customer.customer, customer.waits_for, format_full_time(customer.until, zone)) for customer in crowd.people
    ]
    output.print_table(("customer", "waits for", "until"), rows)
    if crowd.total > len(rows):
        output.warn(f"{crowd.total:,} customers are at {crowd.step}; --limit shows more of them")


def _read_file(project: Path | None, name: str) -> model.Journey:
    from kaskad.config import load_project
    from kaskad.config.yaml.problem_text import unknown_name

    journeys = load_project(find_project_folder(project)).journeys
    if name not in journeys:
        raise NotFound(unknown_name("journey", name, journeys))
    return journeys[name]


def _draw(chart: Diagram, steps: Mapping[str, StepActivity]) -> None:
    from rich.console import Console
    from rich.tree import Tree

    tree = Tree(_text(chart.title, "bold"))
    tree.add(_text(f"{chart.enter_in_full}:", "green"))
    _grow(tree, chart.places, steps)
    tree.add(_text("done", "green"))
    known = {place.id for place in chart.walk_nodes()}
    for id_, activity in steps.items():
        if id_ not in known:
            tree.add(_text(f"{id_}, of an older version: {activity.here:,} here", "yellow"))
    console = Console()
    (console if console.is_terminal else Console(width=output.WIDE)).print(tree)
    output.print_lines(["", *chart.rules])


def _grow(tree: Tree, places: Sequence[DiagramNode], steps: Mapping[str, StepActivity]) -> None:
    for place in places:
        leaf = tree.add(_text(place.text, STYLES.get(place.kind, ""), place.id, activity=steps.get(place.id)))
        for way in place.ways:
            _grow(leaf.add(_text(way.label if way.places else f"{way.label}: go on", "italic")), way.places, steps)


def _text(text: str, style: str = "", id_: str = "", *, activity: StepActivity | None = None) -> Any:
    """The text for Rich; nothing that a marketer writes is read as markup."""
    from rich.text import Text

    shown = Text(text, style=style)
    if id_:
        shown.append(f"  {id_}", style="not bold not dim cyan")
    if activity and activity.here:
        shown.append(f"  {activity.here:,} here", style="not dim bold yellow")
    if activity and activity.words():
        shown.append(f"  {activity.words()}", style="not bold dim")
    return shown


def _document(chart: Diagram, found: JourneyActivity | None) -> dict[str, Any]:
    document = asdict(chart)
    if found:
        document |= {"version": found.version, "live": {id_: asdict(activity) for id_, activity in found.steps.items()}}
    if found and found.failing:
        document |= {"entrance": asdict(found.failing)}
    return document
