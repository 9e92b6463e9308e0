"""`kaskad check-content`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from kaskad.cli import output
from kaskad.cli.authoring.validate import load_checked
from kaskad.cli.session import find_project_folder
from kaskad.content.checks import Finding, Severity
from kaskad.services.links import Links
from kaskad.services.previews import content_checks
from kaskad.settings import load_settings


def check_content(project: Path | None, names: Sequence[str], links: bool, strict: bool, as_json: bool) -> None:
    """Prints each finding on its own line; exits with 1 if one is an error, or on any finding if `strict`."""
    root = find_project_folder(project)
    wanted = [name.replace("-", "_") for name in names]
    draft = load_checked(root, wanted)
    found = asyncio.run(
        content_checks.check_messages(
            draft, root, Links(load_settings(root).public_url, ""), datetime.now(UTC), wanted, ask=links
        )
    )
    count = len(wanted) or len(draft.compiled)
    if as_json:
        output.print_json({"findings": [_document(one) for one in found], "messages": count})
    else:
        output.print_lines([f"{one.check.severity}: {one}" for one in found])
        output.print_lines([format_summary(found, count)])
    if any(strict or one.check.severity is Severity.ERROR for one in found):
        raise typer.Exit(1)


def format_summary(found: Sequence[Finding], messages: int) -> str:
    """The number of findings of each severity: "10 messages, no errors, 3 warnings, 1 hint"."""
    counts = Counter(one.check.severity for one in found)
    parts = [
        output.format_count(messages, "message"),
        *(output.format_count(counts[severity], severity) for severity in Severity),
    ]
    return ", ".join(parts)


def _document(one: Finding) -> dict[str, Any]:
    check, problem = one.check, output.problem_document(one.problem)
    return {"check": check.name, "severity": check.severity, **problem, "why": check.why, "fix": check.fix}
