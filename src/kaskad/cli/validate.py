"""`kaskad validate`."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from kaskad.cli import output
from kaskad.cli.session import project_folder
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.services import examining, workshop
from kaskad.services.links import Links
from kaskad.services.workshop import Draft
from kaskad.settings import HOME


def validate(project: Path | None, as_json: bool) -> None:
    """Prints every problem on a line of its own and exits with 1, or says that there is none."""
    root = project_folder(project)
    draft = drafted(root, as_json)
    journeys, campaigns, messages = len(draft.project.journeys), len(draft.project.campaigns), len(draft.compiled)
    warnings = examining.look(draft, root, Links("https://images.example", ""), datetime.now(UTC))
    if as_json:
        counts = {"journeys": journeys, "campaigns": campaigns, "messages": messages}
        output.as_json({"errors": [], "warnings": [_document(one.problem) for one in warnings], **counts})
    else:
        for one in warnings:
            output.warn(f"{one.check.severity}: {one}")
        mailings = [output.counted(campaigns, "campaign")] if campaigns else []
        said = [output.counted(journeys, "journey"), *mailings, output.counted(messages, "message")]
        output.lines([f"{', '.join(said)}, no errors"])


def drafted(root: Path, as_json: bool, messages: Collection[str] = ()) -> Draft:
    """The project's draft, with these messages too; where files are wrong, prints every problem and exits with 1."""
    try:
        return workshop.read_messages(root, messages, cache_folder(root))
    except InvalidFiles as error:
        _refuse(error, as_json)
        raise typer.Exit(1) from error


def _document(problem: Problem) -> dict[str, Any]:
    return {"path": problem.path, "line": problem.line, "column": problem.column, "text": problem.text}


def cache_folder(root: Path) -> Path:
    """Where compiled templates are kept, so that unchanged ones are not compiled again."""
    return Path(os.environ.get("KASKAD_HOME") or root / HOME) / "templates"


def _refuse(error: InvalidFiles, as_json: bool) -> None:
    if as_json:
        output.as_json({"errors": list(map(_document, error.problems))})
        return
    output.lines(map(str, error.problems))
    typer.echo(output.counted(len(error.problems), "error"), err=True)
