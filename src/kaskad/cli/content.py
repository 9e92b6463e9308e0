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


def preview(
    message: Message,
    customer: Annotated[
        str, typer.Option(help="An id that events name a customer by; or example, little_known, usual, long_names.")
    ] = "example",
    locale: Annotated[str | None, typer.Option(help="Read in this language; else the customer's own.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the page here; else into .kaskad/previews.")] = None,
    browse: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Show a message in every channel side by side, as it will look, with what the checks say beside it.

    Example customers need no database.
    """
    from kaskad.cli.preview import show as run

    run(project, message, customer, locale, out, browse, as_json)


def add_to(app: typer.Typer) -> None:
    """Hangs these commands into the command line."""
    app.command(epilog="Example: kaskad check-content cart_reminder --links")(check_content)
    app.command(epilog="Example: kaskad preview cart_reminder --customer kolya --locale ru --open")(preview)
