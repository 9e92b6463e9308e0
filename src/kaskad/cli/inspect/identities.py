"""`kaskad identities`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kaskad.cli import output
from kaskad.cli.options import CUSTOMER_HELP, AsJson, Project
from kaskad.cli.session import run_with_runtime
from kaskad.domain.errors import Rejected

if TYPE_CHECKING:
    from kaskad.runtime import Runtime
    from kaskad.services.inspect.identities import ShownConflict, ShownIdentities

COLUMNS = ("kind", "value", "source", "since (UTC)", "word")
CONFLICTS = ("at (UTC)", "source", "it named", "user", "and", "user", "now", "why they were not joined")

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: kaskad identities kolya     and, for what was not believed: kaskad identities --conflicts"
)
def identities(
    customer: Annotated[str | None, typer.Argument(help=CUSTOMER_HELP)] = None,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Show who was named as one person and was not joined: the newest.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Show so many conflicts.")] = 50,
    *,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Show by which ids a customer is known, who said so and since when; and which customers were not joined."""
    if customer is None and not conflicts:
        raise Rejected("name a customer, or ask for --conflicts of all: kaskad identities kolya")
    from kaskad.services.inspect.identities import load_identities

    async def work(runtime: Runtime) -> ShownIdentities:
        return await load_identities(runtime, customer, limit=limit)

    found = run_with_runtime(project, work)
    if as_json:
        output.print_json(found.document())
        return
    if customer is not None:
        _print_identities(found)
    if conflicts or found.conflicts:
        _print_conflicts(found)


def _print_identities(found: ShownIdentities) -> None:
    output.print_lines([f"{found.customer} is known by", ""])
    output.print_table(
        COLUMNS,
        (
            (
                known.kind,
                known.value,
                known.source or "–",
                f"{known.since:%Y-%m-%d %H:%M}" if known.since else "–",
                "a public source's alone" if known.claimed else "",
            )
            for known in found.identities
        ),
    )


def _print_conflicts(found: ShownIdentities) -> None:
    if not found.conflicts:
        output.print_lines(["whoever was named as one person was joined: there is no conflict"])
        return
    output.print_lines(["Named as one person, and not joined"])
    output.print_table(CONFLICTS, (_conflict(said) for said in found.conflicts))


def _conflict(said: ShownConflict) -> tuple[str, ...]:
    now = "joined" if said.joined else "apart" if said.known else "nobody's"
    at = f"{said.at:%Y-%m-%d %H:%M}"
    return at, said.source, said.by, said.by_user or "–", said.named, said.of_user or "–", now, said.why
