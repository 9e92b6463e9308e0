"""Keys of the API: each has scopes; a key of the scope `ingest` also says which source its events are of."""

from __future__ import annotations

import asyncio
import base64
import hmac
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from starlette.exceptions import HTTPException

from kaskad.domain.api_key import KeyHolder, Scope
from kaskad.domain.errors import Unavailable
from kaskad.services.operations.api_keys import USE_INTERVAL, hash_key, load_holders, record_use
from kaskad.services.ports import HasDatabase
from kaskad.settings import Settings

CACHED_FOR = 3.0  # seconds: so long a revoked key is still good, and a new one perhaps not known
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class ApiKeys:
    """The keys of this installation, by hash: those of its environment, and those in its database as last read.

    Hashes are compared in constant time, so that timing reveals nothing.
    """

    fixed: Mapping[str, KeyHolder] = field(repr=False)
    _made: Mapping[str, KeyHolder] = field(default_factory=dict, repr=False)
    _read_at: float = field(default=-CACHED_FOR, repr=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _used_at: dict[int, float] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> ApiKeys:
        sources = {
            hash_key(key): KeyHolder(frozenset({Scope.INGEST}), source) for key, source in settings.write_keys().items()
        }
        return cls(sources | {hash_key(settings.admin_key()): KeyHolder(frozenset({Scope.ADMIN}))})

    async def source_of(self, deps: HasDatabase, key: object) -> str:
        """The source whose events this key may tell. Raises 401, and 403 for a key without the scope."""
        detail = "give a known write key: as the user name of Basic auth, or as `writeKey`"
        holder = await self._require(deps, key, Scope.INGEST, refusal=_unauthorized("Basic", detail))
        return holder.source or ""

    async def require(self, deps: HasDatabase, authorization: str | None, scope: Scope) -> None:
        """Returns if the header has a key with this scope. Raises 401, and 403 for a key without the scope."""
        scheme, _, token = (authorization or "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else None
        detail = f"give the admin key, or a key with the scope {scope}, as a Bearer token"
        await self._require(deps, given, scope, refusal=_unauthorized("Bearer", detail))

    async def _require(self, deps: HasDatabase, key: object, scope: Scope, *, refusal: HTTPException) -> KeyHolder:
        holder = await self.find(deps, key)
        if holder is None:
            raise refusal
        if not holder.has(scope):
            had = ", ".join(sorted(holder.scopes)) or "none"
            raise HTTPException(403, f"this needs a key with the scope {scope}; this one's: {had}")
        return holder

    async def find(self, deps: HasDatabase, key: object) -> KeyHolder | None:
        """Who holds this key; None if nobody does. The database is asked every few seconds, not for each request.

        Raises if it is needed and does not answer: then nobody knows whether the key is good.
        """
        if not isinstance(key, str) or not key:
            return None
        hash_ = hash_key(key)
        if (holder := _match(hash_, self.fixed)) is not None:
            return holder
        async with self._reading:
            if time.monotonic() - self._read_at >= CACHED_FOR:
                self._made = await load_holders(deps)
                self._read_at = time.monotonic()
        holder = _match(hash_, self._made)
        if holder is not None and holder.id is not None:
            await self._record_use(deps, holder.id)
        return holder

    async def _record_use(self, deps: HasDatabase, id_: int) -> None:
        """Stores that the key is used; what fails here spoils no request."""
        now = time.monotonic()
        if now - self._used_at.get(id_, -USE_INTERVAL.total_seconds()) < USE_INTERVAL.total_seconds():
            return
        self._used_at[id_] = now
        try:
            await record_use(deps, id_)
        except (psycopg.Error, Unavailable) as error:
            _log.warning("the use of key %d was not recorded: %s", id_, error)


def parse_user(authorization: str) -> str | None:
    """The user name of Basic auth; None for anything else."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(token, validate=True).decode().partition(":")[0]
    except ValueError:
        return None


def _match(hash_: str, holders: Mapping[str, KeyHolder]) -> KeyHolder | None:
    found = None
    for known, holder in holders.items():
        if hmac.compare_digest(hash_, known):
            found = holder
    return found


def _unauthorized(scheme: str, detail: str) -> HTTPException:
    return HTTPException(401, detail, {"WWW-Authenticate": f'{scheme} realm="kaskad"'})
