"""`kaskad unknown`: lists unknown outcomes, and settles one by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project, refuse_options_before
from kaskad.cli.session import run_with_runtime
from kaskad.domain.errors import Rejected

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.delivery.manual_settlement import Settlement, UnknownMessage

COLUMNS = ("id", "customer", "journey", "step", "channel", "provider", "since (UTC)", "what was tried")
BECAME = {
    "sent": "counts as sent from now on",
    "failed": "counts as failed; the cascade goes on",
    "held": "is decided again, and sent if it is still wanted",
}

app = typer.Typer(
    help="List sends with an unknown outcome: since when, and what was tried to find it out.",
    epilog="Example: kaskad unknown --json     and then: kaskad unknown settle ID --sent",
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def list_unknown(context: typer.Context, project: Project = None, as_json: AsJson = False) -> None:
    refuse_options_before(context)
    if context.invoked_subcommand is None:
        _show(project, as_json)


def _show(project: Path | None, as_json: bool) -> None:
    from kaskad.services.delivery import manual_settlement

    found = run_with_runtime(project, manual_settlement.list_unknowns)
    if as_json:
        output.print_json({"unknown": [_plain(message) for message in found]})
    elif not found:
        output.print_lines(["no message has an unknown outcome"])
    else:
        _table(found)


@app.command(epilog="Example: kaskad unknown settle 6f1c8a52-5d0e-5b8e-9d0a-1f2e3d4c5b6a --failed")
def settle(
    message: Annotated[str, typer.Argument(metavar="ID", help="The message's id, as `kaskad unknown` shows it.")],
    sent: Annotated[bool, typer.Option("--sent", help="It arrived.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="It did not arrive: the next channel is tried.")] = False,
    *,
    resend: Annotated[bool, typer.Option("--resend", help="Send it again, if it is still wanted.")] = False,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Say what became of one message, or let it be sent again. Saying it twice changes nothing."""
    said: dict[Settlement, bool] = {"sent": sent, "failed": failed, "resend": resend}
    verdicts = [verdict for verdict, meant in said.items() if meant]
    if len(verdicts) != 1:
        raise Rejected("give one of --sent, --failed and --resend")
    id_ = _message_id(message)

    async def work(runtime: Runtime) -> str:
        from kaskad.services.delivery import manual_settlement

        return (await manual_settlement.settle_by_hand(runtime, id_, verdicts[0])).value

    status = run_with_runtime(project, work)
    if as_json:
        output.print_json({"message": str(id_), "status": status})
    else:
        output.print_lines([f"{id_} {BECAME.get(status, f'was settled before, and is {status}')}"])


def _message_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Rejected(f"'{text}' is no message's id: `kaskad unknown` lists those that are unknown") from None


def _tried(message: UnknownMessage) -> str:
    """What was done to find the outcome, and what happens next."""
    calls = "called once" if message.calls <= 1 else f"called {message.calls} times"
    said = f"{calls}: {message.detail}" if message.detail else f"{calls}, and the worker died"
    if message.settled_by:
        return f"{said}; its deadline is over, and the provider is not asked any more"
    return f"{said}; asked again from {_moment(message.ask_at)}"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "–"


def _table(found: Sequence[UnknownMessage]) -> None:
    from kaskad.services.wording import channel_label

    rows = [
        (
            message.id,
            message.customer or message.customer_id,
            message.journey,
            message.step,
            channel_label(message.channel),
            message.provider or "–",
            _moment(message.since),
            _tried(message),
        )
        for message in found
    ]
    output.print_table(COLUMNS, rows)


def _plain(message: UnknownMessage) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "customer": message.customer or str(message.customer_id),
        "journey": message.journey,
        "step": message.step,
        "channel": message.channel,
        "provider": message.provider,
        "since": message.since.isoformat(),
        "calls": message.calls,
        "detail": message.detail,
        "ask_at": message.ask_at and message.ask_at.isoformat(),
        "settled_by": message.settled_by,
        "tried": _tried(message),
    }
