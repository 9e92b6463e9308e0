"""`kaskad lint`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typer

from kaskad.cli import output
from kaskad.cli.authoring.validate import load_checked
from kaskad.cli.session import find_project_folder
from kaskad.services.linting import LintResult, Severity
from kaskad.services.linting import lint as find


def lint(project: Path | None, journeys: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Prints each finding on its own line; exits with 1 if one is an error, or on any finding if `strict`."""
    root = find_project_folder(project)
    draft = load_checked(root)
    names = tuple(name.replace("-", "_") for name in journeys)
    found = find(root, draft, datetime.now(UTC), names)
    if as_json:
        output.print_json({"remarks": [asdict(remark) for remark in found.remarks], "ignored": found.ignored})
    else:
        output.print_lines(map(str, found.remarks))
        output.print_lines([_summary(found, len(names) or len(draft.project.journeys))])
    if any(strict or remark.severity is Severity.ERROR for remark in found.remarks):
        raise typer.Exit(1)


def _summary(found: LintResult, journeys: int) -> str:
    errors = sum(remark.severity is Severity.ERROR for remark in found.remarks)
    parts = [
        output.format_count(journeys, "journey"),
        output.format_count(errors, "error"),
        output.format_count(len(found.remarks) - errors, "warning"),
        f"{found.ignored} ignored" if found.ignored else "",
    ]
    return ", ".join(part for part in parts if part)
