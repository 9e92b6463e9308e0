"""The commands that run until Ctrl-C, and the demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kaskad import settings as environment
from kaskad.config import find_project_root
from kaskad.domain.errors import Unavailable
from kaskad.settings import Settings

ProjectOption = Annotated[Path | None, typer.Option("--project", help="The folder that holds configs/.")]


def _settings(project: Path | None) -> Settings:
    return environment.load_settings(find_project_root(project or Path.cwd()))


def up(
    project: ProjectOption = None,
    sandbox: Annotated[bool, typer.Option(help="Stand-ins for the providers on this machine.")] = True,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes; they share the work.")] = 1,
) -> None:
    """Start everything on this machine: Postgres, Prefect, sandbox, API, workers. Ctrl-C ends it.

    Files are published by themselves only where nothing ever was; later `kaskad publish` does it.

    Example: kaskad up --workers 2
    """
    from kaskad.cli.stack import up as house

    house.run_stack(_settings(project), Console(), sandbox=sandbox, workers=workers)


def demo(
    project: ProjectOption = None,
    people: Annotated[int, typer.Option(min=1, max=100_000, help="Customers of the shop.")] = 2_000,
    days: Annotated[int, typer.Option(min=1, max=14, help="Days to play.")] = 4,
    seed: Annotated[int, typer.Option(help="Another seed is another shop.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object, the last line of stdout.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the house running to look around in Prefect.")] = False,
) -> None:
    """Play four days of a shop, in a house of its own, and print what the journeys did.

    Example: kaskad demo --json | tail -n 1 | jq .journeys.abandoned_cart
    """
    try:
        from kaskad.cli.demo import command
    except ModuleNotFoundError as error:
        missing = (error.name or "kaskad").partition(".")[0]
        if missing == "kaskad":
            raise
        why = f"the demo needs the package {missing!r}: pip install 'kaskad[demo]' brings it"
        raise Unavailable(why) from error

    console = Console(stderr=as_json)
    command.run(_settings(project), console, people=people, days=days, seed=seed, as_json=as_json, keep=keep)


def worker(
    project: ProjectOption = None,
    pool: Annotated[str, typer.Option(help="The Prefect work pool to serve.")] = "kaskad",
    limit: Annotated[int, typer.Option(min=1, help="Runs at the same time.")] = 10,
    dispatch: Annotated[bool, typer.Option(help="Start runs when somebody is due.")] = True,
) -> None:
    """Run journeys in this process, and start a run when somebody is due.

    Example: kaskad worker --limit 4
    """
    from kaskad.cli.stack import processes

    processes.run_worker(_settings(project), pool=pool, limit=limit, dispatching=dispatch)


def dispatch(project: ProjectOption = None) -> None:
    """Only start runs when somebody is due: for a house whose flows run on stock Prefect workers.

    Example: kaskad dispatch
    """
    from kaskad.cli.stack import processes

    processes.run_dispatch(_settings(project))


def api(project: ProjectOption = None) -> None:
    """Serve the API.

    Example: KASKAD_API_PORT=9000 kaskad api
    """
    from kaskad.cli.stack import processes

    processes.run_api(_settings(project))


def sandbox(project: ProjectOption = None) -> None:
    """Stand in for the providers: take messages, keep them, answer as customers would.

    Example: kaskad sandbox
    """
    from kaskad.cli.stack import processes

    processes.run_sandbox(_settings(project))


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    for command in (up, demo, worker, dispatch, api, sandbox):
        app.command()(command)
