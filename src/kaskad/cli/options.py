"""Options and arguments that several commands take."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from kaskad.domain.errors import Rejected

EARLIEST_YEAR = 2000  # `--since 1` is read as a second after 1970 began

Project = Annotated[
    Path | None,
    typer.Option("--project", help="The folder that contains configs/; else the nearest parent folder that does."),
]
StackProject = Annotated[Path | None, typer.Option("--project", help="The folder that contains configs/.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, as the last line of stdout.")]
NoPrefect = Annotated[bool, typer.Option("--no-prefect", help="Change only the database, not Prefect.")]
By = Annotated[str | None, typer.Option("--by", help="The person who does it; else git's user, else the account.")]
Journey = Annotated[str, typer.Argument(help="The journey's name, with _ or -.")]
Message = Annotated[str, typer.Argument(help="The message's name: its folder in templates/.")]
CUSTOMER_HELP = "An id of the customer, as events name it; or kind:value, as card:C1 or email:anna@shop.example."
Customer = Annotated[str, typer.Argument(help=CUSTOMER_HELP)]


def to_utc(at: datetime | None) -> datetime | None:
    """The time of an option; a time without a zone is in UTC. Raises Rejected for a number that reads as one."""
    if at is not None and at.year < EARLIEST_YEAR:
        raise Rejected(f"{at:%Y-%m-%d %H:%M} is before anything happened here: write a time like 2027-03-01")
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


def check_span(since: datetime | None, until: datetime | None) -> None:
    """Raises Rejected if the time ends before it begins: nothing would be in it."""
    if since and until and since >= until:
        raise Rejected(f"the time ends at {until:%Y-%m-%d %H:%M}, before it begins at {since:%Y-%m-%d %H:%M} (UTC)")


def refuse_options_before(context: typer.Context) -> None:
    """Raises Rejected if a subcommand runs and options stand before it: they would count for nothing."""
    given = {name for name, value in context.params.items() if value not in (None, False)}
    if context.invoked_subcommand and given:
        written = {parameter.name: parameter.opts[0] for parameter in context.command.params}
        options = ", ".join(written[name] for name in context.params if name in given)
        raise Rejected(f"write {options} after '{context.invoked_subcommand}': before it, nothing would read it")
