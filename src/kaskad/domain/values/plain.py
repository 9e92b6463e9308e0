"""Stored values as plain values of JSON, for whoever reads them elsewhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Amount = int | float | str  # text where most languages would round the number


def plain(value: Any) -> Any:
    """The value with its decimals as numbers of JSON; as text where most languages would round the number."""
    match value:
        case dict():
            return {key: plain(part) for key, part in value.items()}
        case list():
            return [plain(part) for part in value]
        case Decimal():
            return _number(value)
    return value


def _number(value: Decimal) -> Amount:
    if not value.is_finite():
        return str(value)
    number = float(value)
    if Decimal(repr(number)) != value:
        return str(value)
    return int(number) if value == value.to_integral_value() and abs(number) < 2**53 else number
