"""`kaskad split`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, By, Customer, Project
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.identities.splitting import Split

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad split card:4276-11     or: kaskad split anonymous_id:f3a1 --by anna@shop.example")
def split(customer: Customer, by: By = None, *, project: Project = None, as_json: AsJson = False) -> None:
    """Undo a wrong merge: two people who were taken for one are two again.

    The customer is named by an id that the merge brought: that id parts, with everything that was stored under it
    before. What was told since then stays with the other one; what was sent since then counts for both. Events that
    name both ids again would join them again: mend their source first.
    """
    done = run_with_runtime(project, lambda runtime: _split(runtime, customer, by))
    if as_json:
        output.print_json(dataclasses.asdict(done))
    else:
        parted, kept = (", ".join(ids) or "nobody" for ids in (done.parted, done.kept))
        output.print_lines([f"two people again: {parted}; and {kept}"])


async def _split(runtime: Runtime, customer: str, by: str | None) -> Split:
    from kaskad.cli.publishing.git_author import read_author
    from kaskad.services.identities import splitting

    author = await read_author(runtime.settings.project, by)
    return await splitting.split(runtime, customer, by=author.by)
