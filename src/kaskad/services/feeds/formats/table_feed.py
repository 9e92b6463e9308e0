"""Feeds that are tables: CSV with any delimiter, and Google's text feeds."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

from kaskad.services.feeds.formats.raw_offer import RawOffer
from kaskad.services.feeds.problems import FeedProblem, FeedRefused

MAX_FIELD = 1_000_000  # characters: a description may be long
DELIMITERS = "\t;,|"


class TableFeed:
    """Reads one document; its first line names the columns. `google`: they are spelled as in Google's text feeds."""

    stated_at: str | None = None

    def __init__(
        self,
        stream: IO[bytes],
        encoding: str | None,
        *,
        delimiter: str | None,
        google: bool,
        ended: Callable[[], bool],
    ) -> None:
        """`ended` tells, at the end, whether the document ends with a line's end."""
        self._stream, self._delimiter, self._google, self._ended = stream, delimiter, google, ended
        self._encoding = encoding or "utf-8"
        self.whole = True  # False: a quotation mark may have swallowed offers

    def offers(self) -> Iterator[RawOffer]:
        """Yields the offers. Raises FeedRefused."""
        encoding = "utf-8-sig" if self._encoding in ("utf-8", "utf8") else self._encoding
        text = io.TextIOWrapper(self._stream, encoding=encoding, newline="")
        number, line, cut, several = 1, 1, "", False
        try:
            head = text.readline()
            lines = _rows([head], text, self._delimiter or _delimiter(head))
            columns = [self._column(name) for name in next(lines, [])]
            if not any(columns):
                raise FeedRefused(FeedProblem.EMPTY, "its first line names no columns")
            for row in lines:
                number += 1
                several, line = lines.line_num > line + 1, lines.line_num
                cut = _cut(row, columns, number)
                self.whole = self.whole and not (several and len(row) != len(columns))
                if any(cell.strip() for cell in row):
                    yield _offer(columns, row, number)
        except UnicodeDecodeError as error:
            told = f"a text behind row {number} is not {self._encoding}: name the 'encoding', like windows-1251"
            raise FeedRefused(FeedProblem.BROKEN, f"{told} ({error.reason})") from None
        except csv.Error as error:
            raise FeedRefused(FeedProblem.BROKEN, f"behind row {number}: {error}") from None
        if cut and (several or not self._ended()):  # a document that was cut off
            raise FeedRefused(FeedProblem.BROKEN, f"{cut}, and so does the document")

    def _column(self, name: str) -> str:
        """The column's name; Google spells `sale price` and `g:sale_price` alike."""
        name = name.strip()
        return name.lower().removeprefix("g:").replace(" ", "_") if self._google else name


def _rows(head: Sequence[str], text: Iterable[str], delimiter: str) -> Any:
    """The rows; quotation marks inside of a text are taken as they are."""
    csv.field_size_limit(MAX_FIELD)

    def lines() -> Iterator[str]:
        yield from head
        yield from text

    return csv.reader(lines(), delimiter=delimiter, strict=False)


def _cut(row: Sequence[str], columns: Sequence[str], number: int) -> str:
    return "" if len(row) >= len(columns) else f"row {number} ends in its middle"


def _delimiter(head: str) -> str:
    """The mark that is most frequent in the first line; a tab before others."""
    return max(DELIMITERS, key=head.count)


def _offer(columns: Sequence[str], row: Sequence[str], number: int) -> RawOffer:
    if len(row) != len(columns):
        said = {name: cell for name, cell in zip(columns, row, strict=False) if name}
        return RawOffer(f"row {number}", said, fault=f"it has {len(row)} columns, the first line names {len(columns)}")
    return RawOffer(f"row {number}", {name: cell for name, cell in zip(columns, row, strict=True) if name})
