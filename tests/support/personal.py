"""Looking for a person in the whole database."""

from __future__ import annotations

from tests.support.stack import Stack

TABLES = """SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"""


async def found(stack: Stack, *words: str) -> set[tuple[str, str]]:
    """(table, word) wherever a word stands in the database, as a dump would write it."""
    places = set()
    for table in await stack.rows(TABLES):
        for row in await stack.rows(f"SELECT t::text AS text FROM {table['name']} t"):
            places |= {(table["name"], word) for word in words if word in row["text"]}
    return places
