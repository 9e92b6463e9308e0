"""Keys of the API, by their hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kaskad.storage.database import Connection

COLUMNS = "id, name, scopes, source, made_at, made_by, last_used_at, revoked_at, revoked_by"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One row of the table `ApiKey`, without its hash."""

    id: int
    name: str
    scopes: Sequence[str]
    source: str | None
    made_at: datetime
    made_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


async def insert_key(
    connection: Connection, hash_: str, *, name: str, scopes: Sequence[str], source: str | None, at: datetime, by: str
) -> int:
    """Stores a new key; its id."""
    cursor = await connection.execute(
        """INSERT INTO api_key (name, hash, scopes, source, made_at, made_by)
           VALUES (%(name)s, %(hash)s, %(scopes)s, %(source)s, %(at)s, %(by)s) RETURNING id""",
        {"name": name, "hash": hash_, "scopes": list(scopes), "source": source, "at": at, "by": by},
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row["id"])


async def list_keys(connection: Connection) -> list[KeyRow]:
    """Every key that was ever made, the newest first."""
    cursor = await connection.execute(f"SELECT {COLUMNS} FROM api_key ORDER BY id DESC")
    return [KeyRow(**row) for row in await cursor.fetchall()]


async def load_valid(connection: Connection) -> dict[str, KeyRow]:
    """The keys that are not revoked, by hash."""
    cursor = await connection.execute(f"SELECT hash, {COLUMNS} FROM api_key WHERE revoked_at IS NULL ORDER BY id")
    return {row.pop("hash"): KeyRow(**row) for row in await cursor.fetchall()}


async def revoke(connection: Connection, id_: int, *, at: datetime, by: str) -> bool:
    """Revokes the key; False if there is none, or if it was revoked before."""
    cursor = await connection.execute(
        "UPDATE api_key SET revoked_at = %(at)s, revoked_by = %(by)s WHERE id = %(id)s AND revoked_at IS NULL",
        {"id": id_, "at": at, "by": by},
    )
    return cursor.rowcount > 0


async def record_use(connection: Connection, id_: int, *, at: datetime, unless_since: datetime) -> None:
    """Stores when the key was used, unless it was used since that instant: many processes say so."""
    await connection.execute(
        """UPDATE api_key SET last_used_at = %(at)s
            WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at < %(since)s)""",
        {"id": id_, "at": at, "since": unless_since},
    )
