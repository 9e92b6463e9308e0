"""Finds opt-outs in events: who opts out of what, in our terms or in those of others, for a customer or an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import product
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.domain.events import IDENTIFY, TRACK
from kaskad.domain.journeys.project import Project
from kaskad.domain.outcome import Reason
from kaskad.services.ingestion.consenting import consents
from kaskad.services.ingestion.parsing import PAGE_KINDS
from kaskad.services.ingestion.refusals import (
    named_addresses,
    refusal_vocabulary,
    refusal_words,
    refused_grants,
    reported_noes,
)
from kaskad.services.ingestion.refusals.named_addresses import Address
from kaskad.services.ingestion.refusals.opt_outs import EVERY_JOURNEY
from kaskad.services.ingestion.refusals.refusal_words import Refusal, Words
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import refused_addresses
from kaskad.storage.ingestion.event_store import SYSTEM_CUSTOMER_ID, StoredEvent

_CHANNEL_WORDS = refusal_vocabulary.CHANNELS.keys()  # who complains wants no advertisements in any channel
INBOUND = frozenset(("received", "inbound", "incoming", "reply", "replied"))  # from the customer


def find_refusal(raw: Mapping[str, Any], name: str | None) -> Refusal | None:
    """Returns the event's opt-out, whatever else is wrong with it; None if there is none. `name` is the event's own."""
    if name == consents.CONSENT_WITHDRAWN:
        properties = raw.get("properties")
        return Refusal((properties if isinstance(properties, dict) else {},), named_addresses.read_addresses(raw))
    if name == consents.CONSENT_GIVEN:
        denied = refused_grants.find_no(raw.get("properties"))
        return None if denied is None else Refusal((denied,), named_addresses.read_addresses(raw))
    kind = raw.get("type") or (TRACK if "event" in raw else IDENTIFY)
    if not isinstance(kind, str) or kind in PAGE_KINDS:
        return None
    event = raw.get("event")
    said = refusal_words.split_words(event) if kind != IDENTIFY and isinstance(event, str) else frozenset()
    own = properties if isinstance(properties := raw.get("properties"), dict) and said else {}
    complained = refusal_words.complains(said) or reported_noes.complains(said, own)
    stopped = refusal_words.stops(said) or reported_noes.stops(said, own)
    if complained or stopped or refusal_words.refuses(said):
        words: tuple[Words, ...] = (_named(raw, said - _CHANNEL_WORDS if complained else said),)
    else:
        words = (*_answered_scopes(raw, kind, said), *reported_noes.find_denials(said, own))
    scopes = {repr(scope): scope for scope in words}  # each once, however often it occurs
    if not scopes:
        return None
    addresses = named_addresses.read_addresses(raw, inbound=stopped or bool(said & INBOUND))
    channels = _closed_channels(raw, said, addresses) if complained or stopped else ()
    return Refusal(tuple(scopes.values()), addresses, complained, stopped, channels)


def _closed_channels(raw: Mapping[str, Any], said: AbstractSet[str], addresses: Sequence[Address]) -> tuple[str, ...]:
    """Returns the channels that a complaint or STOP is about: those in its words, else those of what it names."""
    properties = raw.get("properties")
    given = (
        {key: properties[key] for key in ("channel", "channels") if key in properties}
        if isinstance(properties, dict)
        else {}
    )
    covered = consents.parse_consent(consents.CONSENT_WITHDRAWN, given, ()).covered if given else ()
    named = [channel for _, channel, _ in covered if channel] or refusal_words.read_scope(said).get("channel", [])
    if named or refusal_words.stops(said):
        return tuple(named)
    reached = {channel for channel, _ in addresses}
    return (Channel.EMAIL,) if Channel.EMAIL in reached else tuple(sorted(reached))


def to_withdrawal(raw: Mapping[str, Any], refusal: Refusal) -> dict[str, Any]:
    """Returns the event under a foreign name as a withdrawal."""
    properties = raw.get("properties")
    said = {**properties, **refusal.words[0]} if isinstance(properties, dict) else properties or refusal.words[0]
    return {**raw, "type": TRACK, "event": consents.CONSENT_WITHDRAWN, "properties": said}


def asks_to_be_erased(event: object) -> bool:
    """Returns whether the event's name is a request to be erased, which nobody but a person fulfils."""
    return isinstance(event, str) and refusal_words.erases(refusal_words.split_words(event))


def says_no(event: object) -> bool:
    """Returns whether the event's name alone is an opt-out."""
    said = refusal_words.split_words(event) if isinstance(event, str) else frozenset()
    return refusal_words.refuses(said) or refusal_words.complains(said)


