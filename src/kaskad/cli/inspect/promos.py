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
    """List the promos: how many codes each has, how many were given out and redeemed, how many are left."""
    from kaskad.services.publishing.promo_codes import list_promos

    found = run_with_runtime(project, list_promos)
    if as_json:
        output.print_json({"promos": [asdict(promo) for promo in found]})
    elif not found:
        output.print_lines(
            ["no promo is published: configs/promos.yaml names them, `kaskad publish` brings in their codes"]
        )
    else:
        rows = [
            (
                promo.name,
                promo.codes,
                promo.given,
                _redeemed(promo),
                promo.left,
                promo.warn_below,
                promo.when_empty or "no file",
                _state(promo),
            )
            for promo in found
        ]
        output.print_table(("promo", "codes", "given", "redeemed", "left", "warn below", "when empty", "state"), rows)


def _redeemed(promo: PromoState) -> str:
    return ", ".join(f"{count} {place}" for place, count in promo.redeemed.items()) or "–"


def _state(promo: PromoState) -> str:
    if not promo.left:
        return "empty"
    return "low" if promo.low else "enough"
