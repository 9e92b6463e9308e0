"""`kaskad rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, By, Journey, NoPrefect, Project
from kaskad.domain.errors import Rejected

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.publishing.approvals import ActivationResult
    from kaskad.storage.publishing.publications import Author

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad rollback abandoned_cart     or: kaskad rollback abandoned_cart --to 3")
def rollback(
    journey: Journey,
    to: Annotated[
        int | None, typer.Option(help="The number of the version; else the one that was live before.")
    ] = None,
    moved: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="Where customers go whose step that version does not have."),
    ] = None,
    *,
    by: By = None,
    project: Project = None,
    no_prefect: NoPrefect = False,
    as_json: AsJson = False,
) -> None:
    """Make an older version of a journey current again, at once, without changing the files.

    Customers inside finish with their version, or move to this one, as its `edits` says.
    """
    from kaskad.cli.publishing.activation import activate
    from kaskad.services.publishing import approvals

    paths = dict(_path(said) for said in moved or ())

    async def work(runtime: Runtime, author: Author) -> ActivationResult:
        return await approvals.roll_back(runtime, journey, to, moved=paths, author=author)

    made = activate(project, work, by=by, no_prefect=no_prefect)
    made.print("live again", as_json)
    output.warn("the files are different: the next `kaskad publish` makes them live")


def _path(said: str) -> tuple[str, str]:
    old, equals, new = said.partition("=")
    if not (old and equals and new):
        raise Rejected(f"'{said}' is not OLD=NEW: two steps by their ids, or a step and `end`")
    return old, new
