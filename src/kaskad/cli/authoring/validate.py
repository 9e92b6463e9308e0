"""`kaskad validate`: the problems of the files, the findings of the content checks, and what the sender needs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import find_project_folder

if TYPE_CHECKING:
    from kaskad.content.checks import Finding
    from kaskad.services.projects.environment import EnvironmentVariable
    from kaskad.services.projects.loading import LoadedProject

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad validate --project shop")
def validate(project: Project = None, as_json: AsJson = False) -> None:
    """Check every file of the project. Print each error on its own line, and exit with 1 if there is one."""
    from kaskad.cli.authoring.checked_project import load_checked
    from kaskad.content.checks import Severity
    from kaskad.services.links import Links
    from kaskad.services.previews import content_checks
    from kaskad.services.projects.environment import list_variables

    root = find_project_folder(project)
    draft = load_checked(root)
    found = content_checks.check_offline(draft, root, Links("https://images.example", ""), now=datetime.now(UTC))
    errors = [finding for finding in found if finding.check.severity is Severity.ERROR]
    warnings = [finding for finding in found if finding.check.severity is not Severity.ERROR]
    needed = list_variables(draft.project, os.environ)
    if as_json:
        document = {"errors": _documents(errors), "warnings": _documents(warnings)}
        output.print_json({**document, **_counts(draft), "variables": [asdict(variable) for variable in needed]})
    else:
        for warning in warnings:
            output.warn(f"{warning.check.severity}: {warning}")
        output.print_lines(map(_describe_variable, needed))
        _print_findings(draft, errors)
    if errors:
        raise typer.Exit(1)


def _print_findings(draft: LoadedProject, errors: Sequence[Finding]) -> None:
    if errors:
        output.print_problems(
            [replace(error.problem, text=f"{error.problem.text} [{error.check.name}]") for error in errors], False
        )
        return
    counts = _counts(draft)
    said = [output.format_count(count, name[:-1]) for name, count in counts.items() if count or name != "campaigns"]
    output.print_lines([f"{', '.join(said)}, no errors"])


def _describe_variable(variable: EnvironmentVariable) -> str:
    here = "" if variable.is_set else ", which is not set here"
    return f"{', '.join(variable.needed_by)}: whoever sends needs {variable.name}{here}"


def _counts(draft: LoadedProject) -> dict[str, int]:
    journeys, campaigns = len(draft.project.journeys), len(draft.project.campaigns)
    return {"journeys": journeys, "campaigns": campaigns, "messages": len(draft.compiled)}


def _documents(found: Sequence[Finding]) -> list[dict[str, Any]]:
    return [output.problem_document(finding.problem) for finding in found]
