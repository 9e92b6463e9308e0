"""Reads a CSV file that a YAML file names: codes of a promo, senders of a franchise."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from kaskad.config.yaml.node import InvalidNode, Node, SourcePosition
from kaskad.config.yaml.problem_text import join_with_or, shorten, unknown_name
from kaskad.config.yaml.scalars import read_text

MAX_BYTES = 64 * 1024 * 1024
MAX_CELL = 200  # characters


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: its cells by column without empty ones, and its position."""

    cells: Mapping[str, str]
    node: Node


def read_csv_table(node: Node, folder: Path, need: str, *, may: Collection[str] = ()) -> list[Row]:
    """The rows of the file that the node names, relative to `folder`; the first line names the columns.

    `need` is the column that each row has, `may` are optional ones. Raises InvalidNode after all problems are added,
    at their lines of the file.
    """
    path = _path(node, folder)
    here = Node(None, SourcePosition(path.relative_to(folder.parent).as_posix()), node.key, node.problems)
    reader = csv.reader(StringIO(_text(path, here), newline=""), strict=True)
    before = len(node.problems)
    rows = list(_rows(reader, here, need, may=may))
    if len(node.problems) > before:
        raise InvalidNode
    if not rows:
        raise here.error("there is no line below the names of the columns")
    return rows


def _path(node: Node, folder: Path) -> Path:
    said = read_text(node)
    path = folder / said
    if not said.endswith(".csv") or not path.resolve().is_relative_to(folder.resolve()):
        raise node.error(f"{node.said} is not a CSV file in {folder.name}/: write one like codes/cart10.csv")
    if not path.is_file():
        raise node.error(f"there is no file {folder.name}/{shorten(said)}")
    return path


def _text(path: Path, here: Node) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise here.error(f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise here.error("the file is not UTF-8 text: save it as UTF-8") from None


def _rows(reader: Any, here: Node, need: str, *, may: Collection[str]) -> Iterator[Row]:
    columns: list[str] = []
    try:
        for number, cells in enumerate(reader, start=1):
            line = _at(here, reader.line_num)
            if number == 1:
                columns = _columns(cells, line, need, may=may)
            elif any(cells):
                yield from _row(cells, columns, line, need=need)
    except csv.Error as error:
        here.error(f"not valid CSV: {error}")
    except InvalidNode:
        return


def _columns(cells: list[str], line: Node, need: str, *, may: Collection[str]) -> list[str]:
    columns = [cell.strip() for cell in cells]
    known = [need, *may]
    for column in columns:
        if column not in known:
            raise line.error(f"{unknown_name('column', column, known)}; the first line names the columns")
    if need not in columns or len(set(columns)) < len(columns):
        also = f", and any of {join_with_or(may)}" if may else ""
        raise line.error(f"the first line names the columns: {need}{also}, each once")
    return columns


def _row(cells: list[str], columns: list[str], line: Node, *, need: str) -> Iterator[Row]:
    said = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    if len(cells) != len(columns):
        line.error(f"{len(columns)} values are needed in this line, not {len(cells)}")
    elif not said[need]:
        line.error(f"'{need}' is empty in this line")
    elif any(len(cell) > MAX_CELL or not cell.isprintable() for cell in said.values()):
        line.error(f"a value of this line is longer than {MAX_CELL} characters, or cannot be printed")
    else:
        yield Row({column: cell for column, cell in said.items() if cell}, line)


def _at(here: Node, line: int) -> Node:
    place = SourcePosition(here.place.path, line)
    return Node(None, place, place, here.problems)


def index_by_column(rows: Collection[Row], column: str) -> dict[str, Row]:
    """The rows by that column. Raises InvalidNode if two lines have the same value."""
    found: dict[str, Row] = {}
    twice = False
    for row in rows:
        first = found.setdefault(row.cells[column], row)
        if first is not row:
            row.node.error(f"'{shorten(row.cells[column])}' stands in line {first.node.place.line} already")
            twice = True
    if twice:
        raise InvalidNode
    return found
