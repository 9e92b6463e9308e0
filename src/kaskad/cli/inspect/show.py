"""`kaskad show`: a journey in the terminal, as Mermaid, SVG or JSON; and the customers at its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kaskad.cli import output
from kaskad.cli.session import find_project_folder, run_with_runtime
from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.journey import Journey
from kaskad.services.describing.diagram import Diagram, DiagramNode, build_diagram
from kaskad.services.describing.layout import StepFigures
from kaskad.services.describing.mermaid import render_mermaid
from kaskad.services.describing.svg import render_svg
from kaskad.services.inspect.journey_activity import JourneyActivity, StepActivity, load_activity
from kaskad.services.inspect.step_customers import StepCustomers, list_step_customers
from kaskad.services.wording import format_full_time

if TYPE_CHECKING:
    from rich.tree import Tree

    from kaskad.runtime import Runtime

STYLES = {"send": "bold", "call": "bold", "wait": "dim", "wait_for": "dim", "leave": "red"}


def show(project: Path | None, journey: str, *, mermaid: bool, file: Path | None, alive: bool, as_json: bool) -> None:
    """Shows the journey as in its file, or, if `alive`, the published version with its activity."""
    name, number, steps, failing = journey.replace("-", "_"), None, dict[str, StepActivity](), None
    if alive:

        async def work(runtime: Runtime) -> JourneyActivity:
            return await load_activity(runtime, journey)

        found = run_with_runtime(project, work)
        shown, number, steps, failing = found.journey, found.version, dict(found.steps), found.failing
    else:
        shown = _from_file(project, name)
    if file:
        seen = {id_: StepFigures(one.here, one.words()) for id_, one in steps.items()}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(render_svg(build_diagram(shown), seen), encoding="utf-8")
    if as_json:
        entrance = {"entrance": asdict(failing)} if failing else {}
        output.print_json(_document(build_diagram(shown), number, steps if alive else None) | entrance)
    elif mermaid:
        output.print_lines([render_mermaid(shown, {id_: one.here for id_, one in steps.items()})])
    elif file is None:
        _draw(build_diagram(shown), steps)
    if failing:
        output.warn(f"looking who enters fails, again at {failing.due_at:%Y-%m-%d %H:%M} UTC: {failing.fault}")


def show_who(project: Path | None, journey: str, step: str, limit: int, as_json: bool) -> None:
    """Lists the customers at the step; times are in the shop's zone."""

    async def work(runtime: Runtime) -> tuple[StepCustomers, ZoneInfo]:
        crowd = await list_step_customers(runtime, journey, step, limit)
        return crowd, ZoneInfo(runtime.catalogue.project.shop.time_zone)

    crowd, zone = run_with_runtime(project, work)
    if as_json:
        output.print_json(asdict(crowd))
        return
    rows = [(one.customer, one.waits_for, format_full_time(one.until, zone)) for one in crowd.people]
    output.print_table(("customer", "waits for", "until"), rows)
    if crowd.total > len(rows):
        output.warn(f"{crowd.total:,} stand at {crowd.step}; --limit shows more of them")


def _from_file(project: Path | None, name: str) -> Journey:
    from kaskad.config import load_project

    journeys = load_project(find_project_folder(project)).journeys
    if name not in journeys:
        raise NotFound(f"there is no journey '{name}' (files: {', '.join(sorted(journeys)) or 'none'})")
    return journeys[name]


def _draw(chart: Diagram, steps: Mapping[str, StepActivity]) -> None:
    from rich.console import Console
    from rich.tree import Tree

    tree = Tree(_text(chart.title, "bold"))
    tree.add(_text(f"{chart.enter_in_full}:", "green"))
    _grow(tree, chart.places, steps)
    tree.add(_text("done", "green"))
    known = {place.id for place in chart.walk_nodes()}
    for id_, one in steps.items():
        if id_ not in known:
            tree.add(_text(f"{id_}, of an older version: {one.here:,} here", "yellow"))
    console = Console()
    (console if console.is_terminal else Console(width=output.WIDE)).print(tree)
    output.print_lines(["", *chart.rules])


def _grow(tree: Tree, places: Sequence[DiagramNode], steps: Mapping[str, StepActivity]) -> None:
    for place in places:
        leaf = tree.add(_text(place.text, STYLES.get(place.kind, ""), place.id, steps.get(place.id)))
        for way in place.ways:
            _grow(leaf.add(_text(way.label if way.places else f"{way.label}: go on", "italic")), way.places, steps)


def _text(text: str, style: str = "", id_: str = "", one: StepActivity | None = None) -> Any:
    """The text for Rich; nothing that a marketer writes is read as markup."""
    from rich.text import Text

    shown = Text(text, style=style)
    if id_:
        shown.append(f"  {id_}", style="not bold not dim cyan")
    if one and one.here:
        shown.append(f"  {one.here:,} here", style="not dim bold yellow")
    if one and one.words():
        shown.append(f"  {one.words()}", style="not bold dim")
    return shown


def _document(chart: Diagram, version: int | None, steps: Mapping[str, StepActivity] | None) -> dict[str, Any]:
    document = asdict(chart)
    if steps is not None:
        document |= {"version": version, "live": {id_: asdict(one) for id_, one in steps.items()}}
    return document
