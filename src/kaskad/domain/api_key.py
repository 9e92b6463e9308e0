"""What a key of the API opens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """A part of the API. A key may have several."""

    INGEST = "ingest"  # tell events, as one source
    TRIGGER = "trigger"  # take a customer through a journey
    READ = "read"  # list and look
    ADMIN = "admin"  # all but events: also pause and resume


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whoever has a key: the scopes, and the source of events. `id` is the key's in the database, else None."""

    scopes: frozenset[Scope]
    source: str | None = None
    id: int | None = None

    def has(self, scope: Scope) -> bool:
        """Whether the key opens this: admin opens all, except that it is no source of events."""
        return scope in self.scopes or (Scope.ADMIN in self.scopes and scope is not Scope.INGEST)
