"""`kaskad rename-step`: another name for a step, while customers are at it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Journey, Project
from kaskad.cli.session import find_project_folder

app = typer.Typer(add_completion=False)


@app.command("rename-step", epilog="Example: kaskad rename-step abandoned_cart cart_reminder first_letter")
def rename_step(
    journey: Journey,
    step: Annotated[str, typer.Argument(help="The step, as `kaskad show` names it; or only its message.")],
    to: Annotated[str, typer.Argument(help="Its new name.")],
    *,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Give a step another name in its file. Customers who are at it stay there: `moved:` records the new name.

    Nothing else in the file changes, not even comments and blanks.
    """
    from kaskad.services.projects.step_renaming import rename_step as rename

    renamed = rename(find_project_folder(project), journey.replace("-", "_"), step, to=to)
    if as_json:
        output.print_json(asdict(renamed))
    else:
        output.print_lines([f"{renamed.path}: '{renamed.old}' is '{renamed.new}' now, and customers at it stay there"])
