"""`kaskad quarantine`: lists and releases enrollments that were set aside after repeated failures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kaskad.cli import output
from kaskad.cli.session import run_with_runtime
from kaskad.domain.errors import Rejected
from kaskad.runtime import Runtime
from kaskad.services.operations import quarantine
from kaskad.services.operations.quarantine import QuarantinedEnrollment, ReleaseResult

COLUMNS = ("id", "customer", "journey", "step", "since (UTC)", "why")


def show(project: Path | None, journey: str | None, as_json: bool) -> None:
    """Prints the enrollments in the quarantine."""

    async def work(runtime: Runtime) -> list[QuarantinedEnrollment]:
        return await quarantine.list_quarantined(runtime, journey)

    found = run_with_runtime(project, work)
    if as_json:
        output.print_json({"quarantine": [_plain(one) for one in found]})
    elif not found:
        output.print_lines(["nobody is in quarantine"])
    else:
        _table(found)


def release(project: Path | None, enrollment: int | None, journey: str | None, as_json: bool) -> None:
    """Releases one enrollment, or all of a journey. Raises Rejected if there is nothing to release."""
    if (enrollment is None) == (journey is None):
        raise Rejected("say the id of one, or --journey for all of a journey")

    async def work(runtime: Runtime) -> ReleaseResult:
        return await quarantine.release(runtime, journey, enrollment)

    done = run_with_runtime(project, work)
    if done.refused and not done.released:
        raise Rejected("; ".join(map(_refused, done.refused)))
    for one in done.refused:
        output.warn(_refused(one))
    if as_json:
        ids = {"released": [one.id for one in done.released], "refused": [one.id for one in done.refused]}
        output.print_json(ids)
    else:
        people = "1 customer goes" if len(done.released) == 1 else f"{len(done.released):,} customers go"
        output.print_lines([f"{people} on, and {'is' if len(done.released) == 1 else 'are'} due now"])


def _refused(one: QuarantinedEnrollment) -> str:
    about = f" for {one.key}" if one.key else ""
    return f"{one.id} stays: {one.customer or one.customer_id} is in '{one.journey}' anew{about}"


def _table(found: Sequence[QuarantinedEnrollment]) -> None:
    rows = [
        (
            one.id,
            one.customer or one.customer_id,
            one.journey,
            one.step or "the entrance",
            f"{one.since:%Y-%m-%d %H:%M}" if one.since else "–",
            one.fault,
        )
        for one in found
    ]
    output.print_table(COLUMNS, rows)


def _plain(one: QuarantinedEnrollment) -> dict[str, Any]:
    return {
        "id": one.id,
        "customer": one.customer or str(one.customer_id),
        "journey": one.journey,
        "step": one.step,
        "since": one.since and one.since.isoformat(),
        "why": one.fault,
    }
