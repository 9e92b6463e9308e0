"""What a consent says besides its scope: until when, from which IP address, and what it is a consent to."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from kaskad.domain.values.instants import read_instant
from kaskad.services.ingestion.consenting.consent_answers import REFUSALS, YES, is_yes, normalize_word, words_of

LONGEST_IP = 45  # characters: of IPv6, with IPv4 at its end
EXPIRES = frozenset(("expires", "expire", "expiry", "expiration", "expiring"))
VALID, UNTIL = frozenset(("valid", "validity", "good")), frozenset(("until", "till", "to", "through", "thru"))
ENDS = frozenset(
    ("enddate", "endsat", "endat", "endson", "ends", "endtime", "until", "till", "activeuntil", "bestbefore")
)
# The name of a consent, and the words in it that are about messages.
CONSENT = frozenset(
    ("consent", "consents", "permission", "permissions", "agreement", "subscription", "optin", "согласие")
)
KIND = frozenset(("type", "kind", "category", "scope", "name", "purpose", "group", "level", "class", "basis", "тип"))
BARE_KINDS = frozenset(("type", "kind", "scope", "category", "categories", "basis", "legalbasis"))
MESSAGES = frozenset(
    (
        *("marketing", "advertising", "ads", "ad", "newsletter", "newsletters", "mailing", "mailings", "promotional"),
        *("promotions", "communications", "communication", "messages", "email", "emails", "sms", "push", "viber"),
        *("explicit", "express", "opt", "in", "double", "single", "direct", "consent", "and", "реклама", "рассылка"),
    )
)
# Other things that one may agree to: whatever else such a consent says, it is not about messages.
OTHER_THINGS = frozenset(
    (
        *("necessary", "strictly", "essential", "required", "technical", "functional", "functionality", "security"),
        *("cookie", "cookies", "analytics", "statistics", "performance", "preferences", "storage", "tracking"),
        *("terms", "conditions", "tos", "eula", "rules", "policy", "privacy", "age", "contract", "legal"),
        *("personal", "processing", "data", "pdn", "location", "camera", "оферта", "персональные", "cookie_consent"),
    )
)


def read_expiry(said: Mapping[str, Any]) -> tuple[datetime | None, list[str]]:
    """Returns when the consent ends, the earliest of several times; and what of this could not be read."""
    times: list[datetime] = []
    unread: list[str] = []
    for key, value in said.items():
        if not is_expiry(key) or value is None or (isinstance(value, str) and not value.strip()):
            continue
        at = read_instant(value)
        if at:
            times.append(at)
        else:
            unread.append(f"{key[:60]} {value!r:.60}")
    return min(times, default=None), unread


def is_expiry(key: str) -> bool:
    """Returns whether the name is that of a consent's end, like `expires_at` and `valid_until`."""
    words = words_of(key)
    return bool(words & EXPIRES) or normalize_word(key) in ENDS or bool(words & VALID and words & UNTIL)


def read_ip(context: Mapping[str, Any]) -> str | None:
    """Returns the IP address that the event came from, as everybody writes it; None if there is none to read."""
    said = context.get("ip")
    if not isinstance(said, str) or len(said) > LONGEST_IP:
        return None
    try:
        return str(ipaddress.ip_address(said.strip()))
    except ValueError:
        return None


def other_matters(said: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yields what shows that a grant is about something else than messages, at any depth: `consent_type: necessary`."""
    for key, value in said.items():
        way = (*path, key)
        if len(way) > 8:  # what is nested deeper is unclear already
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from other_matters(part, way)
            elif isinstance(part, str) and _is_other_matter(key, part):
                yield f"{'.'.join(way)[:60]} {part!r:.60}"


def _is_other_matter(key: str, value: str) -> bool:
    """Returns whether it names a kind of consent that is not, or not only, about messages.

    The kind of a consent has to be known; of other kinds (`type: checkbox`) only what is plainly something else counts.
    """
    named = words_of(key)
    words = words_of(value)
    if not words or not value.strip():
        return False
    if named & CONSENT and named & KIND:
        return not words <= MESSAGES and not is_yes(value) and normalize_word(value) not in REFUSALS
    if normalize_word(key) not in BARE_KINDS and not named <= CONSENT:
        return False
    return bool(words & OTHER_THINGS) and not words & (MESSAGES - {"consent", "and"}) and not words & YES
