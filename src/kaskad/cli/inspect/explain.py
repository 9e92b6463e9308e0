"""`kaskad explain`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Customer, Project, to_utc
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.explaining.customer_history import CustomerHistory

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad explain kolya --journey abandoned_cart --at 2027-03-02T12:00")
def explain(
    customer: Customer,
    journey: Annotated[str | None, typer.Option(help="Only this journey.")] = None,
    at: Annotated[datetime | None, typer.Option(help="Show the state at this time, and nothing later; UTC.")] = None,
    *,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Explain what was decided for one customer, on which facts, and what would have changed it."""
    from kaskad.services.explaining.explain import explain as explain_customer

    async def work(runtime: Runtime) -> CustomerHistory:
        return await explain_customer(runtime, customer, journey, at=to_utc(at))

    story = run_with_runtime(project, work)
    if as_json:
        output.print_json(story.document())
    else:
        output.print_lines(story.text())
