"""`kaskad check-content`: likely mistakes in what messages say."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import find_project_folder
from kaskad.settings import load_settings

if TYPE_CHECKING:
    from kaskad.content.checks import Finding

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad check-content cart_reminder --links")
def check_content(
    messages: Annotated[list[str] | None, typer.Argument(metavar="[MESSAGE]…", help="Only these messages.")] = None,
    links: Annotated[bool, typer.Option("--links", help="Check over the network whether each link works.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
    *,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Find likely mistakes in messages: cut-off texts, SMS segments, links, translations, contrast, images.

    Everything is rendered for three example customers; docs/content-checks.md says why each check matters.
    """
    from kaskad.cli.authoring.checked_project import load_checked
    from kaskad.content.checks import Severity
    from kaskad.services.links import Links
    from kaskad.services.previews import content_checks

    root = find_project_folder(project)
    wanted = [name.replace("-", "_") for name in messages or ()]
    draft = load_checked(root, wanted)
    now, own_links = datetime.now(UTC), Links(load_settings(root).public_url, "")
    found = asyncio.run(content_checks.check_messages(draft, root, own_links, now=now, names=wanted, ask=links))
    _print(found, len(wanted) or len(draft.compiled), as_json)
    if any(strict or finding.check.severity is Severity.ERROR for finding in found):
        raise typer.Exit(1)


def _print(found: Sequence[Finding], count: int, as_json: bool) -> None:
    if as_json:
        output.print_json({"findings": [_document(finding) for finding in found], "messages": count})
    else:
        output.print_lines([f"{finding.check.severity}: {finding}" for finding in found])
        output.print_lines([_summary(found, count)])


def _summary(found: Sequence[Finding], messages: int) -> str:
    """The number of findings of each severity: "10 messages, no errors, 3 warnings, 1 hint"."""
    from kaskad.content.checks import Severity

    counts = Counter(finding.check.severity for finding in found)
    parts = [
        output.format_count(messages, "message"),
        *(output.format_count(counts[severity], severity) for severity in Severity),
    ]
    return ", ".join(parts)


def _document(finding: Finding) -> dict[str, Any]:
    check, problem = finding.check, output.problem_document(finding.problem)
    return {"check": check.name, "severity": check.severity, **problem, "why": check.why, "fix": check.fix}
