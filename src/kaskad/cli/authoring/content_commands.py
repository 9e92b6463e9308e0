"""The commands for authors of messages: preview, check, send a test, watch changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kaskad.cli.options import AsJson, Project
from kaskad.domain.channel import Channel

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
    from kaskad.cli.authoring.check_content import check_content as run

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
    from kaskad.cli.authoring.preview import show as run

    run(project, message, customer, locale, out, browse, as_json)


def send_test(
    message: Message,
    customer: Annotated[str, typer.Option("--as", help="As whom: an id of a customer, or an example's name.")],
    to: Annotated[str, typer.Option(help="An e-mail address, a phone, or a customer for their own contacts.")],
    channel: Annotated[list[Channel] | None, typer.Option(help="Only this channel; may be given again.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Send a message to yourself, as a customer would get it, through the real providers.

    It is marked as a test, counts in no cap and no report, and its links unsubscribe nobody.
    """
    from kaskad.cli.authoring.send_test import send_test as run

    run(project, message, customer, to, tuple(channel or ()), as_json)


def watch(
    project: Project = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes any that is free.")] = 0,
    browse: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Check and preview on save, in a browser tab: all problems, and what was saved last. No database is needed."""
    from kaskad.cli.watch.command import watch as run

    run(project, port, browse)


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command(epilog="Example: kaskad check-content cart_reminder --links")(check_content)
    app.command(epilog="Example: kaskad preview cart_reminder --customer kolya --locale ru --open")(preview)
    app.command(epilog="Example: kaskad send-test cart_reminder --as kolya --to me@shop.example")(send_test)
    app.command(epilog="Example: kaskad watch --open")(watch)
