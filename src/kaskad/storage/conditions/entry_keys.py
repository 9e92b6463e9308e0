"""The entry key: the values of `once_per` as a text. One live enrollment per customer, journey and key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.journeys.entry_trigger import KeyPart
from kaskad.storage.conditions.paths import ENTRY_ID_FIELDS, ORDER_FIELDS, compile_path
from kaskad.storage.conditions.paths import PathScope as PathScope
from kaskad.storage.database import Connection

KeyedEntry = tuple[int, Mapping[str, Any], datetime]  # the customer, the properties of the trigger, and when


async def compute_entry_keys(
    connection: Connection, once_per: Sequence[KeyPart], entries: Sequence[KeyedEntry]
) -> list[str | None]:
    """The key of each entry: "" for the customer alone, None if a value of `once_per` is not known."""
    if all(part.path in ENTRY_ID_FIELDS for part in once_per):
        return [_join_values([_read_field(part.path, entry) for part in once_per]) for _, entry, _ in entries]
    rows = [{"n": n, "customer_id": who, "entry": entry, "at": at} for n, (who, entry, at) in enumerate(entries)]
    sql = f"""SELECT r.n, {compile_entry_key(once_per, "r.entry")} AS key
  FROM jsonb_to_recordset(%(rows)s) AS r(n int, customer_id bigint, entry jsonb, at timestamptz) ORDER BY r.n"""
    cursor = await connection.execute(sql, {"rows": Jsonb(rows)})
    return [row["key"] for row in await cursor.fetchall()]


def compile_entry_key(once_per: Sequence[KeyPart], entry: str) -> str:
    """The key in SQL, for a row `r` with that entry; several values are joined as JSON, so they stay distinct."""
    parts = [_compile_part(part, entry) for part in once_per]
    if len(parts) < 2:
        return parts[0] if parts else "''"
    missing = " OR ".join(f"{part} IS NULL" for part in parts)
    return f"CASE WHEN {missing} THEN NULL ELSE jsonb_build_array({', '.join(parts)})::text END"


def list_required_fields(once_per: Sequence[KeyPart]) -> list[str]:
    """The properties that an event must have for the key."""
    own = [part.path for part in once_per if part.path in ENTRY_ID_FIELDS or part.path.startswith(("order.", "event."))]
    return sorted({ENTRY_ID_FIELDS.get(path) or ORDER_FIELDS.get(path) or path.partition(".")[2] for path in own})


def find_missing_parts(once_per: Sequence[KeyPart], entry: Mapping[str, Any]) -> list[str]:
    """The parts of `once_per` that the entry has no value for."""
    return [part.path for part in once_per if part.path in ENTRY_ID_FIELDS and _read_field(part.path, entry) is None]


def _join_values(values: Sequence[str | None]) -> str | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    if len(known) < 2:
        return known[0] if known else ""
    return json.dumps(known, ensure_ascii=False)


def _read_field(word: str, entry: Mapping[str, Any]) -> str | None:
    value = entry.get(ENTRY_ID_FIELDS[word])
    if value is None:
        return None
    said = value if isinstance(value, str) else json.dumps(value)
    return said.lower() if word == "email" else said


def _compile_part(part: KeyPart, entry: str) -> str:
    if part.path in ENTRY_ID_FIELDS:
        own = f"({entry}->>'{ENTRY_ID_FIELDS[part.path]}')"
        return f"lower{own}" if part.path == "email" else own
    root = part.path.partition(".")[0]
    kind = ValueType.NUMBER if part.type is ValueType.MONEY else part.type  # as it was said: a rate moves no key
    value = compile_path(part.path, kind, PathScope(about=entry, entry=entry))
    if part.type in (ValueType.TIME, ValueType.DATE):
        value = f"to_char({value} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.USZ')"
    if root == "customer":
        return f"(SELECT ({value})::text FROM customer c WHERE c.id = r.customer_id)"
    if root == "product":
        return f"(SELECT ({value})::text FROM product p WHERE p.id = {entry}->>'product_id')"
    return f"({value})::text"
