"""Files as rows: every form, whatever is wrong with a row, and no more of it in memory than a portion."""

from __future__ import annotations

import builtins
import gzip
import tracemalloc
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.errors import Rejected
from kaskad.domain.importing.import_map import Column, FileForm, ImportMap
from kaskad.domain.importing.kinds import ImportKind
from kaskad.services.importing.tables import Row, open_table
from kaskad.services.importing.values import Cleaner, ColumnReader


def rows(path: Path, *wanted: str, form: FileForm | None = None) -> list[Row]:
    with open_table(path, form or FileForm(), wanted) as table:
        return list(table.rows)


def file(folder: Path, data: bytes, name: str = "rows") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = file(tmp_path, b'a,b\r\n1,"two\nlines"\r\n\r\n2,x\r\n')
    assert [(row.line, row.fields) for row in rows(path)] == [(2, ["1", "two\nlines"]), (5, ["2", "x"])]


def test_a_row_that_does_not_fit_spoils_no_other(tmp_path: Path) -> None:
    found = rows(file(tmp_path, b"a,b\n1,2\n1\n1,2,3\n3,4\n"))
    assert [bool(row.wrong) for row in found] == [False, True, True, False]
    assert "1 fields, and the header names 2" in found[1].wrong


def test_what_is_no_text_of_the_encoding_stays_in_its_row(tmp_path: Path) -> None:
    found = rows(file(tmp_path, b"a,b\n1," + b"x" * 70_000 + b"\n2,\xff\n3,z\n"))
    assert [row.fields[0] for row in found] == ["1", "2", "3"]


def test_packed_and_empty_files(tmp_path: Path) -> None:
    assert rows(file(tmp_path, gzip.compress(b"a;b\n1;2\n")), "a", "b") == [Row(2, ["1", "2"])]
    assert rows(file(tmp_path, b"")) == []
    assert rows(file(tmp_path, b"a,b\n")) == []


def test_one_document_is_not_lines(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="one object on each line"):
        rows(file(tmp_path, b'[{"a": 1}]'))


def test_the_delimiter_is_the_one_that_the_columns_need(tmp_path: Path) -> None:
    path = file(tmp_path, "Имя, фамилия;Сумма, руб.\nа;1\n".encode())
    assert rows(path, "Имя, фамилия")[0].fields == ["а", "1"]


def test_a_file_of_any_size_takes_no_memory(tmp_path: Path) -> None:
    path = file(tmp_path, b"a,b\n" + b"1,some words of a row\n" * 200_000)
    tracemalloc.start()
    with open_table(path, FileForm(), ("a",)) as table:
        assert sum(1 for _ in table.rows) == 200_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_000_000


def test_parquet_without_its_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *more: Any, **others: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *more, **others)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(Rejected, match=r"pip install 'kaskad\[import\]'"):
        rows(file(tmp_path, b"PAR1...."))


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "rows.parquet"
    at = datetime(2027, 1, 1, 10, 30)  # noqa: DTZ001 - as tables have it
    table = pyarrow.table({"a": [1.0, None], "b": [{"c": "x"}, None], "at": [at, None], "other": [1, 2]})
    parquet.write_table(table, path)
    with open_table(path, FileForm(), ("a", "b.c", "at")) as opened:
        assert opened.columns == ["a", "b", "at"]
        assert [row.fields for row in opened.rows] == [(1.0, {"c": "x"}, at), (None, None, None)]
        assert opened.done() == 1
    with pytest.raises(Rejected, match="no Parquet file"):
        rows(file(tmp_path, b"PAR1 and nothing", "broken"))


def test_a_quote_that_is_never_closed_is_told(tmp_path: Path) -> None:
    found = rows(file(tmp_path, b'a,b\n1,"27 inch\n2,x\n3,"big" one\n4,y\n5,"two\nlines"\n6,"open\n7,z\n'))
    assert [(row.line, bool(row.wrong)) for row in found] == [(2, True), (5, False), (6, False), (8, True)]
    assert "quotation marks" in found[0].wrong


MANY = b"a,b\n" + b"".join(b"%d,%d\n" % (number, number * 7919 % 100_003) for number in range(60_000))


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(MANY)[:-20],
        gzip.compress(MANY)[:200_000],
        gzip.compress(MANY)[:-8] + b"\0" * 8,
        gzip.compress(MANY)[:100_000] + b"\xff" * 40 + gzip.compress(MANY)[100_040:],
        gzip.compress(b"a,b\n1,2\n")[:15],
        b"\x1f\x8bnothing of the kind",
        "a,b\n1,2\n".encode("utf-16")[:-1],
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Rejected, match=r"is damaged, or was cut off .*--resume .*--abandon"):
        rows(file(tmp_path, data), "a", "b")


def test_a_damaged_page_of_parquet_is_one_sentence(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "rows.parquet"
    parquet.write_table(pyarrow.table({"a": [f"{number * 7919}" for number in range(20_000)]}), path)
    data = bytearray(path.read_bytes())
    data[40:4_000] = b"\xff" * 3_960
    with pytest.raises(Rejected, match="is damaged, or was cut off"):
        rows(file(tmp_path, bytes(data), "broken"), "a")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", None),
        ("  ", None),
        ("NULL", None),
        ("null and void", "null and void"),
        (17.0, 17),
        (1.5, 1.5),
        (float("nan"), None),
        (1e300, 1e300),
        (Decimal("1.50"), 1.5),
        (Decimal("NaN"), None),
        (True, True),
        ("'7001", "7001"),
        ("'+49 170 1234567", "+49 170 1234567"),
        ("'til dawn", "'til dawn"),
        ({"a": None, "b": [1.0, float("nan")]}, {"b": [1, None]}),
    ],
)
def test_values_of_files(said: Any, meant: Any) -> None:
    assert Cleaner(frozenset({"null"}), None).clean(said) == meant


@pytest.mark.parametrize(
    ("said", "total"),
    [
        (["1 234,50 руб.", "765,50 руб."], "2000 RUB"),
        (["10.50", 2, None], 12.5),
        (["10 EUR", "5"], "15 EUR"),
        (["10 EUR", "5 USD"], "10 EUR; 5 USD; no sum"),
        (["10", "dear"], "10; dear; no sum"),
    ],
)
def test_a_sum_is_of_all_rows_or_none(said: list[Any], total: Any) -> None:
    reader = ColumnReader(["x"], ImportMap(ImportKind.ORDERS, "map", ""))
    assert reader.total(Column("x", is_sum=True))([[one] for one in said]) == total
