"""`kaskad explain`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from kaskad.cli import output
from kaskad.cli.options import to_utc
from kaskad.cli.session import run_with_runtime
from kaskad.runtime import Runtime
from kaskad.services.explaining.customer_history import CustomerHistory
from kaskad.services.explaining.explain import explain as explain_customer


def explain(project: Path | None, customer: str, journey: str | None, at: datetime | None, as_json: bool) -> None:
    """Prints the history of the customer's decisions, now or as it was at a time."""

    async def work(runtime: Runtime) -> CustomerHistory:
        return await explain_customer(runtime, customer, journey, to_utc(at))

    story = run_with_runtime(project, work)
    if as_json:
        output.print_json(story.document())
    else:
        output.print_lines(story.text())
