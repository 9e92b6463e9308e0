"""`kaskad validate`."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from kaskad.cli import output
from kaskad.cli.session import project_folder
from kaskad.domain.errors import InvalidFiles
from kaskad.services import workshop
from kaskad.settings import HOME


def validate(project: Path | None, as_json: bool) -> None:
    """Prints every problem on a line of its own and exits with 1, or says that there is none."""
    root = project_folder(project)
    try:
        draft = workshop.read(root, cache_folder(root))
    except InvalidFiles as error:
        refuse(error, as_json)
        raise typer.Exit(1) from error
    journeys, campaigns, messages = len(draft.project.journeys), len(draft.project.campaigns), len(draft.compiled)
    if as_json:
        output.as_json({"errors": [], "journeys": journeys, "campaigns": campaigns, "messages": messages})
    else:
        mailings = f", {campaigns} campaign{'s' if campaigns > 1 else ''}" if campaigns else ""
        output.lines([f"{journeys} journeys{mailings}, {messages} messages, no errors"])


def cache_folder(root: Path) -> Path:
    """Where compiled templates are kept, so that unchanged ones are not compiled again."""
    return Path(os.environ.get("KASKAD_HOME") or root / HOME) / "templates"


def refuse(error: InvalidFiles, as_json: bool) -> None:
    """Prints every problem of the files, and how many there are."""
    if as_json:
        problems = [
            {"path": one.path, "line": one.line, "column": one.column, "text": one.text} for one in error.problems
        ]
        output.as_json({"errors": problems})
        return
    output.lines(map(str, error.problems))
    count = len(error.problems)
    typer.echo(f"{count} error{'s' if count > 1 else ''}", err=True)
