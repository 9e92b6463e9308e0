"""The commands that show: a journey, expected messages, why a customer got a message, and replays of decisions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from kaskad.cli.options import AsJson, Customer, Project


def show(
    journey: Annotated[str, typer.Argument(help="The journey's name, with _ or -.")],
    live: Annotated[bool, typer.Option("--live", help="As published, with how many stand at each step now.")] = False,
    who: Annotated[str | None, typer.Option(help="List who stands at this step, and what they wait for.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="With --who: so many of them at the most.")] = 100,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print it as Mermaid text.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Write it as a picture into this file.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Draw a journey: who enters, each step with its id, where ways part and join, who leaves, the goal.

    It is drawn as its file says; with --live as it is published, with what happened at each step in the last 7 days.
    """
    from kaskad.cli.inspect import show as drawing

    if who is not None:
        drawing.show_who(project, journey, who, limit, as_json)
    else:
        drawing.show(project, journey, mermaid=mermaid, file=svg, alive=live, as_json=as_json)


def calendar(
    days: Annotated[int, typer.Option(min=1, max=92, help="So many days from now.")] = 14,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Say what is to go out: by day and journey, as far as it is known today, and what cannot be known."""
    from kaskad.cli.inspect.calendar import calendar as run

    run(project, days, as_json)


def explain(
    customer: Customer,
    journey: Annotated[str | None, typer.Option(help="Only this journey.")] = None,
    at: Annotated[datetime | None, typer.Option(help="Only the decision that stood at this moment; UTC.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Say in words what was decided for one customer, on which facts, why not, and what would have made it go."""
    from kaskad.cli.inspect.explain import explain as run

    run(project, customer, journey, at, as_json)


def replay(
    customer: Annotated[str | None, typer.Argument(help="An id that events name the customer by.")] = None,
    journey: Annotated[str | None, typer.Option(help="Only this journey.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="The decisions about all customers.")] = False,
    since: Annotated[datetime | None, typer.Option(help="Only what was decided from this moment on; UTC.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Make decisions again from what they saw then, with today's engine. Exits with 1 where any comes out otherwise."""
    from kaskad.cli.inspect.replay import replay as run

    if everybody == (customer is not None):
        raise typer.BadParameter("name one customer, or say --all")
    run(project, customer, journey, since, as_json)


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command(epilog="Example: kaskad show abandoned_cart --live --svg cart.svg")(show)
    app.command(epilog="Example: kaskad calendar --days 7")(calendar)
    app.command(epilog="Example: kaskad explain kolya --journey abandoned_cart --at 2027-03-02T12:00")(explain)
    app.command(epilog="Example: kaskad replay --all --since 2027-03-01")(replay)
