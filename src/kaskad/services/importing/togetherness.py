"""Whether the rows of each order stand together: in one place of one file."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

from kaskad.domain.errors import Rejected
from kaskad.domain.importing.import_map import ImportMap
from kaskad.services.importing.tables import open_table
from kaskad.services.importing.translating import named_columns
from kaskad.services.importing.values import ColumnReader
from kaskad.services.ingestion.parsing import real_id


def check_together(files: Sequence[Path], asked: ImportMap) -> None:
    """Raises Rejected if the rows of an order are apart: some of its lines would be lost.

    An order may stand in several files if it says the same in each. It remembers 28 bytes of each order.
    """
    keys, contents, lines, places = array("q"), array("q"), array("q"), array("l")
    for place, path in enumerate(files):
        for key, content, line in _orders(path, asked, whole=len(files) > 1):
            keys.append(key)
            contents.append(content)
            lines.append(line)
            places.append(place)
    order = sorted(range(len(keys)), key=keys.__getitem__)
    for before, after in pairwise(order):
        if keys[before] != keys[after]:
            continue
        here, there = f"{files[places[after]]}:{lines[after]}", f"{files[places[before]]}:{lines[before]}"
        if places[before] == places[after]:
            began = f"the order of this row began at line {lines[before]}, with others between"
            raise Rejected(f"{here}: {began}: sort the file by the number of the order")
        if contents[before] != contents[after]:
            raise Rejected(
                f"{here}: the order of this row is also at {there}, and says something else there: put all of its rows "
                "into one file, or leave out the one that is wrong"
            )


def _orders(path: Path, asked: ImportMap, *, whole: bool) -> Iterator[tuple[int, int, int]]:
    """Yields of each order a hash of its number, one of all that its rows say by the map, and its first line.

    Unless it is read as a `whole`, it is about its number alone.
    """
    number = asked.id or asked.properties["order_id"]
    with open_table(path, asked.file, named_columns(asked) if whole else [number.name or ""]) as table:
        reader = ColumnReader(table.columns, asked)
        get = reader.getter(number)
        key, line, said = "", 0, blake2b(digest_size=8)
        for row in table.rows:
            if row.wrong or not (own := real_id(get(row.fields))):
                continue
            if own != key:
                if key:
                    yield _short(key), int.from_bytes(said.digest(), signed=True), line
                key, line, said = own, row.line, blake2b(digest_size=8)
            if whole:
                said.update(_text(row.fields, table.columns).encode(errors="replace"))
        if key:
            yield _short(key), int.from_bytes(said.digest(), signed=True), line


def _text(fields: Any, columns: Sequence[str] | None) -> str:
    cells = fields if isinstance(fields, dict) else dict(zip(columns or (), fields, strict=False))
    return repr(sorted(cells.items()))


def _short(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(errors="replace"), digest_size=8).digest(), signed=True)
