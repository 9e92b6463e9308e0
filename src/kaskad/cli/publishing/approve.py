"""`kaskad approve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli.options import AsJson, By, Journey, NoPrefect, Project

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.publishing.approvals import ActivationResult
    from kaskad.storage.publishing.publications import Author

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad approve abandoned_cart --version 3f2a91 --by boris@shop.example")
def approve(
    journey: Journey,
    version: Annotated[
        str | None, typer.Option(help="The hash of the approved version, or its first characters.")
    ] = None,
    by: By = None,
    *,
    project: Project = None,
    no_prefect: NoPrefect = False,
    as_json: AsJson = False,
) -> None:
    """Make a proposed version live. Only another person than the one who proposed it can approve.

    An approval is for exactly this content: any edit needs a new one.
    """
    from kaskad.cli.publishing.activation import activate
    from kaskad.services.publishing import approvals

    async def work(runtime: Runtime, author: Author) -> ActivationResult:
        return await approvals.approve(runtime, journey, version, author=author)

    made = activate(project, work, by=by, no_prefect=no_prefect)
    made.print("approved and live", as_json)
