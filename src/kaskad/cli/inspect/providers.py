"""`kaskad providers`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.services.inspect.overview import ProviderState

TRIED = "may be back: one worker tries it"

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad providers")
def providers(project: Project = None, as_json: AsJson = False) -> None:
    """List the providers of each channel in failover order: whether each is up, its rate, its last failure."""
    from kaskad.services.inspect import overview

    found = run_with_runtime(project, overview.list_providers)
    if as_json:
        output.print_json({"providers": [asdict(one) for one in found]})
    elif not found:
        output.print_lines(["nothing is published yet: `kaskad publish` does it"])
    else:
        _show(found)


def _show(found: Sequence[ProviderState]) -> None:
    rows = [(one.channel, one.name, _state(one), f"{one.rate:g}/s", _failure(one)) for one in found]
    output.print_table(("channel", "provider", "state", "rate", "last failure (UTC)"), rows)


def _state(one: ProviderState) -> str:
    if one.unfit:
        return f"not used here: {one.unfit}"
    if one.state == "tried":
        return TRIED
    return f"not used until {one.until:%H:%M:%S} UTC" if one.until else "up"


def _failure(one: ProviderState) -> str:
    return f"{one.failed_at:%Y-%m-%d %H:%M:%S} {one.failure}" if one.failed_at else "–"
