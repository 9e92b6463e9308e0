"""The command line. Each command is declared and done in its own module: `command_table` names it."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated, Any, NoReturn

import typer

from kaskad.cli import output
from kaskad.cli.lazy_group import LazyGroup
from kaskad.domain.errors import InvalidFiles, KaskadError

WRONG, FAILED = 1, 2  # exit codes: the files have errors; the command could not do its work
UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # typer does not name it
# what the parser of arguments says in words of its own
PLAINER = {"Value error, ": "", ", unable to parse string as an integer": "", "Input should be": "it should be"}

app = typer.Typer(
    name="kaskad",
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
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
        ended = app(_arguments(sys.argv[1:]), prog_name="kaskad", standalone_mode=False)
    except InvalidFiles as error:
        output.print_problems(error.problems, "--json" in sys.argv)
        sys.exit(WRONG)
    except KaskadError as error:
        _fail(str(error))
    except UsageError as error:
        _fail(_misuse(error))
    except typer.Abort:
        _fail("it was not confirmed, nothing was done")
    except OSError as error:
        if error.errno == errno.EPIPE:  # who read the output has had enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(WRONG)
        if error.filename is None:  # not about a file that somebody named
            raise
        _fail(f"{error.filename}: {(error.strerror or 'cannot be used').lower()}")
    sys.exit(ended if type(ended) is int else 0)


def _arguments(given: list[str]) -> list[str]:
    """The arguments, with those that other tools understand in our words: `kaskad help show`, `kaskad version`."""
    if given[:1] == ["help"]:
        return [*given[1:], "--help"]
    return ["--version"] if given == ["version"] else given


def _fail(text: str) -> NoReturn:
    """Ends with one sentence; with `--json` it is on stdout as well, for programs."""
    if "--json" in sys.argv:
        output.print_json({"error": text})
    typer.echo(f"kaskad: {text}", err=True)
    sys.exit(FAILED)


def _misuse(error: Any) -> str:
    """What is wrong with the arguments, in one sentence; or the help, for who gave none."""
    context = error.ctx
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        sys.exit(FAILED)
    said = " ".join(error.format_message().split()).rstrip(".")
    for words, plainer in PLAINER.items():
        said = said.replace(words, plainer)
    said = f"{said[:1].lower()}{said[1:]}"
    command = context.command_path if context is not None else "kaskad"
    return said if said.endswith("?") else f"{said}; `{command} --help` shows what there is"


if __name__ == "__main__":
    main()
