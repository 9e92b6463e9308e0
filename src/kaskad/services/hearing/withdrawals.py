"""A withdrawal that names anybody counts, whatever else is wrong in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kaskad.services.hearing import bounds, consents, parsing

WORDS = frozenset(word + ending for word in consents.WORDS for ending in ("", "s"))
KEPT = WORDS | {"text_version", "text_hash"}


def mended(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The withdrawal with what is right in it. What it covers is the widest where that cannot be read."""
    context = raw.get("context")
    ids = [
        {"type": kind, "id": value}
        for kind, value in parsing.named(raw, context if isinstance(context, dict) else {})
        if bounds.fits(kind) and bounds.fits(value)
    ]
    at = raw.get("timestamp")
    return {
        "type": parsing.TRACK,
        "event": consents.WITHDRAWN,
        "context": {"externalIds": ids},
        "timestamp": at if parsing.readable(at) else None,
        "properties": _widened(raw.get("properties")),
    }


def _widened(properties: Any) -> dict[str, Any]:
    if properties is None:
        return {}
    if not isinstance(properties, dict):
        return dict.fromkeys(consents.WORDS, "*")
    return dict(_readable(properties))


def _readable(properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in properties.items():
        name = parsing.snake_case(key) if len(key) <= bounds.KEY else ""
        if name in KEPT and bounds.fits(value):
            yield name, value
        elif name in WORDS:
            yield name, "*"
