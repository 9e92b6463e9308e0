"""`kaskad unknown`: lists unknown outcomes, and settles one by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from kaskad.cli import output
from kaskad.cli.session import run_with_runtime
from kaskad.domain.errors import Rejected
from kaskad.runtime import Runtime
from kaskad.services.delivery import manual_settlement
from kaskad.services.delivery.manual_settlement import Settlement, UnknownMessage
from kaskad.services.wording import channel_label

COLUMNS = ("id", "customer", "journey", "step", "channel", "provider", "since (UTC)", "what was tried")
BECAME = {
    "sent": "counts as sent from now on",
    "failed": "counts as failed; the cascade goes on",
    "held": "is decided again, and sent if it is still wanted",
}


def show(project: Path | None, as_json: bool) -> None:
    """Prints the unknown outcomes."""
    found = run_with_runtime(project, manual_settlement.list_unknowns)
    if as_json:
        output.print_json({"unknown": [_plain(one) for one in found]})
    elif not found:
        output.print_lines(["there is no message of which nobody can tell"])
    else:
        _table(found)


def settle(project: Path | None, message: str, verdicts: Sequence[Settlement], as_json: bool) -> None:
    """Settles one. Raises Rejected unless there is exactly one verdict, or if the outcome is not unknown."""
    if len(verdicts) != 1:
        raise Rejected("say one of --sent, --failed and --resend")
    try:
        id_ = UUID(message)
    except ValueError:
        raise Rejected(f"'{message}' is no message's id: `kaskad unknown` lists those that are unknown") from None

    async def work(runtime: Runtime) -> str:
        return (await manual_settlement.settle_by_hand(runtime, id_, verdicts[0])).value

    status = run_with_runtime(project, work)
    if as_json:
        output.print_json({"message": str(id_), "status": status})
    else:
        output.print_lines([f"{id_} {BECAME.get(status, f'was settled before, and is {status}')}"])


def _tried(one: UnknownMessage) -> str:
    """What was done to find the outcome, and what happens next."""
    calls = "called once" if one.calls <= 1 else f"called {one.calls} times"
    said = f"{calls}: {one.detail}" if one.detail else f"{calls}, and the worker died"
    if one.settled_by:
        return f"{said}; its deadline is over, nobody asks any more"
    return f"{said}; asked again from {_moment(one.ask_at)}"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "–"


def _table(found: Sequence[UnknownMessage]) -> None:
    rows = [
        (
            one.id,
            one.customer or one.customer_id,
            one.journey,
            one.step,
            channel_label(one.channel),
            one.provider or "–",
            _moment(one.since),
            _tried(one),
        )
        for one in found
    ]
    output.print_table(COLUMNS, rows)


def _plain(one: UnknownMessage) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "customer": one.customer or str(one.customer_id),
        "journey": one.journey,
        "step": one.step,
        "channel": one.channel,
        "provider": one.provider,
        "since": one.since.isoformat(),
        "calls": one.calls,
        "detail": one.detail,
        "ask_at": one.ask_at and one.ask_at.isoformat(),
        "settled_by": one.settled_by,
        "tried": _tried(one),
    }
