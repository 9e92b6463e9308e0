"""`kaskad promos`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from kaskad.cli import output
from kaskad.cli.options import AsJson, Project
from kaskad.cli.session import run_with_runtime

if TYPE_CHECKING:
    from kaskad.services.publishing.promo_codes import PromoState

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: kaskad promos --json")
def promos(project: Project = None, as_json: AsJson = False) -> None:
    """List the promos: how many codes each has, how many were given out, how many are left."""
    from kaskad.services.publishing.promo_codes import list_promos

    found = run_with_runtime(project, list_promos)
    if as_json:
        output.print_json({"promos": [asdict(one) for one in found]})
    elif not found:
        output.print_lines(
            ["no promo is published: configs/promos.yaml names them, `kaskad publish` brings in their codes"]
        )
    else:
        rows = [
            (one.name, one.codes, one.given, one.left, one.warn_below, one.when_empty or "no file", _state(one))
            for one in found
        ]
        output.print_table(("promo", "codes", "given", "left", "warn below", "when empty", "state"), rows)


def _state(one: PromoState) -> str:
    if not one.left:
        return "empty"
    return "low" if one.low else "enough"
