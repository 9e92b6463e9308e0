"""Repairs withdrawals: one that names a customer counts, whatever else is wrong in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.domain.events import IDENTIFY, TRACK
from kaskad.domain.rejection import RejectionCode
from kaskad.domain.values.dialect import Dialect
from kaskad.domain.values.instants import read_instant
from kaskad.services.ingestion import event_limits, parsing
from kaskad.services.ingestion.consenting import consents
from kaskad.services.ingestion.refusals import named_addresses

CONSENT_KEYS = consents.FOLDED
KEPT_KEYS = CONSENT_KEYS | {"text_version", "text_hash"}


def repair_withdrawal(raw: Mapping[str, Any], words: Any, dialect: Dialect | None = None) -> dict[str, Any]:
    """Returns the withdrawal with its valid parts. Where its scope cannot be read, it covers the widest."""
    context = raw.get("context")
    ids = [
        {"type": kind, "id": value}
        for kind, value in parsing.read_ids(raw, context if isinstance(context, dict) else {})
        if event_limits.fits_index(kind) and event_limits.fits_index(value)
    ]
    at = raw.get("timestamp")
    named = named_addresses.read_addresses(raw)
    return {
        "email": [address for channel, address in named if channel is Channel.EMAIL],
        "phone": [address for channel, address in named if channel is not Channel.EMAIL],
        "type": TRACK,
        "event": consents.CONSENT_WITHDRAWN,
        "context": {"externalIds": ids},
        "timestamp": at if read_instant(at, dialect) else None,
        "properties": _widen_scope(words),
    }


def profile(raw: Mapping[str, Any], dialect: Dialect | None = None) -> dict[str, Any]:
    """Returns the profile with its valid parts: each trait that can be stored, wherever it stands, and the device."""
    whole = repair_withdrawal(raw, None, dialect)
    context = raw.get("context")
    beside = _fitting(context if isinstance(context, dict) else {}, ("device", "locale", "timezone"))
    own = _fitting(raw.get("traits"))
    within = context.get("traits") if isinstance(context, dict) else None
    return whole | {
        "type": IDENTIFY,
        "context": whole["context"] | beside,
        "traits": own or _fitting(within),
        "properties": None,
    }


def _fitting(values: Any, keys: tuple[str, ...] = ()) -> dict[str, Any]:
    found = values.items() if isinstance(values, dict) else ()
    kept = ((key, value) for key, value in found if not keys or key in keys)
    return {key: value for key, value in kept if event_limits.fits_index(key) and event_limits.fits_index({key: value})}


def odd_ids(raw: Mapping[str, Any]) -> Iterator[tuple[RejectionCode, str]]:
    """Yields values in place of an id that are none: the customer that they meant perhaps still gets messages."""
    for key in ("userId", "anonymousId"):
        value = raw.get(key)
        if value not in (None, "") and not parsing.id_of(value):
            yield RejectionCode.WITHDRAWAL_LOST, f"'{key}' must be a text or a number, not {value!r:.60}"
    for key, text in named_addresses.unread(raw):
        yield RejectionCode.WITHDRAWAL_LOST, f"'{key}' holds no address that can be read: {text!r:.60}"


def _widen_scope(properties: Any) -> dict[str, Any]:
    if properties is None:
        return {}
    if not isinstance(properties, dict):
        return dict.fromkeys(consents.SCOPE_KEYS, "*")
    return dict(_readable_properties(properties))


def _readable_properties(properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in properties.items():
        name = parsing.snake_case(key) if len(key) <= event_limits.MAX_KEY_LENGTH else ""
        if name in KEPT_KEYS and event_limits.fits_index(value):
            yield name, value
        elif name in CONSENT_KEYS:
            yield name, "*"
