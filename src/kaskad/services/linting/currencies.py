"""Rules about money in other currencies than the shop's."""

from __future__ import annotations

from collections.abc import Iterator

from kaskad.domain.journeys.condition import AnyOf, Compare, Conditions, DidEvent, MoneyValue, Not
from kaskad.services.linting.conditions import list_branch_conditions, list_conditions
from kaskad.services.linting.rule import Finding, LintContext, Rule, Severity


def _currency_without_rate(context: LintContext) -> Iterator[Finding]:
    known = context.project.shop.all_rates()
    for at, conditions in (*list_conditions(context), *list_branch_conditions(context)):
        for path, currency in sorted(set(_named_currencies(conditions))):
            if currency not in known:
                yield Finding(at, f"compares {path} with an amount in {currency}, for which shop.yaml has no rate")


def _named_currencies(conditions: Conditions) -> Iterator[tuple[str, str]]:
    for condition in conditions:
        match condition:
            case Compare(path=path, value=value):
                several = value if isinstance(value, tuple) else (value,)
                yield from ((path, part.currency) for part in several if isinstance(part, MoneyValue))
            case AnyOf(of=parts) | Not(of=parts) | DidEvent(where=parts):
                yield from _named_currencies(parts)


CURRENCY_WITHOUT_RATE = Rule(
    "currency_without_rate",
    Severity.WARNING,
    why="Without a rate only money in that very currency can be compared with the amount; of all else nobody knows "
    "whether it is more, and what depends on it is held.",
    fix="Add the currency to `rates` in shop.yaml, or write the amount in the shop's currency.",
    check=_currency_without_rate,
)
