"""`kaskad promos`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import run_with_runtime
from kaskad.services.publishing import promo_codes as service


def promos(project: Path | None, as_json: bool) -> None:
    """Prints all promos, with the number of codes that are left."""
    found = run_with_runtime(project, service.list_promos)
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


def _state(one: service.PromoState) -> str:
    if not one.left:
        return "empty"
    return "low" if one.low else "enough"