def _named(raw: Mapping[str, Any], said: AbstractSet[str]) -> Words:
    """Returns the scope in the name and in the properties of a withdrawal; the latter are narrower, and win."""
    properties = raw.get("properties")
    own = properties if isinstance(properties, dict) else {}
    given = {
        key: value
        for key, value in own.items()
        if consents.normalize_word(key) in consents.FOLDED and value is not None
    }
    return {**refusal_words.read_scope(said), **given}


def _answered_scopes(raw: Mapping[str, Any], kind: str, said: AbstractSet[str]) -> Iterator[Words]:
    context = raw.get("context")
    context = context if isinstance(context, dict) else {}
    answering = refusal_words.lists_consents(said)
    traits = [raw.get("traits"), context.get("traits")] if kind == IDENTIFY else []
    parts = [*traits, raw.get("properties")]
    for part in parts if kind == IDENTIFY or answering else ():
        if isinstance(part, dict):
            yield from refusal_words.find_denials(part, frozenset(said - refusal_words.CHANGED))
    # Some sources add these to every event; only a profile or an answer brings new ones.
    stamps = {key: context[key] for key in ("consent", named_addresses.SUBSCRIPTIONS) if key in context}
    if kind == IDENTIFY or answering:
        yield from refusal_words.find_denials(stamps)


async def apply_refusals(
    connection: Connection,
    stored: Sequence[StoredEvent],
    refusals: Mapping[str, Refusal],
    *,
    source: str,
    project: Project,
) -> None:
    """Applies these opt-outs to their customers, and to everybody who has such an address, or will have it."""
    stored_refusals = [(event, refusals[event.message_id]) for event in stored if event.message_id in refusals]
    told = [
        row | {"source": source} for event, refusal in stored_refusals for row in _withdrawn(event, refusal, project)
    ]
    rows = [row for row in told if row["sender"] is None]
    own = [row for row in rows if not row["address"] and row["customer_id"] != SYSTEM_CUSTOMER_ID]
    of_holders = await refused_addresses.store(connection, [row for row in rows if row["address"]])
    await write_rows(connection, "write_refusals", [*own, *of_holders])
    await write_rows(connection, "withdraw_consents", [row for row in told if row["sender"] is not None])
    closing = [(event, refusal) for event, refusal in stored_refusals if refusal.closes]
    await write_rows(connection, "write_suppressions", [row for closed in closing for row in _closed(*closed, source)])
    known = [closed for closed in closing if closed[0].customer != SYSTEM_CUSTOMER_ID]
    await write_rows(connection, "suppress_contacts", [_contacts(*closed, source) for closed in known])


def _withdrawn(event: StoredEvent, refusal: Refusal, project: Project) -> Iterator[dict[str, Any]]:
    """Yields withdrawals for each address and the customer, except what the profile already writes of a withdrawal.

    A withdrawal from one sender that names an address alone is kept for every sender: addresses are kept without one.
    """
    for place, words in enumerate(refusal.words):
        own: list[Address | None] = [] if event.name == consents.CONSENT_WITHDRAWN and place == 0 else [None]
        scope = consents.parse_consent(consents.CONSENT_WITHDRAWN, words, project.topics, senders=project.senders)
        senders = (None,) if event.customer == SYSTEM_CUSTOMER_ID else scope.senders
        for (purpose, channel, topic), sender in product(scope.covered, senders):
            for address in (*own, *refusal.addresses):
                yield {
                    "customer_id": event.customer,
                    "reached_by": address and address[0],
                    "address": address and address[1],
                    "purpose": purpose,
                    "channel": channel,
                    "topic": topic,
                    "sender": sender,
                    "message_id": event.message_id,
                    "at": event.occurred_at,
                }


def _closed(event: StoredEvent, refusal: Refusal, source: str) -> Iterator[dict[str, Any]]:
    for channel, address in refusal.addresses:
        if refusal.covers(channel):
            row = {"channel": channel, "address": address, "journey": EVERY_JOURNEY, "reason": _reason(refusal)}
            yield row | {"source": source, "at": event.occurred_at}


def _contacts(event: StoredEvent, refusal: Refusal, source: str) -> dict[str, Any]:
    channels = [channel for channel in Channel if refusal.covers(channel)]
    row = {"customer_id": event.customer, "channels": channels, "reason": _reason(refusal)}
    return row | {"source": source, "at": event.occurred_at}


def _reason(refusal: Refusal) -> Reason:
    return Reason.COMPLAINED if refusal.complained else Reason.UNSUBSCRIBED
