"""SQL outside of storage is found, however it is written; words about SQL are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.words.sql_check import OTHER_DATABASES, find_sql


def write(project: Path, file: str, text: str) -> None:
    (project / file).parent.mkdir(parents=True, exist_ok=True)
    (project / file).write_text(text)


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        ('run("""\n  SELECT id\n    FROM message""")\n', 1, "SELECT id FROM message"),
        ('run(\n    "select id from message")\n', 2, "select id from message"),
        ('run(f"UPDATE fanout SET {columns} " f"WHERE id = 1")\n', 1, "UPDATE fanout SET {} WHERE id = 1"),
        ('a = "INSERT INTO stop (name) " "SELECT 1"\n', 1, "INSERT INTO stop (name) SELECT 1"),
        ('a = "DELETE FROM stop"\n', 1, "DELETE FROM stop"),
        ('a = "WITH r AS (TABLE stop) TABLE r"\n', 1, "WITH r AS (TABLE stop) TABLE r"),
        ('a = "SELECT " + columns\n', 1, "SELECT"),
        ('a = b + " ORDER BY id"\n', 1, "ORDER BY id"),
        ('a = b + " AND id = %(id)s"\n', 1, "AND id = %(id)s"),
        ("a = f\"{b} {'SELECT 1'}\"\n", 1, "SELECT 1"),
        ('a = "ANALYZE"\n', 1, "ANALYZE"),
        ('a = "LISTEN kaskad_due"\n', 1, "LISTEN kaskad_due"),
        ('a = "SET TRANSACTION READ ONLY"\n', 1, "SET TRANSACTION READ ONLY"),
        ('def a():\n    """Words."""\n    return "SELECT 1"\n', 3, "SELECT 1"),
    ],
)
@pytest.mark.parametrize("file", ["src/kaskad/services/a.py", "src/kaskad/cli/demo/a.py", "flows/a.py", "tasks/a.py"])
def test_sql_outside_of_storage_is_found(tmp_path: Path, file: str, text: str, line: int, shown: str) -> None:
    write(tmp_path, file, text)
    assert list(find_sql(tmp_path)) == [f"{file}:{line}: SQL outside of src/kaskad/storage: '{shown}'"]


@pytest.mark.parametrize(
    "text",
    [
        '"""SELECT id FROM message."""\n',
        'class A:\n    """SELECT id FROM message."""\n',
        'async def a():\n    """SELECT id FROM message."""\n',
        '# SELECT id FROM message\na = query("select_messages")\n',
        'a = "Select one of them, or update what is set"\n',
        'a = "where to go on: values, orders by day, locks"\n',
        'METHODS = ("POST", "PUT", "PATCH", "DELETE")\n',
        'log.warning("%s: %s customers", a, b)\n',
    ],
)
def test_words_are_no_sql(tmp_path: Path, text: str) -> None:
    write(tmp_path, "src/kaskad/services/a.py", text)
    assert list(find_sql(tmp_path)) == []


@pytest.mark.parametrize("file", ["src/kaskad/storage/a.py", "src/kaskad/storage/facts/a.py", "tests/a.py"])
def test_storage_and_tests_may_have_sql(tmp_path: Path, file: str) -> None:
    write(tmp_path, file, 'a = "SELECT 1"\n')
    assert list(find_sql(tmp_path)) == []


def test_the_exceptions_are_files_of_this_project() -> None:
    assert [file for file in OTHER_DATABASES if not (ROOT / file).is_file()] == []
