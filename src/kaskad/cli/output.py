"""The output of commands: results on stdout, progress and warnings on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import typer

from kaskad.domain.errors import Problem

WIDE = 1_000  # characters: wide enough that files are not cut


def print_json(document: Mapping[str, Any]) -> None:
    """Prints the document as one line of JSON, with dates and times in ISO 8601."""
    typer.echo(json.dumps(document, ensure_ascii=False, default=_encode_value))


def _encode_value(value: Any) -> str:
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")


def print_lines(texts: Iterable[str]) -> None:
    """Prints each text on its own line, without wrapping."""
    for text in texts:
        typer.echo(text)


def format_count(count: int, noun: str) -> str:
    """ "no errors", "1 error", "2 errors"."""
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def warn(text: str) -> None:
    """Prints the warning on stderr."""
    typer.echo(f"kaskad: {text}", err=True)


def print_problems(problems: Sequence[Problem], json_asked: bool) -> None:
    """Prints the problems of the files, and their number on stderr."""
    if json_asked:
        print_json({"errors": [problem_document(problem) for problem in problems]})
        return
    print_lines(map(str, problems))
    typer.echo(format_count(len(problems), "error"), err=True)


def problem_document(problem: Problem) -> dict[str, Any]:
    """One problem as JSON."""
    return {"path": problem.path, "line": problem.line, "column": problem.column, "text": problem.text}


@contextmanager
def show_progress(text: str) -> Iterator[None]:
    """Shows on stderr, if it is a terminal, what takes time."""
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield


@contextmanager
def track_progress(text: str, total: int) -> Iterator[Callable[[int], None]]:
    """Shows on stderr, if it is a terminal, how much of long work is done: call it with how many are."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), disable=not Console(stderr=True).is_terminal) as bar:
        task = bar.add_task(text, total=total)
        yield lambda done: bar.update(task, completed=done)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Prints a table; outside a terminal it is as wide as it needs to be."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    shown = Table(box=SIMPLE)
    for column in columns:
        shown.add_column(column, no_wrap=True)
    for row in rows:
        shown.add_row(*(escape(str(cell)) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(shown)
