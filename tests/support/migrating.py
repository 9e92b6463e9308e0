"""Databases of an earlier revision of the schema, with data in them, and what an upgrade makes of these."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from kaskad.storage import migrate
from tests.support.postgres import url_of


@contextmanager
def database_at(admin: psycopg.Connection, revision: str) -> Iterator[str]:
    """The url of a database that was migrated to this revision and no further; dropped at the end."""
    name = f"test_{token_hex(8)}"
    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        url = url_of(admin, name)
        migrate.upgrade(url, to=revision)
        yield url
    finally:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run(url: str, statement: str) -> None:
    """Executes one statement, or several without parameters."""
    with psycopg.connect(url) as connection:
        connection.execute(statement)


def rows(url: str, query: str) -> list[dict[str, Any]]:
    """The rows of a query."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(query).fetchall()
