"""Reads the columns of a map out of a row, as the values that an event in Segment's format would have."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.errors import Rejected
from kaskad.domain.importing.import_map import Column, ImportMap
from kaskad.domain.rejection import EventRejected, RejectionCode
from kaskad.domain.values.amounts import DecimalMark, Money, read_money, read_number, to_json

Getter = Callable[[Any], Any]
PIECE = Decimal("0.0001")
MARKED = re.compile(r"\s*'(\+?\d[\d ().-]*)")  # a number that tables shall keep as a text: `'7001`


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Makes values of files into those of JSON. `zone`: that of times without an offset."""

    empty: frozenset[str]
    zone: ZoneInfo | None

    def clean(self, value: Any) -> Any:
        """The value; None for nothing. Whole numbers are whole: tables that know none write the id 17 as 17.0."""
        if type(value) is str:
            if "'" in value and (marked := MARKED.fullmatch(value)):
                value = marked[1]
            return value if value.strip() and not (self.empty and value.strip().casefold() in self.empty) else None
        if value is None or type(value) is int or type(value) is bool:
            return value
        if isinstance(value, float):
            if value != value:
                return None
            return int(value) if value.is_integer() and abs(value) < 2**53 else value
        return self._clean_rare(value)

    def _clean_rare(self, value: Any) -> Any:
        match value:
            case datetime():
                return (value if value.tzinfo or not self.zone else value.replace(tzinfo=self.zone)).isoformat()
            case date() | time():
                return value.isoformat()
            case Decimal():
                return to_json(value) if value.is_finite() else None
            case bytes():
                return value.decode(errors="replace")
            case dict():
                return {str(key): said for key, part in value.items() if (said := self.clean(part)) is not None}
            case list() | tuple():
                return [self.clean(part) for part in value]
        return str(value)

    def local(self, said: Any) -> Any:
        """The time as it is written; one in ISO 8601 without an offset is in the file's zone."""
        if self.zone is None or type(said) is not str:
            return said
        try:
            at = datetime.fromisoformat(said.strip())
        except ValueError:
            return said  # perhaps in a format of its own: ingestion knows them, and the zone
        return at.replace(tzinfo=self.zone).isoformat() if at.tzinfo is None else said


class ColumnReader:
    """Compiles the columns of a map for one table. Raises Rejected for a column that the file does not have."""

    def __init__(self, columns: Sequence[str] | None, asked: ImportMap) -> None:
        self._columns = columns
        self._decimal: DecimalMark | None = asked.formats.decimal
        self.cleaner = Cleaner(asked.file.empty, ZoneInfo(asked.zone) if asked.zone else None)

    def getter(self, column: Column, *, strict: bool = False) -> Getter:
        """What reads the column of a row's fields. `strict`: raises EventRejected for a word that `names` lacks."""
        if column.name is None:
            constant = column.constant
            return lambda _: constant
        plain = self.raw(column)
        get = self._per(plain, column) if column.per else plain
        named = self._named(get, column, strict) if column.names is not None or column.filled is not None else get
        if column.default is None:
            return named
        return lambda fields: column.default if (value := named(fields)) is None else value

    def raw(self, column: Column) -> Getter:
        """What reads the column, cleaned; None if it is optional and the file does not have it."""
        assert column.name is not None
        return self._place(column.name, column)

    def has(self, name: str) -> bool:
        """Whether the file has the column, or one that may hold it. Of JSON Lines each row has its own."""
        return self._columns is None or name in self._columns or name.partition(".")[0] in self._columns

    def total(self, column: Column) -> Callable[[Sequence[Any]], Any]:
        """What adds up the column over rows, as money; a text that is no amount where one of them is none."""
        get, mark = self.raw(column), self._decimal

        def add(rows: Sequence[Any]) -> Any:
            said = [value for fields in rows if (value := get(fields)) is not None]
            read = [_read_amount(value, mark) for value in said]
            found = [amount for amount in read if amount is not None]
            currencies = {amount.currency for amount in found} - {""}
            if len(found) < len(said) or len(currencies) > 1:
                return "; ".join(map(str, [*said, "no sum"]))  # ingestion says so: the first one alone would be a lie
            total = to_json(sum((amount.amount for amount in found), Decimal(0)))
            return f"{total} {currencies.pop()}" if currencies else total

        return add

    def _place(self, name: str, column: Column) -> Getter:
        clean = self.cleaner.clean
        if self._columns is None:
            path = name.split(".")
            return lambda fields: clean(fields[name] if name in fields else _follow(fields, path))
        if self._columns.count(name) > 1:
            raise Rejected(f"{column.place}: the file has several columns '{name}'")
        if name in self._columns:
            index = self._columns.index(name)
            return lambda fields: clean(fields[index])
        first, _, rest = name.partition(".")
        if rest and first in self._columns:
            index, path = self._columns.index(first), rest.split(".")
            return lambda fields: clean(_follow(fields[index], path))
        if column.optional:
            return lambda _: None
        known = ", ".join(self._columns) or "none: it is empty"
        raise Rejected(f"{column.place}: the file has no column '{name}'; it has {known:.2000}")

    def _per(self, get: Getter, column: Column) -> Getter:
        pieces = self._place(column.per or "", column)

        def read(fields: Any) -> Any:
            said, count = get(fields), pieces(fields)
            if said is None or count is None:
                return said
            value, number = read_number(said, self._decimal), read_number(count, self._decimal)
            if value is None or not number:
                return f"{said}/{count}"  # ingestion says that it is no number
            return to_json((value / number).quantize(PIECE))

        return read

    def _named(self, get: Getter, column: Column, strict: bool) -> Getter:
        names = column.names or {}

        def read(fields: Any) -> Any:
            said = get(fields)
            word = "" if said is None else str(said).strip().casefold()
            if word in names:
                return names[word]
            if said is not None and column.filled is not None:
                return column.filled
            if said is not None and strict and column.default is None:
                raise EventRejected(
                    RejectionCode.BAD_NAME, f"'{column.name}' is {said!r:.60}, which the map does not name"
                )
            return None if column.default is not None else said

        return read


def _read_amount(said: Any, mark: DecimalMark | None) -> Money | None:
    number = Decimal(str(said)) if type(said) in (int, float) else read_number(said, mark)
    return read_money(said, None, shop="", decimal=mark) if number is None else Money(number, "")


def _follow(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value
