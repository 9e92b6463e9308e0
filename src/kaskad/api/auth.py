"""API keys: a write key identifies the source of events, the admin key gives access to the journeys."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException

from kaskad.settings import Settings


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The keys of this installation. All keys are compared in constant time, so that timing reveals nothing."""

    write: Mapping[str, str] = field(repr=False)  # key → source
    admin: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> ApiKeys:
        return cls(settings.write_keys(), settings.admin_key())

    def source_of(self, write_key: object) -> str:
        """The source with this write key. Raises 401."""
        found = None
        for key, source in self.write.items():
            if _equals(write_key, key):
                found = source
        if found is None:
            raise _unauthorized("Basic", "give a known write key: as the user name of Basic auth, or as `writeKey`")
        return found

    def require_admin_key(self, authorization: str | None) -> None:
        """Returns if the header contains the admin key. Raises 401 otherwise."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not _equals(token.strip(), self.admin):
            raise _unauthorized("Bearer", "give the admin key as a Bearer token")


def parse_user(authorization: str) -> str | None:
    """The user name of Basic auth; None for anything else."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(token, validate=True).decode().partition(":")[0]
    except ValueError:
        return None


def _equals(given: object, key: str) -> bool:
    said = given if isinstance(given, str) else ""
    return hmac.compare_digest(said.encode(errors="replace"), key.encode())


def _unauthorized(scheme: str, detail: str) -> HTTPException:
    return HTTPException(401, detail, {"WWW-Authenticate": f'{scheme} realm="kaskad"'})
