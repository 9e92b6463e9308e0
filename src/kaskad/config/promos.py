"""configs/promos.yaml: offers with a code for each customer, and the files that hold the codes."""

from __future__ import annotations

from pathlib import Path

from kaskad.config.node import Node, Place, Unreadable
from kaskad.config.quantities import duration
from kaskad.config.record import Record
from kaskad.config.scalars import text, whole, word
from kaskad.config.table import once, table
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.shop import Promo

CODE = "code"  # the column


def promo(name: str, node: Node, folder: Path) -> Promo:
    """One entry of promos.yaml; the file of its codes, below `folder`, is checked too."""
    record = Record(node)
    usual = Promo.model_fields
    hint = "the file of its codes, like codes/cart10.csv"
    codes = record.need("codes", lambda it: _file(it, folder), hint)
    valid_for = record.need("valid_for", duration, "how long a code is good once somebody has it, like 7d")
    where = record.get("where", lambda it: it.each(text), ())
    warn_below = record.get("warn_below", whole(0, 10_000_000), usual["warn_below"].default)
    when_empty = record.get("when_empty", word("value", ["skip", "send"]), usual["when_empty"].default)
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


def codes_of(root: Path, promo: Promo) -> list[str]:
    """The codes in the promo's file, in its order. Raises InvalidFiles."""
    problems: list[Problem] = []
    place = Place("configs/promos.yaml")
    try:
        return list(once(table(Node(promo.codes, place, place, problems), root / "configs", CODE), CODE))
    except Unreadable:
        raise InvalidFiles(problems) from None


def _file(node: Node, folder: Path) -> str:
    once(table(node, folder, CODE), CODE)
    return text(node)
