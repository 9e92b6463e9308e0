"""`kaskad lint`: likely mistakes in journeys."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import find_project_folder

if TYPE_CHECKING:
    from kaskad.services.linting import LintResult

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad lint abandoned_cart --strict")
def lint(
    journeys: Annotated[list[str] | None, typer.Argument(metavar="[JOURNEY]…", help="Only these journeys.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
    project: Project = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Find likely mistakes in journeys. Each finding names its rule; docs/linting.md explains the rules.

    A comment `# lint: ignore RULE`, in the line or above it, ignores a finding.
    """
    from kaskad.cli.authoring.checked_project import load_checked
    from kaskad.services.linting import Severity
    from kaskad.services.linting import lint as find

    root = find_project_folder(project)
    draft = load_checked(root)
    names = tuple(name.replace("-", "_") for name in journeys or ())
    found = find(root, draft, datetime.now(UTC), names=names)
    errors = sum(remark.severity is Severity.ERROR for remark in found.remarks)
    if as_json:
        output.print_json({"remarks": [asdict(remark) for remark in found.remarks], "ignored": found.ignored})
    else:
        output.print_lines(map(str, found.remarks))
        output.print_lines([_summary(found, errors, len(names) or len(draft.project.journeys))])
    if errors or (strict and found.remarks):
        raise typer.Exit(1)


def _summary(found: LintResult, errors: int, journeys: int) -> str:
    parts = [
        output.format_count(journeys, "journey"),
        output.format_count(errors, "error"),
        output.format_count(len(found.remarks) - errors, "warning"),
        f"{found.ignored} ignored" if found.ignored else "",
    ]
    return ", ".join(part for part in parts if part)
