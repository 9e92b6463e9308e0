"""A no that other products report in the properties of an event whose name says nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from kaskad.domain.cleaning import word_set
from kaskad.services.ingestion.consenting.consent_answers import normalize_word
from kaskad.services.ingestion.refusals import refusal_vocabulary as of
from kaskad.services.ingestion.refusals import refusal_words
from kaskad.services.ingestion.refusals.refusal_words import Words

CAME_IN = frozenset(("received", "inbound", "incoming"))
TEXTS = word_set("body text message keyword optouttype content")
PEOPLE = word_set("profile user users customer contact property account subscriber")
NOT_SENT = word_set("dropped rejected suppressed blocked")
UNDER = frozenset(("subscription",))  # under it `email: false` is an answer


def stops(said: AbstractSet[str], properties: Mapping[str, Any]) -> bool:
    """Returns whether a message came in that says nothing but STOP."""
    return bool(said & CAME_IN and said & (of.WRITTEN | of.MESSAGES)) and any(
        isinstance(value, str) and normalize_word(key) in TEXTS and normalize_word(value) in of.STOP_WORDS
        for key, value in properties.items()
    )


def complains(said: AbstractSet[str], properties: Mapping[str, Any]) -> bool:
    """Returns whether it is a provider's report of a complaint, which names no message."""
    if said == {"complained"}:
        return True
    reason = normalize_word(str(properties.get("reason")))
    return (said == {"cleaned"} and reason in ("abuse", "spam")) or (
        said == {"complaint"} and any(normalize_word(key).startswith("complaintfeedback") for key in properties)
    )


def find_denials(said: AbstractSet[str], properties: Mapping[str, Any]) -> Iterator[Words]:
    """Yields each no in an event about changed settings or profiles, or about a message that was not sent."""
    reason = properties.get("reason")
    if said & NOT_SENT and isinstance(reason, str) and refusal_words.split_words(reason) & of.REFUSING:
        yield refusal_words.read_scope(said)
    if not said & of.CHANGED:
        return
    name = properties.get("propertyName")
    if isinstance(name, str):
        yield from refusal_words.find_denials({name: properties.get("propertyValue")})
    subscribed = said & {"subscription", "subscriptiongroup"}
    channels = frozenset(said & of.CHANNELS.keys())
    if subscribed or (said & of.SETTINGS and said & (PEOPLE | of.MESSAGES | channels)):
        yield from _in_channel(properties, UNDER | channels)
    elif said & PEOPLE:
        yield from refusal_words.find_denials(properties)


def _in_channel(properties: Mapping[str, Any], path: frozenset[str]) -> Iterator[Words]:
    """Yields each no; one that names no channel is one of the `channel` beside it."""
    channel = properties.get("channel")
    for words in refusal_words.find_denials(properties, path):
        yield words if "channel" in words or not isinstance(channel, str) else {**words, "channel": [channel]}
