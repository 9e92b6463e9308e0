"""Reads configs/promos.yaml: offers with a code for each customer, and the files with the codes."""

from __future__ import annotations

from pathlib import Path

from kaskad.config.yaml.csv_table import index_by_column, read_csv_table
from kaskad.config.yaml.node import InvalidNode, Node, SourcePosition
from kaskad.config.yaml.quantities import read_duration
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import integer_between, one_of, read_text
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.journeys.project import Promo

CODE_COLUMN = "code"  # the column


def read_promo(name: str, node: Node, folder: Path) -> Promo:
    """One entry of promos.yaml; checks the file of its codes, below `folder`, too."""
    record = Record(node)
    usual = Promo.model_fields
    hint = "the file of its codes, like codes/cart10.csv"
    codes = record.need("codes", lambda it: _read_codes_file(it, folder), hint)
    valid_for = record.need("valid_for", read_duration, "how long a code is good once somebody has it, like 7d")
    where = record.get("where", lambda it: it.each(read_text), ())
    warn_below = record.get("warn_below", integer_between(0, 10_000_000), usual["warn_below"].default)
    when_empty = record.get("when_empty", one_of("value", ["skip", "send"]), usual["when_empty"].default)
    record.done()
    return Promo.model_validate(
        {
            "name": name,
            "codes": codes,
            "valid_for": valid_for,
            "where": where,
            "warn_below": warn_below,
            "when_empty": when_empty,
        }
    )


def read_promo_codes(root: Path, promo: Promo) -> list[str]:
    """The codes in the promo's file, in its order. Raises InvalidFiles."""
    problems: list[Problem] = []
    place = SourcePosition("configs/promos.yaml")
    try:
        return list(
            index_by_column(
                read_csv_table(Node(promo.codes, place, place, problems), root / "configs", CODE_COLUMN), CODE_COLUMN
            )
        )
    except InvalidNode:
        raise InvalidFiles(problems) from None


def _read_codes_file(node: Node, folder: Path) -> str:
    index_by_column(read_csv_table(node, folder, CODE_COLUMN), CODE_COLUMN)
    return read_text(node)
