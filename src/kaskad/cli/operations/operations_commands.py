"""The commands for failures: unknown outcomes, rejected events and the quarantine. Each lists; two can also act."""

from __future__ import annotations

from typing import Annotated

import typer

from kaskad.cli.options import AsJson, Project
from kaskad.domain.rejection import RejectionCode

unknown = typer.Typer(
    help="List the sends of which nobody can tell whether they arrived: since when, and what was tried.",
    epilog="Example: kaskad unknown --json     and then: kaskad unknown settle ID --sent",
)
quarantine = typer.Typer(
    help="List who is set aside in a journey, because deciding or writing to them failed again and again.",
    epilog="Example: kaskad quarantine     and, when it is mended: kaskad quarantine release --journey abandoned_cart",
)


@unknown.callback(invoke_without_command=True)
def list_unknown(context: typer.Context, project: Project = None, as_json: AsJson = False) -> None:
    if context.invoked_subcommand is None:
        from kaskad.cli.operations.unknowns import show

        show(project, as_json)


@unknown.command(epilog="Example: kaskad unknown settle 6f1c8a52-5d0e-5b8e-9d0a-1f2e3d4c5b6a --failed")
def settle(
    message: Annotated[str, typer.Argument(metavar="ID", help="The message's id, as `kaskad unknown` shows it.")],
    sent: Annotated[bool, typer.Option("--sent", help="It arrived.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="It did not: the next channel is tried.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="Send it again, if it is still wanted.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Say what became of one of them, or let it be sent again. Saying so twice is the same as once."""
    from kaskad.cli.operations.unknowns import settle as run
    from kaskad.services.delivery.manual_settlement import Settlement

    said: dict[Settlement, bool] = {"sent": sent, "failed": failed, "resend": resend}
    run(project, message, [verdict for verdict, meant in said.items() if meant], as_json)


@quarantine.callback(invoke_without_command=True)
def list_quarantined(
    context: typer.Context,
    journey: Annotated[str | None, typer.Option(help="Only this journey.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    if context.invoked_subcommand is None:
        from kaskad.cli.operations.quarantine import show

        show(project, journey, as_json)


@quarantine.command(epilog="Example: kaskad quarantine release 4711     or: kaskad quarantine release --journey cart")
def release(
    enrollment: Annotated[int | None, typer.Argument(metavar="[ID]", help="One of them, by its id.")] = None,
    journey: Annotated[str | None, typer.Option(help="All of this journey.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Let them go on where they stood. What they did meanwhile counts: whoever has bought leaves.

    They go on in the version that is published now, where that still has their step.
    """
    from kaskad.cli.operations.quarantine import release as run

    run(project, enrollment, journey, as_json)


def rejected(
    source: Annotated[str | None, typer.Option(help="Only what this source told.")] = None,
    code: Annotated[RejectionCode | None, typer.Option(metavar="CODE", help="Only what was rejected for this.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest.")] = 20,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """List the events that could not be taken, or not as they were meant: the newest, and how many of each kind."""
    from kaskad.cli.operations.rejected_events import show

    show(project, source, code, limit, as_json)


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.add_typer(unknown, name="unknown")
    app.add_typer(quarantine, name="quarantine")
    app.command(epilog="Example: kaskad rejected --source site --code bad_time")(rejected)
