"""Feeds that are tables: CSV with any delimiter, and Google's text feeds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import IO

from kaskad.services.feeds.formats.raw_offer import RawOffer
from kaskad.services.feeds.problems import FeedProblem, FeedRefused

MAX_FIELD = 1_000_000  # characters: a description may be long
DELIMITERS = "\t;,|"


class TableFeed:
    """Reads one document; its first line names the columns. `google`: they are spelled as in Google's text feeds."""

    stated_at: str | None = None

    def __init__(self, stream: IO[bytes], encoding: str | None, *, delimiter: str | None, google: bool) -> None:
        self._stream, self._delimiter, self._google = stream, delimiter, google
        self._encoding = encoding or "utf-8"
        self.whole = True  # False: a quotation mark may have swallowed offers

    def offers(self) -> Iterator[RawOffer]:
        """Yields the offers. Raises FeedRefused."""
        encoding = "utf-8-sig" if self._encoding in ("utf-8", "utf8") else self._encoding
        text = io.TextIOWrapper(self._stream, encoding=encoding, newline="")
        number, cut = 1, False
        try:
            head = text.readline()
            rows = _Rows([head], text, self._delimiter or _delimiter(head))
            columns = [self._column(name) for name in next(rows, [])]
            if not any(columns):
                raise FeedRefused(FeedProblem.EMPTY, "its first line names no columns")
            for row in rows:
                number += 1
                fault = _fault(row, columns, rows)
                several = len(rows.lines) > 1
                self.whole = self.whole and not (fault and several)
                cut = len(row) < len(columns) and (several or not rows.lines[-1].endswith(("\n", "\r")))
                if any(cell.strip() for cell in row):
                    yield _offer(columns, row, number, fault=fault)
        except UnicodeDecodeError as error:
            told = f"a text behind row {number} is not {self._encoding}: name the 'encoding', like windows-1251"
            raise FeedRefused(FeedProblem.BROKEN, f"{told} ({error.reason})") from None
        except csv.Error as error:
            raise FeedRefused(FeedProblem.BROKEN, f"behind row {number}: {error}") from None
        if cut:  # the last row, and with it the document
            raise FeedRefused(FeedProblem.BROKEN, f"row {number} ends in its middle, and so does the document")

    def _column(self, name: str) -> str:
        """The column's name; Google spells `sale price` and `g:sale_price` alike."""
        name = name.strip()
        return name.lower().removeprefix("g:").replace(" ", "_") if self._google else name


class _Rows:
    """The rows of a table, one after the other; `lines` are those that the last one was read of."""

    def __init__(self, head: Iterable[str], text: Iterable[str], delimiter: str) -> None:
        csv.field_size_limit(MAX_FIELD)
        self.lines: list[str] = []
        self._delimiter = delimiter
        self._rows = csv.reader(self._noting(chain(head, text)), delimiter=delimiter)

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self.lines = []
        return next(self._rows)

    def is_well_quoted(self) -> bool:
        """Whether each quotation mark of the last row is one of a pair: else it may hold other rows."""
        try:
            list(csv.reader(self.lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return False
        return True

    def _noting(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            self.lines.append(line)
            yield line


def _fault(row: Sequence[str], columns: Sequence[str], rows: _Rows) -> str:
    """Why the row cannot be believed, or ""."""
    if len(row) != len(columns):
        return f"it has {len(row)} columns, the first line names {len(columns)}"
    if len(rows.lines) > 1 and not rows.is_well_quoted():
        return "its quotation marks do not match, and it goes over several lines"
    return ""


def _delimiter(head: str) -> str:
    """The mark that is most frequent in the first line; a tab before others."""
    return max(DELIMITERS, key=head.count)


def _offer(columns: Sequence[str], row: Sequence[str], number: int, *, fault: str) -> RawOffer:
    said = {name: cell for name, cell in zip(columns, row, strict=False) if name}
    return RawOffer(f"row {number}", said, fault=fault)
