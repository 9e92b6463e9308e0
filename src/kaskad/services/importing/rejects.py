"""The file of rejected rows: each as it was, with the reason, so that it can be mended and imported again."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from kaskad.services.importing.items import Item, RowProblem
from kaskad.services.importing.tables import Row, Table
from kaskad.services.importing.translating import OWN_COLUMNS

# Encodings that begin with a mark: at the beginning of the file, and nowhere else.
UNMARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
MARKED = ("utf-16", "utf-32")
REASON, LINE = f"{OWN_COLUMNS}reason", f"{OWN_COLUMNS}line"


class RejectsFile:
    """Writes rejected rows in the form of their table. Parquet is written as JSON Lines.

    A resumed import goes on where the last stored progress was: what was written after it is cut off.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, table: Table, items: Iterable[Item], at: int) -> int:
        """Writes the rejected rows of these items after the first `at` bytes. Returns how long the file is then."""
        texts = [
            _text(table, row, [problem for problem in item.problems if not problem.stored])
            for item in items
            if item.is_rejected
            for row in item.rows
        ]
        if not texts and not (self.path.exists() and self.path.stat().st_size > at):
            return at
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("r+b" if at else "wb") as file:
            file.seek(at)
            file.truncate()
            if not at and texts and _is_csv(table):
                file.write(_csv_line(table, [*(table.columns or ()), REASON, LINE], first=True))
            file.writelines(texts)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()


def _is_csv(table: Table) -> bool:
    return table.form == "csv"


def _text(table: Table, row: Row, problems: Sequence[RowProblem]) -> bytes:
    reason = "; ".join(f"{problem.code}: {problem.detail}" for problem in problems)
    where = f"{table.path.name}:{row.line}"
    if _is_csv(table):
        columns = len(table.columns or ())
        padded = [*row.fields, *[""] * (columns - len(row.fields))]
        return _csv_line(table, [*padded, reason, where])
    if not isinstance(row.fields, str):
        said = row.fields if isinstance(row.fields, dict) else dict(zip(table.columns or (), row.fields, strict=True))
        return orjson.dumps(said | {REASON: reason, LINE: where}, default=str) + b"\n"
    return row.fields.encode(errors="surrogateescape") + b"\n"


def _csv_line(table: Table, fields: Sequence[Any], *, first: bool = False) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=table.delimiter, lineterminator="\n").writerow(fields)
    encoding = table.encoding if first and table.encoding in MARKED else UNMARKED.get(table.encoding, table.encoding)
    return text.getvalue().encode(encoding, "surrogateescape")
