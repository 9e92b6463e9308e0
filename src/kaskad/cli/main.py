"""The command line. Each command is declared and done in its own module: `command_table` names it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from kaskad.cli import output
from kaskad.cli.lazy_group import LazyGroup
from kaskad.domain.errors import InvalidFiles, KaskadError

WRONG, FAILED = 1, 2  # exit codes: the files have errors; the command could not do its work

app = typer.Typer(
    name="kaskad", cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"kaskad {version('kaskad')}")
        raise typer.Exit


@app.callback()
def kaskad(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Kaskad: journeys in YAML, run by Prefect, sent through the cheapest channel that reaches the customer."""


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
    except OSError as error:
        if error.filename is None:  # not about a file that somebody named
            raise
        typer.echo(f"kaskad: {error.filename}: {(error.strerror or 'cannot be used').lower()}", err=True)
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
