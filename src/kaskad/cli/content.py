"""The commands for those who write messages: look at them, check them, send them to oneself, watch them change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Project = Annotated[
    Path | None,
    typer.Option("--project", help="The folder that holds configs/; else the nearest one upward from here."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, last on stdout.")]
Message = Annotated[str, typer.Argument(help="The message's name: its folder in templates/.")]


def check_content(
    messages: Annotated[list[str] | None, typer.Argument(metavar="[MESSAGE]…", help="Only these messages.")] = None,
    links: Annotated[bool, typer.Option("--links", help="Ask every link over the network whether it is dead.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Look at what messages will say: cut-off texts, SMS segments, links, translations, contrast, images.

    Everything is rendered for three example customers; docs/content-checks.md says why each check matters.
    """
    from kaskad.cli.check_content import check_content as run

    run(project, tuple(messages or ()), links, strict, as_json)


def add_to(app: typer.Typer) -> None:
    """Hangs these commands into the command line."""
    app.command(epilog="Example: kaskad check-content cart_reminder --links")(check_content)
