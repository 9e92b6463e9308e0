"""Message ids: an event's own, or one that is the same when the event is sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from kaskad.domain.rejection import EventRejected, RejectionCode
from kaskad.domain.values.dialect import Dialect
from kaskad.domain.values.instants import read_instant
from kaskad.domain.values.placeholders import is_placeholder
from kaskad.services.ingestion import event_limits
from kaskad.services.ingestion.digests import compute_digest

MAX_LENGTH = 200  # characters
DIGESTED = ("type", "event", "userId", "anonymousId", "context", "traits", "properties", "timestamp")
RARELY_SENT = ("email", "phone", "name", "category", "groupId", "previousId")
# Of the context these are about the sender: what another library or network sends again is the same event.
SENDER_KEYS = frozenset({"library", "ip", "userAgent", "userAgentData", "network", "os", "screen", "app", "instanceId"})


class MessageIds:
    """The ids of the events of one request, made of what was sent, before anything in it is read or corrected."""

    def __init__(self, source: str, now: datetime, dialect: Dialect) -> None:
        self._source, self._now, self._dialect = source, now, dialect
        self._equals: Counter[str] = Counter()

    def own(self, raw: Mapping[str, Any], *, mend: bool = False) -> str | None:
        """Returns the event's own id, None without one; with `mend` also for an invalid one. Raises EventRejected."""
        said = raw.get("messageId")
        if said in (None, "") or (isinstance(said, str) and is_placeholder(said)):
            return None
        if isinstance(said, str) and len(said) <= MAX_LENGTH and not (mend and not event_limits.fits_index(said)):
            return said
        if mend:
            return None
        raise EventRejected(RejectionCode.BAD_MESSAGE_ID, f"'messageId' must be a text of 1 to {MAX_LENGTH} characters")

    def derive(self, raw: Mapping[str, Any], *, takes_back: bool) -> str:
        """Returns an id that is the same when the event is sent again; equal events of one request are numbered.

        Without a time, a repeat looks like a new event: within the hour it counts as a repeat; a withdrawal never
        does.
        """
        said = raw.get("timestamp")
        if takes_back and read_instant(said, self._dialect) is None:
            return uuid4().hex
        hour = f"{self._now:%Y-%m-%dT%H}" if said is None else ""
        digested = {key: raw.get(key) for key in DIGESTED} | {key: raw[key] for key in RARELY_SENT if key in raw}
        if isinstance(context := raw.get("context"), dict):
            digested["context"] = {key: part for key, part in context.items() if key not in SENDER_KEYS}
        digest = compute_digest(self._source, hour, digested)
        self._equals[digest] += 1
        return f"{digest}-{self._equals[digest]}"
