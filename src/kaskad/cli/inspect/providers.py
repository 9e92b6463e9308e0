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
        output.print_json({"providers": [asdict(provider) for provider in found]})
    elif not found:
        output.print_lines(["nothing is published yet: `kaskad publish` does it"])
    else:
        _show(found)


def _show(found: Sequence[ProviderState]) -> None:
    rows = [
        (provider.channel, provider.name, _state(provider), f"{provider.rate:g}/s", _failure(provider))
        for provider in found
    ]
    output.print_table(("channel", "provider", "state", "rate", "last failure (UTC)"), rows)


def _state(provider: ProviderState) -> str:
    if provider.unfit:
        return f"not used here: {provider.unfit}"
    if provider.state == "tried":
        return TRIED
    return f"not used until {provider.until:%H:%M:%S} UTC" if provider.until else "up"


def _failure(provider: ProviderState) -> str:
    return f"{provider.failed_at:%Y-%m-%d %H:%M:%S} {provider.failure}" if provider.failed_at else "–"
