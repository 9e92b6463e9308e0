"""`kaskad forget`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, By, Customer, Project
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.operations.personal_data import Forgotten

PATIENCE, PAUSE = 150.0, 2.0  # seconds: longer than a lease, and between two tries

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad forget kolya --yes     or: kaskad forget card:4276-11")
def forget(
    customer: Customer,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    by: By = None,
    *,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Erase everything that names a customer. Messages and orders stay counted, refusals of the address hold.

    What is unsent is dropped. An event that comes later begins a new customer. `kaskad export` first gives out what
    there is. It is written down that it was done, when and by whom, but not of whom.
    """
    if not yes:
        found = run_with_runtime(project, lambda runtime: _find(runtime, customer))
        who = f"'{customer}'" if found == customer else f"'{customer}' ({found})"
        typer.confirm(f"Erase everything that names {who}? It cannot be undone", abort=True, err=True)
    done = run_with_runtime(project, lambda runtime: _forget(runtime, customer, by))
    if as_json:
        output.print_json({"forgotten": customer, "pseudonym": done.customer, "counts": dict(done.counts)})
    else:
        counts = ", ".join(f"{count:,} of {table}" for table, count in done.counts.items() if count) or "none"
        output.print_lines([f"'{customer}' is forgotten, what stays is counted under {done.customer}; rows: {counts}"])


async def _find(runtime: Runtime, customer: str) -> str:
    from kaskad.services.operations import personal_data

    return await personal_data.find(runtime, customer)


async def _forget(runtime: Runtime, customer: str, by: str | None) -> Forgotten:
    """Waits while something is on its way to the customer."""
    from kaskad.cli.publishing.git_author import read_author
    from kaskad.services.operations import personal_data

    author = await read_author(runtime.settings.project, by)
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while True:
        try:
            return await personal_data.forget(runtime, customer, by=author.by)
        except personal_data.StillSending:
            if loop.time() >= until:
                raise
            with output.show_progress("a message is on its way: waiting until that is settled"):
                await asyncio.sleep(PAUSE)
