"""The commands for editing: the linter, JSON Schemas for editors, and renaming steps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kaskad.cli.options import AsJson, Journey, Project


def lint(
    journeys: Annotated[list[str] | None, typer.Argument(metavar="[JOURNEY]…", help="Only these journeys.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Say what in the journeys can be read but is probably not meant, with its rule: docs/linting.md explains each.

    A comment `# lint: ignore RULE`, in the line or above it, says that it is meant.
    """
    from kaskad.cli.authoring.lint import lint as run

    run(project, tuple(journeys or ()), strict, as_json)


def schema(
    kind: Annotated[str | None, typer.Argument(help="One of them: journey, cascades, channels, policy, …")] = None,
    out: Annotated[Path | None, typer.Option(help="A folder to write them into; else on stdout.")] = None,
    project: Project = None,
) -> None:
    """Print the JSON Schema of one kind of file, or write all of them: editors complete and check with it as one types.

    Inside a project they know its own names: events, templates, cascades, topics, senders, …
    """
    from kaskad.cli.authoring.schema import write as run

    run(project, kind, out)


def rename_step(
    journey: Journey,
    step: Annotated[str, typer.Argument(help="The step, as `kaskad show` names it, or its message alone.")],
    to: Annotated[str, typer.Argument(help="Its new name.")],
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Give a step another name in its file, and let those who stand at it go on there: `moved:` says so.

    Nothing else in the file changes, neither comments nor blanks.
    """
    from kaskad.cli.authoring.rename_step import rename_step as run

    run(project, journey, step, to, as_json)


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command(epilog="Example: kaskad lint abandoned_cart --strict")(lint)
    app.command("rename-step", epilog="Example: kaskad rename-step abandoned_cart cart_reminder first_letter")(
        rename_step
    )
    app.command(epilog="Example: kaskad schema --out .kaskad/schemas     or: kaskad schema journey")(schema)
