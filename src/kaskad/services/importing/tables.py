"""Files as rows, one at a time, whatever their size: CSV, JSON Lines, Parquet, each also packed with gzip."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from kaskad.domain.errors import Rejected
from kaskad.domain.importing.import_map import FileForm
from kaskad.services.importing import recognizing

MAX_FIELD = 1024 * 1024  # characters: what is longer is a quote that was never closed
BATCH_ROWS = 2_000  # that Parquet is read by: each is one call, during which no thread does anything else
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
SWALLOWED = "its quotation marks do not match, and it goes over several lines: it may hold other rows"
THEN = (
    "get it whole. If its import has begun, what is stored stays: go on with --resume once the same file is whole, or "
    "end it with --abandon and import another copy; no row is stored twice"
)
EXTRA = "Parquet needs pyarrow: install it with `pip install 'kaskad[import]'`"


class Row(NamedTuple):
    """One row: its line in the file (of Parquet: its number), and its fields. `wrong`: why it is no row."""

    line: int
    fields: Any
    wrong: str = ""


@dataclass(slots=True)
class Table:
    """One open file. `columns` are None where each row names its own; `done()` is the share that was read."""

    path: Path
    columns: Sequence[str] | None
    rows: Iterator[Row]
    done: Callable[[], float]
    form: str = "json"  # what rejected rows are written as: csv or json
    delimiter: str = ","
    encoding: str = "utf-8"
    held: Any = None  # the text, which would close the file if nobody held it


@contextmanager
def open_table(path: Path, form: FileForm, wanted: Sequence[str], *, whole: bool = False) -> Iterator[Table]:
    """The file as rows. `wanted` are the columns that the map names: by these encoding and delimiter are recognized.

    Of Parquet other columns are read only if it is to be `whole`. Raises Rejected for a file that is none of the kinds.
    """
    if not path.is_file():
        raise Rejected(f"{path}: there is no such file")
    with path.open("rb") as raw:
        with _told_damage(path):
            table = _open(path, raw, form=form, wanted=wanted, whole=whole)
        table.rows = _until_damage(path, table.rows)
        yield table


def _open(path: Path, raw: IO[bytes], *, form: FileForm, wanted: Sequence[str], whole: bool) -> Table:
    size = max(path.stat().st_size, 1)
    start = raw.read(4)
    raw.seek(0)
    if start == PARQUET:
        return _open_parquet(path, None if whole else wanted)
    data: Any = gzip.GzipFile(fileobj=raw) if start[:2] == GZIP else raw
    sample = data.read(recognizing.SAMPLE)
    data.seek(0)
    return _open_text(path, data, sample, form=form, wanted=wanted, done=lambda: min(raw.tell() / size, 1.0))


def _until_damage(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    with _told_damage(path):
        yield from rows


@contextmanager
def _told_damage(path: Path) -> Iterator[None]:
    """What libraries raise for a file that was cut off or damaged, as one sentence."""
    try:
        yield
    except Exception as error:
        if not _is_damage(error):
            raise
        raise Rejected(f"{path} is damaged, or was cut off ({error}): {THEN}") from None


def _is_damage(error: Exception) -> bool:
    if isinstance(error, EOFError | gzip.BadGzipFile | zlib.error | UnicodeError):
        return True
    # pyarrow raises OSError itself for a damaged page; what the system says of a disk has a number
    return type(error).__module__.startswith("pyarrow") or (type(error) is OSError and error.errno is None)


def _open_text(
    path: Path, data: IO[bytes], sample: bytes, *, form: FileForm, wanted: Sequence[str], done: Callable[[], float]
) -> Table:
    if not sample.strip():
        return Table(path, [], iter(()), done)
    encoding = form.encoding or recognizing.find_encoding(path, sample, wanted)
    shown = sample.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    # What is no text of the encoding stays in its row, which is rejected: it spoils no other.
    text = io.TextIOWrapper(data, encoding, errors="surrogateescape", newline="")
    if shown.startswith("{"):
        return Table(path, None, _json_rows(text), done, held=text)
    if shown.startswith("["):
        raise Rejected(f"{path} is one JSON document: write one object on each line (JSON Lines)")
    delimiter = form.delimiter or recognizing.find_delimiter(shown, wanted)
    rows = _csv_rows(path, text, delimiter)
    columns = [name.strip().removeprefix("\ufeff") for name in next(rows).fields]
    return Table(
        path, columns, _fitting(rows, len(columns)), done, form="csv", delimiter=delimiter, encoding=encoding, held=text
    )


def _csv_rows(path: Path, text: IO[str], delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(MAX_FIELD)
    read: list[str] = []  # the lines of the row
    reader = csv.reader(_noting(text, read), delimiter=delimiter)
    line = 1
    while True:
        try:
            for fields in reader:
                if fields:
                    yield Row(line, fields, "" if len(read) == 1 or _is_well_quoted(read, delimiter) else SWALLOWED)
                line = reader.line_num + 1
                read.clear()
            return
        except csv.Error as error:
            raise Rejected(f"{path}:{line}: the row cannot be read ({error}): is a quote never closed?") from None


def _noting(lines: Iterable[str], read: list[str]) -> Iterator[str]:
    for line in lines:
        read.append(line)
        yield line


def _is_well_quoted(lines: Sequence[str], delimiter: str) -> bool:
    """Whether each quotation mark of a row is one of a pair: else one that was never closed may hold other rows."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


def _fitting(rows: Iterator[Row], columns: int) -> Iterator[Row]:
    for row in rows:
        if row.wrong or len(row.fields) == columns:
            yield row
        else:
            yield Row(row.line, row.fields, f"it has {len(row.fields)} fields, and the header names {columns}")


def _json_rows(text: IO[str]) -> Iterator[Row]:
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            said = orjson.loads(line)
        except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
            yield Row(number, line.rstrip("\r\n"), f"it is no JSON: {error}")
            continue
        if isinstance(said, dict):
            yield Row(number, said)
        else:
            yield Row(number, line.rstrip("\r\n"), "it is no object: each line is one, {…}")


def _open_parquet(path: Path, wanted: Sequence[str] | None) -> Table:
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise Rejected(f"{path}: {EXTRA}") from None
    try:
        file = parquet.ParquetFile(path)
    except pyarrow.ArrowException as error:
        raise Rejected(f"{path} is no Parquet file that can be read: {error}") from None
    columns, total = file.schema_arrow.names, max(file.metadata.num_rows, 1)
    if wanted is not None:
        tops = {name.partition(".")[0] for name in wanted} | set(wanted)
        columns = [name for name in columns if name in tops] or columns
    read = [0]
    return Table(path, columns, _parquet_rows(file, columns, read), lambda: read[0] / total)


def _parquet_rows(file: Any, columns: Sequence[str], read: list[int]) -> Iterator[Row]:
    for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
        first = read[0] + 1
        read[0] += batch.num_rows
        values = [_coarse(column).to_pylist() for column in batch.columns]
        for number, fields in enumerate(zip(*values, strict=True), first):
            yield Row(number, fields)


def _coarse(column: Any) -> Any:
    """The column with times in microseconds: finer ones become objects of pandas, which cost ten times as much."""
    import pyarrow

    if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
        return column.cast(pyarrow.timestamp("us", tz=column.type.tz), safe=False)
    return column
