"""Rows → items: each row alone, or all rows of one order. A row that cannot be read is never left out of an order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from kaskad.domain.importing.import_map import ImportMap
from kaskad.services.importing.items import Item
from kaskad.services.importing.tables import Row, Table
from kaskad.services.importing.translating import Translator
from kaskad.services.ingestion.parsing import real_id

MOST_LOOSE = 1_000  # rows in a row of which nobody knows the order
NUMBERLESS = "it has no number of an order, and stands behind rows of one"


def group_rows(table: Table, translator: Translator, asked: ImportMap, *, skip: int = 0) -> Iterator[Item]:
    """Yields the rows after the first `skip`, those of one order together."""
    rows = islice(table.rows, skip, None)
    if asked.groups_rows:
        yield from _Orders(translator, skip).group(rows)
        return
    for number, row in enumerate(rows, skip + 1):
        yield Item((row,), number)


class _Orders:
    """Holds the rows of one order, and the `loose` ones behind it: those that tell no number of an order."""

    def __init__(self, translator: Translator, done: int) -> None:
        self._translator, self._done = translator, done
        self._held: list[Row] = []
        self._loose: list[Row] = []
        self._key = ""

    def group(self, rows: Iterator[Row]) -> Iterator[Item]:
        """Yields the orders, and rows that can be of none."""
        for row in rows:
            key = "" if row.wrong else self._translator.key(row.fields)
            if not key:
                self._loose.append(row)
                if len(self._loose) >= MOST_LOOSE:
                    yield from self._close("")
                continue
            if key != self._key and not any(self._may_be(row, self._key, key) for row in self._loose):
                yield from self._close(key)
            self._take_loose()
            self._held.append(row)
            self._key = key
        yield from self._close("")

    def _close(self, following: str) -> Iterator[Item]:
        """Ends the order: with the loose rows up to the last one that may be its own. `following`: the next order.

        Those that name the next order stay loose: they are taken into that one.
        """
        own = [place for place, row in enumerate(self._loose, 1) if self._held and self._may_be(row, self._key)]
        last = own[-1] if own else 0
        rest = self._loose[last:]
        self._loose = self._loose[:last]
        self._take_loose()
        if self._held:
            yield self._item(self._held)
        next_ = [place for place, row in enumerate(rest) if following and self._may_be(row, following)]
        first = next_[0] if next_ else len(rest)
        for row in rest[:first]:
            yield self._item([row])
        self._held, self._loose = [], rest[first:]
        self._key = ""

    def _take_loose(self) -> None:
        for row in self._loose:
            says = row.wrong or (NUMBERLESS if _is_filled(row) else "")  # an empty row takes nothing from the order
            self._held.append(row._replace(wrong=says))
        self._loose = []

    def _item(self, rows: list[Row]) -> Item:
        self._done += len(rows)
        return Item(rows, self._done)

    def _may_be(self, row: Row, *keys: str) -> bool:
        """Whether the row may be of each of these orders: it names it somewhere, or has lost its number."""
        return all(self._may_be_of(row, key) for key in keys if key)

    def _may_be_of(self, row: Row, key: str) -> bool:
        if not row.wrong:
            return key == self._key
        if isinstance(row.fields, str):
            return True
        swallowed = any("\n" in cell and key in cell for cell in row.fields)  # by a quote that was never closed
        return swallowed or self._may_be_of_any(row) or any(real_id(cell) == key for cell in row.fields)

    def _may_be_of_any(self, row: Row) -> bool:
        """Whether the row is cut before its number: it may be the end of one order, or the beginning of the next."""
        return bool(row.wrong) and (isinstance(row.fields, str) or len(row.fields) <= self._translator.key_place)


def _is_filled(row: Row) -> bool:
    cells = row.fields.values() if isinstance(row.fields, dict) else row.fields
    return any(cell is not None and str(cell).strip() for cell in cells)
