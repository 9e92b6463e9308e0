"""Compiles amounts of money: each in its currency, compared by the shop's rates; without a rate it is unknown.

The rates are those of the files as published last, read when the statement runs: a version never pins them.
"""

from __future__ import annotations

RATES = "(SELECT g.rates FROM config_generation g)"  # no part of it depends on a row: it is read once in a statement


def compile_rate(currency: str) -> str:
    """SQL for what one unit of the currency is worth in the shop's; 1 if none is named, null without a rate."""
    return f"CASE WHEN coalesce({currency}, '') = '' THEN 1 ELSE as_number({RATES} ->> upper({currency})) END"


def compile_amount(amount: str, currency: str | None, target: str | None = None) -> str:
    """SQL for the amount in the shop's currency, or in `target`: a placeholder, if given.

    An amount that is in the target already needs no rate.
    """
    in_shop = f"({amount} * {compile_rate(currency)})" if currency else f"({amount})"
    if target is None:
        return in_shop
    converted = f"({in_shop} / nullif({compile_rate(target)}, 0))"
    return f"CASE WHEN upper({currency}) = {target} THEN {amount} ELSE {converted} END" if currency else converted
