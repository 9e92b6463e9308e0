"""The named queries of `sql/`, in folders by subject; each is read once, with its comment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import LiteralString


@cache
def query(name: str) -> LiteralString:
    """The text of the file `<name>.sql`; placeholders are psycopg's `%(name)s`."""
    return _files()[name].read_text()


@cache
def _files() -> Mapping[str, Traversable]:
    folders = (folder for folder in files("kaskad.storage").joinpath("sql").iterdir() if folder.is_dir())
    return {file.name.removesuffix(".sql"): file for folder in folders for file in folder.iterdir()}
