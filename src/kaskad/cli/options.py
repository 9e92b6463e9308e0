"""Options and arguments that several commands take."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

Project = Annotated[
    Path | None,
    typer.Option("--project", help="The folder that holds configs/; else the nearest one upward from here."),
]
StackProject = Annotated[Path | None, typer.Option("--project", help="The folder that holds configs/.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, last on stdout.")]
NoPrefect = Annotated[bool, typer.Option("--no-prefect", help="Leave Prefect alone: the database only.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it; else git's user, else the account's.")]
Journey = Annotated[str, typer.Argument(help="The journey's name, with _ or -.")]
Message = Annotated[str, typer.Argument(help="The message's name: its folder in templates/.")]
Customer = Annotated[str, typer.Argument(help="An id that events name the customer by.")]


def to_utc(at: datetime | None) -> datetime | None:
    """The time of an option; a time without a zone is in UTC."""
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
