"""The named queries of `sql/*.sql`, each with its comment, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def query(name: str) -> LiteralString:
    """The text of `sql/<name>.sql`; placeholders are psycopg's `%(name)s`."""
    return files("kaskad.storage").joinpath("sql", f"{name}.sql").read_text()
