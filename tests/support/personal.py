"""What is stored of a person, in the whole database, and events that were rejected."""

from __future__ import annotations

import json
from typing import Any

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


async def rejected(stack: Stack, body: Any, *, detail: str = "", code: str = "bad_time") -> None:
    """One rejected event of this body, as it is kept."""
    await stack.rows(
        """INSERT INTO rejected_event (source, code, detail, digest, body, arrived_at)
           VALUES ('site', %(code)s, %(detail)s, gen_random_uuid()::text, %(body)s, %(now)s)""",
        body=body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, sort_keys=True),
        detail=detail,
        code=code,
        now=stack.now,
    )
