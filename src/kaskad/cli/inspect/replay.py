"""`kaskad replay`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project, to_utc
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.inspect.replay import ReplayResult

DIFFERS = 1

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad replay --all --since 2027-03-01")
def replay(
    customer: Annotated[str | None, typer.Argument(help="An id of the customer, as events name it.")] = None,
    journey: Annotated[str | None, typer.Option(help="Only this journey.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Decisions about all customers.")] = False,
    *,
    since: Annotated[datetime | None, typer.Option(help="Only decisions from this time on; UTC.")] = None,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Make stored decisions again with today's engine. Exit with 1 if the result of any is different."""
    from kaskad.services.inspect.replay import replay as make_again

    if everybody == bool(customer):  # an empty name is nobody's, and not everybody's
        raise typer.BadParameter("name one customer, or say --all")

    async def work(runtime: Runtime) -> ReplayResult:
        with output.show_progress("making decisions again"):
            return await make_again(runtime, customer, journey, since=to_utc(since))

    result = run_with_runtime(project, work)
    if as_json:
        output.print_json(asdict(result))
    else:
        output.print_lines(_lines(result))
    if result.differences:
        raise typer.Exit(DIFFERS)


def _lines(result: ReplayResult) -> Iterator[str]:
    for difference in result.differences:
        yield f"{difference.journey}, customer {difference.customer}, {difference.at.isoformat(timespec='seconds')}"
        yield f"  then: {difference.then}"
        yield f"  now:  {difference.now}"
    differ = len(result.differences)
    yield f"{result.decisions:,} decisions made again: {f'{differ:,} are different' if differ else 'all are the same'}."
    if result.unrecorded:
        yield f"{result.unrecorded:,} more cannot be made again: their inputs were not stored."
