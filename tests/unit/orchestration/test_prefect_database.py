"""Prefect's own database may be lost in many ways; none of them keeps its server from beginning anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kaskad.cli.stack.prefect_process import DatabaseFile
from kaskad.orchestration.prefect_app import set_aside_broken_database


def made(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("CREATE TABLE flow_run (id)")
        connection.commit()
    return path


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def replaced(path: Path) -> None:
    other = made(path.with_name("other.db"))
    other.rename(path)


@pytest.mark.parametrize("lose", [Path.unlink, emptied, replaced])
def test_a_file_that_is_gone_empty_or_another_is_a_lost_database_once(tmp_path: Path, lose: object) -> None:
    database = made(tmp_path / "prefect.db")
    file = DatabaseFile(database)
    assert [file.lost(), file.lost()] == [False, False]
    assert callable(lose)
    lose(database)
    assert file.lost()
    assert not file.lost()  # it is being made anew: that is no second loss
    database.unlink(missing_ok=True)
    made(database)
    file.lost()
    assert not file.lost()


def test_one_that_only_grows_is_not_lost(tmp_path: Path) -> None:
    file = DatabaseFile(made(tmp_path / "prefect.db"))
    assert not file.lost()
    with closing(sqlite3.connect(tmp_path / "prefect.db")) as connection:
        connection.execute("CREATE TABLE more (id)")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")
    assert not file.lost()


def test_one_that_was_never_there_is_not_lost(tmp_path: Path) -> None:
    file = DatabaseFile(tmp_path / "prefect.db")
    assert [file.lost(), file.lost()] == [False, False]


@pytest.mark.parametrize("rubbish", [b"not a database at all" * 100, b"\0" * 8192, b"{}"])
def test_what_is_no_database_is_put_aside_and_kept(tmp_path: Path, rubbish: bytes) -> None:
    database = tmp_path / "prefect.db"
    database.write_bytes(rubbish)
    (tmp_path / "prefect.db-wal").write_bytes(b"of the old one")
    aside = set_aside_broken_database(database)
    assert aside is not None and aside.read_bytes() == rubbish
    assert {path.name for path in tmp_path.iterdir()} == {aside.name}


def test_a_good_one_an_empty_one_and_none_are_left_to_the_server(tmp_path: Path) -> None:
    assert set_aside_broken_database(made(tmp_path / "good.db")) is None
    (tmp_path / "empty.db").touch()
    assert set_aside_broken_database(tmp_path / "empty.db") is None
    assert set_aside_broken_database(tmp_path / "no folder" / "prefect.db") is None
    assert (tmp_path / "good.db").stat().st_size


def test_one_that_somebody_writes_to_is_left_alone(tmp_path: Path) -> None:
    database = made(tmp_path / "prefect.db")
    with closing(sqlite3.connect(database, isolation_level=None)) as writing:
        writing.execute("PRAGMA journal_mode = delete")
        writing.execute("BEGIN EXCLUSIVE")
        assert set_aside_broken_database(database) is None
    assert database.exists()
