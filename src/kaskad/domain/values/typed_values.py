"""Values of properties and attributes, read by their type into one canonical form, which the store and SQL know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.values.amounts import MAX_AMOUNT, read_money, read_number, to_json
from kaskad.domain.values.dialect import Dialect
from kaskad.domain.values.instants import format_instant, read_date, read_instant

WORDS = dict.fromkeys(("true", "yes", "y", "on", "1", "да"), True) | dict.fromkeys(
    ("false", "no", "n", "off", "0", "нет"), False
)
Json = Any


def read_value(kind: ValueType, said: Any, dialect: Dialect, *, zone: str | None = None) -> Json | None:
    """The value as JSON has it; None if it cannot be read. `zone` is the customer's own, for the date of an instant.

    Numbers and money are numbers, times ISO 8601 in UTC, dates `YYYY-MM-DD`, booleans true or false.
    """
    if kind is ValueType.DATE:
        return read_date(said, dialect, zone)
    return READERS[kind](said, dialect)


def _read_number(said: Any, dialect: Dialect) -> Json | None:
    if type(said) is int and -MAX_AMOUNT <= said <= MAX_AMOUNT:
        return said
    number = read_number(said, dialect.formats.decimal)
    return None if number is None else to_json(number)


def _read_money(said: Any, dialect: Dialect) -> Json | None:
    money = read_money(said, dialect.currency, shop=dialect.currency, decimal=dialect.formats.decimal)
    return None if money is None else to_json(money.amount)


def _read_time(said: Any, dialect: Dialect) -> Json | None:
    at = read_instant(said, dialect)
    return None if at is None else format_instant(at)


def _read_boolean(said: Any, dialect: Dialect) -> Json | None:
    if isinstance(said, bool):
        return said
    if not isinstance(said, str | int | float | Decimal) or len(str(said)) > 10:
        return None
    return WORDS.get(str(said).strip().casefold())


def _read_text(said: Any, dialect: Dialect) -> Json | None:
    """A number or a boolean as JSON writes it: ids are often numbers in one source and texts in another."""
    if isinstance(said, str):
        return said
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, float) and said.is_integer():
        said = int(said)  # a table that knows no whole numbers writes the id 17 as 17.0
    return str(said) if isinstance(said, int | float | Decimal) else None


def _read_list(said: Any, dialect: Dialect) -> Json | None:
    return said if isinstance(said, list) else None


READERS: Mapping[ValueType, Callable[[Any, Dialect], Json | None]] = {
    ValueType.NUMBER: _read_number,
    ValueType.MONEY: _read_money,
    ValueType.TIME: _read_time,
    ValueType.BOOLEAN: _read_boolean,
    ValueType.TEXT: _read_text,
    ValueType.LIST: _read_list,
}
