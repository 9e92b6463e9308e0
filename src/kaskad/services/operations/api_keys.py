"""Keys of the API: made, listed, revoked, and recognized. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from kaskad.config.yaml.problem_text import unknown_name
from kaskad.domain.api_key import KeyHolder, Scope
from kaskad.domain.errors import NotFound, Rejected
from kaskad.domain.own_sources import OWN_SOURCES, describe_own_source
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import api_keys
from kaskad.storage.api_keys import KeyRow

PREFIX = "kk_"  # by which a key is known when it turns up where it should not
USE_INTERVAL = timedelta(minutes=10)  # between two records of a key's use
MAX_NAME = 100  # characters


class ApiKeyDeps(HasDatabase, HasCatalogue, Protocol):
    """What making a key needs."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made just now. `key` is nowhere else: it cannot be shown again."""

    id: int
    key: str


def hash_key(key: str) -> str:
    """Returns what is kept of a key. 32 random bytes need no slow hash: nobody can try them all."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


async def make_key(deps: ApiKeyDeps, scopes: Sequence[Scope], *, source: str | None, name: str, by: str) -> NewKey:
    """Makes a key. Raises Rejected if the scopes and the source do not fit, or if no file names the source."""
    if (Scope.INGEST in scopes) != bool(source):
        raise Rejected(
            f"a key of the scope {Scope.INGEST} needs the source that it tells events of: give --source"
            if source is None
            else f"only keys of the scope {Scope.INGEST} have a source: leave --source out"
        )
    if not scopes or len(name) > MAX_NAME:
        raise Rejected(f"a key needs a scope, and a name of at most {MAX_NAME} characters")
    if source in OWN_SOURCES:
        raise Rejected(describe_own_source(source))
    key = PREFIX + secrets.token_urlsafe(32)
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        known = deps.catalogue.project.sources
        if source is not None and source not in known:
            raise Rejected(unknown_name("source", source, known) + " (published sources; run `kaskad publish` first)")
        if source is not None and known[source].public and len(set(scopes)) > 1:
            raise Rejected(f"'{source}' is public, everybody can read its key: make another one for {_others(scopes)}")
        id_ = await api_keys.insert_key(
            connection, hash_key(key), name=name, scopes=sorted(set(scopes)), source=source, at=_now(), by=by
        )
    return NewKey(id_, key)


def _others(scopes: Sequence[Scope]) -> str:
    return " and ".join(sorted({scope.value for scope in scopes} - {Scope.INGEST}))


async def list_keys(deps: HasDatabase) -> list[KeyRow]:
    """Returns every key that was ever made, the newest first."""
    async with deps.database.transaction() as connection:
        return await api_keys.list_keys(connection)


async def revoke_key(deps: HasDatabase, id_: int, *, by: str) -> bool:
    """Revokes a key; returns False if it was revoked before. Raises NotFound."""
    async with deps.database.transaction() as connection:
        if await api_keys.revoke(connection, id_, at=_now(), by=by):
            return True
        if not any(key.id == id_ for key in await api_keys.list_keys(connection)):
            raise NotFound(f"there is no key {id_}: `kaskad keys` lists them")
        return False


async def load_holders(deps: HasDatabase) -> Mapping[str, KeyHolder]:
    """Returns who holds the keys that are valid, by hash; nobody tells events in the engine's own name."""
    async with deps.database.transaction() as connection:
        found = await api_keys.load_valid(connection)
    known = frozenset(Scope)
    return {
        hash_: KeyHolder(frozenset(map(Scope, known.intersection(row.scopes))), row.source, row.id)
        for hash_, row in found.items()
        if row.source not in OWN_SOURCES
    }


async def record_use(deps: HasDatabase, id_: int) -> None:
    """Stores that the key is used now, unless that was stored a short time ago."""
    now = _now()
    async with deps.database.transaction() as connection:
        await api_keys.record_use(connection, id_, at=now, unless_since=now - USE_INTERVAL)


def _now() -> datetime:
    """The machine's time: keys are no part of what the engine's clock decides."""
    return datetime.now(UTC)
