"""The command line: the parameters of each command. Its code is imported only when it runs, so that help is instant."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from kaskad.cli import output
from kaskad.cli.authoring import content_commands, editing_commands
from kaskad.cli.help_panels import sort_into_panels
from kaskad.cli.inspect import inspect_commands
from kaskad.cli.operations import operations_commands
from kaskad.cli.options import AsJson, Customer, Journey, Project
from kaskad.cli.publishing import publishing_commands
from kaskad.cli.simulation import simulation_commands
from kaskad.cli.stack import stack_commands
from kaskad.domain.errors import InvalidFiles, KaskadError, Rejected

WRONG, FAILED = 1, 2  # exit codes: the files have errors; the command could not do its work


class Mode(StrEnum):
    """Who gets the messages of a triggered run."""

    LIVE = "live"
    TEST = "test"


class Scope(StrEnum):
    """What an emergency stop covers."""

    ALL = "all"
    JOURNEY = "journey"
    CHANNEL = "channel"
    SENDER = "sender"
    PROVIDER = "provider"


Since = Annotated[datetime | None, typer.Option(help="Entered from this moment on; UTC.")]
Until = Annotated[datetime | None, typer.Option(help="Entered before this moment; UTC.")]

app = typer.Typer(name="kaskad", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"kaskad {version('kaskad')}")
        raise typer.Exit


@app.callback()
def kaskad(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Kaskad: journeys in YAML, run by Prefect, through the cheapest channel that reaches the customer."""


@app.command(epilog="Example: kaskad validate --project shop")
def validate(project: Project = None, as_json: AsJson = False) -> None:
    """Check every file of the project. Exits with 1 where there are errors, each on a line of its own."""
    from kaskad.cli.authoring.validate import validate as run

    run(project, as_json)


@app.command(epilog="Example: kaskad new --from win_back     and: kaskad new --list")
def new(
    source: Annotated[str, typer.Option("--from", help="A journey or campaign of the gallery.")] = "",
    called: Annotated[str | None, typer.Option("--as", help="Its name here; else its own.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show the gallery.")] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Copy a journey or campaign of the gallery into this project, with its templates, tests and all they refer to."""
    from kaskad.cli.authoring import new as command

    if listed == bool(source):
        raise Rejected("name a journey or campaign of the gallery with --from, or look at the gallery with --list")
    if listed:
        command.show(as_json)
    else:
        command.new(source, called, project, dry, as_json)


@app.command(epilog="Example: kaskad trigger abandoned_cart kolya --mode test")
def trigger(
    journey: Journey,
    customer: Customer,
    mode: Annotated[Mode, typer.Option(help="test writes to the journey's owner, by e-mail.")] = Mode.LIVE,
    here: Annotated[bool, typer.Option("--here", help="Run it in this process, without Prefect.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Take one customer into a journey now, whatever its entrance asks for. Consent and policy still hold."""
    from kaskad.cli.operations.trigger import trigger as run

    run(project, journey, customer, mode.value, here, as_json)


@app.command(epilog="Example: kaskad stop channel sms     and later: kaskad stop channel sms --lift")
def stop(
    scope: Annotated[Scope, typer.Argument(help="What to stop.")],
    name: Annotated[str, typer.Argument(help="Which one; not for all.")] = "",
    lift: Annotated[bool, typer.Option("--lift", help="Take the stop away.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Emergency stop: when this returns, nothing of the scope is sent any more, until it is lifted."""
    from kaskad.cli.operations.stop import stop as run

    run(project, scope.value, name, lift, as_json)


@app.command(epilog="Example: KASKAD_DATABASE_URL=postgresql://… kaskad migrate")
def migrate(project: Project = None, as_json: AsJson = False) -> None:
    """Bring the database's tables to this version of Kaskad. Doing it again changes nothing."""
    from kaskad.cli.operations.migrate import migrate as run

    run(project, as_json)


@app.command(epilog="Example: kaskad report --since 2027-03-01")
def report(since: Since = None, until: Until = None, project: Project = None, as_json: AsJson = False) -> None:
    """Per journey: who entered, what was sent and held and why, who left, the goal, and what the cascade saved."""
    from kaskad.cli.inspect.report import report as run

    run(project, since, until, as_json)


@app.command(epilog="Example: kaskad journeys")
def journeys(project: Project = None, as_json: AsJson = False) -> None:
    """List the published journeys: version, who is inside, what is queued, whether it is paused."""
    from kaskad.cli.inspect.journeys import journeys as run

    run(project, as_json)


operations_commands.add_to(app)
publishing_commands.add_to(app)
editing_commands.add_to(app)
simulation_commands.add_to(app)
content_commands.add_to(app)
inspect_commands.add_to(app)


@app.command(epilog="Example: kaskad promos --json")
def promos(project: Project = None, as_json: AsJson = False) -> None:
    """List the promos: how many codes each has, how many were given, how many are left."""
    from kaskad.cli.inspect.promos import promos as run

    run(project, as_json)


@app.command(epilog="Example: kaskad providers")
def providers(project: Project = None, as_json: AsJson = False) -> None:
    """List who carries messages: by channel in failover order, whether it is up, its pace, its last failure."""
    from kaskad.cli.inspect.providers import providers as run

    run(project, as_json)


stack_commands.add_to(app)
sort_into_panels(app)


def main() -> None:
    """The entry point. Expected errors become an exit code and one sentence, or the list of all errors of the files."""
    try:
        app()
    except InvalidFiles as error:
        output.print_problems(error.problems, "--json" in sys.argv)
        sys.exit(WRONG)
    except KaskadError as error:
        typer.echo(f"kaskad: {error}", err=True)
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
