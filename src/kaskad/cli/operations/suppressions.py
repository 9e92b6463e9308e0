"""`kaskad suppressions`: lists closed addresses, and opens one again."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project, refuse_options_before
from kaskad.cli.session import run_with_runtime
from kaskad.domain.channel import Channel

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.operations.suppressions import Suppression

COLUMNS = ("channel", "address (hash)", "closed to", "reason", "source", "since (UTC)")
SHOWN = 50

app = typer.Typer(
    help="List addresses that get no more messages, by their hash: a complaint, a failed delivery, an unsubscribe.",
    epilog="Example: kaskad suppressions --address anna@customer.example"
    "     and then: kaskad suppressions lift email anna@customer.example --reason 'it works again, she called'",
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def list_suppressions(
    context: typer.Context,
    channel: Annotated[Channel | None, typer.Option(help="Only those of this channel.")] = None,
    address: Annotated[str | None, typer.Option(help="Only this address, however it is written.")] = None,
    *,
    limit: Annotated[int | None, typer.Option(min=1, help=f"How many; else {SHOWN}, the latest.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    refuse_options_before(context)
    if context.invoked_subcommand is not None:
        return

    async def work(runtime: Runtime) -> Sequence[Suppression]:
        from kaskad.services.operations import suppressions

        return await suppressions.list_suppressions(runtime, channel=channel, address=address, limit=limit or SHOWN)

    found = run_with_runtime(project, work)
    if as_json:
        output.print_json({"suppressions": [_plain(suppression) for suppression in found]})
    elif not found:
        output.print_lines(["no such address is closed" if address or channel else "no address is closed"])
    else:
        output.print_table(COLUMNS, [_row(suppression) for suppression in found])


@app.command(epilog="Example: kaskad suppressions lift sms '+79160000005' --reason 'the number is theirs again'")
def lift(
    channel: Annotated[Channel, typer.Argument(help="The channel in which it is closed.")],
    address: Annotated[str, typer.Argument(help="The address, however it is written.")],
    reason: Annotated[str, typer.Option("--reason", help="Why: it is stored with your name.")],
    *,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Open an address again that a complaint or a failed delivery closed, for everybody who has it.

    Consents that were withdrawn stay withdrawn.
    """

    async def work(runtime: Runtime) -> Sequence[Suppression]:
        from kaskad.services.operations import suppressions

        return await suppressions.lift(runtime, channel, address, by=getpass.getuser(), why=reason)

    lifted = run_with_runtime(project, work)
    if as_json:
        output.print_json({"lifted": [_plain(suppression) for suppression in lifted]})
    else:
        output.print_lines([f"{address} gets messages by {channel.value} again; it was closed by: {_reasons(lifted)}"])


def _reasons(lifted: Sequence[Suppression]) -> str:
    return ", ".join(sorted({suppression.reason for suppression in lifted}))


def _row(suppression: Suppression) -> tuple[str, ...]:
    return (
        suppression.channel,
        suppression.address,
        suppression.journey or "everything",
        suppression.reason,
        suppression.source,
        f"{suppression.at:%Y-%m-%d %H:%M}",
    )


def _plain(suppression: Suppression) -> dict[str, Any]:
    return {
        "channel": suppression.channel,
        "address": suppression.address,
        "journey": suppression.journey or None,
        "reason": suppression.reason,
        "source": suppression.source,
        "at": suppression.at.isoformat(),
    }
