"""`kaskad quarantine`: lists and releases enrollments that were set aside after repeated failures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project, refuse_options_before
from kaskad.cli.session import run_with_runtime
from kaskad.domain.errors import Rejected

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.operations.quarantine import QuarantinedEnrollment, ReleaseResult

MAX_ID = 2**63 - 1  # of a bigint
COLUMNS = ("id", "customer", "journey", "step", "since (UTC)", "why")

app = typer.Typer(
    help="List customers who are set aside in a journey, because decisions or sends failed repeatedly.",
    epilog="Example: kaskad quarantine     and, after the repair: kaskad quarantine release --journey abandoned_cart",
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def list_quarantined(
    context: typer.Context,
    journey: Annotated[str | None, typer.Option(help="Only this journey.")] = None,
    project: Project = None,
    *,
    as_json: AsJson = False,
) -> None:
    refuse_options_before(context)
    if context.invoked_subcommand is None:
        _show(project, journey, as_json)


def _show(project: Path | None, journey: str | None, as_json: bool) -> None:
    from kaskad.services.operations import quarantine

    async def work(runtime: Runtime) -> list[QuarantinedEnrollment]:
        return await quarantine.list_quarantined(runtime, journey)

    found = run_with_runtime(project, work)
    if as_json:
        output.print_json({"quarantine": [_plain(enrollment) for enrollment in found]})
    elif not found:
        output.print_lines(["nobody is in the quarantine"])
    else:
        _table(found)


@app.command(
    epilog="Example: kaskad quarantine release 4711     or: kaskad quarantine release --journey abandoned_cart"
)
def release(
    enrollment: Annotated[
        int | None, typer.Argument(metavar="[ID]", min=1, max=MAX_ID, help="One enrollment, by its id.")
    ] = None,
    journey: Annotated[str | None, typer.Option(help="All enrollments of this journey.")] = None,
    project: Project = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Let customers go on from their step. What they did meanwhile counts: customers who have bought leave.

    They go on in the version that is published now, if it still has their step.
    """
    from kaskad.services.operations import quarantine

    if (enrollment is None) == (journey is None):
        raise Rejected("name one by its id, or all of a journey with --journey")

    async def work(runtime: Runtime) -> ReleaseResult:
        return await quarantine.release(runtime, journey, enrollment)

    done = run_with_runtime(project, work)
    if done.refused and not done.released:
        raise Rejected("; ".join(map(_refused, done.refused)))
    for refused in done.refused:
        output.warn(_refused(refused))
    if as_json:
        ids = {
            "released": [released.id for released in done.released],
            "refused": [refused.id for refused in done.refused],
        }
        output.print_json(ids)
    else:
        people = "1 customer goes" if len(done.released) == 1 else f"{len(done.released):,} customers go"
        output.print_lines([f"{people} on, and {'is' if len(done.released) == 1 else 'are'} due now"])


def _refused(enrollment: QuarantinedEnrollment) -> str:
    about = f" for {enrollment.key}" if enrollment.key else ""
    customer = enrollment.customer or enrollment.customer_id
    return f"{enrollment.id} stays: {customer} is in '{enrollment.journey}' again{about}"


def _table(found: Sequence[QuarantinedEnrollment]) -> None:
    rows = [
        (
            enrollment.id,
            enrollment.customer or enrollment.customer_id,
            enrollment.journey,
            enrollment.step or "the entrance",
            f"{enrollment.since:%Y-%m-%d %H:%M}" if enrollment.since else "–",
            enrollment.fault,
        )
        for enrollment in found
    ]
    output.print_table(COLUMNS, rows)


def _plain(enrollment: QuarantinedEnrollment) -> dict[str, Any]:
    return {
        "id": enrollment.id,
        "customer": enrollment.customer or str(enrollment.customer_id),
        "journey": enrollment.journey,
        "step": enrollment.step,
        "since": enrollment.since and enrollment.since.isoformat(),
        "why": enrollment.fault,
    }
