"""Applies a choice of the preference centre: the customer's consents, and withdrawals for whoever has the address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID, uuid4

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project
from kaskad.domain.values.instants import read_instant
from kaskad.services.catalogue import Catalogue
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ingestion.consenting import consents
from kaskad.services.preferences.choices import Choice, Word, words_of_choice
from kaskad.services.preferences.confirming import confirm, store_confirmation
from kaskad.services.preferences.own_events import Origin, store_own_events
from kaskad.services.preferences.state import (
    Preferences,
    PreferencesDeps,
    key_of,
    load_message,
    lock_message,
    read_state,
)
from kaskad.storage import clock
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion.event_store import StoredEvent
from kaskad.storage.ingestion.receipt_targets import ReceiptTarget

CONSENTS = (consents.CONSENT_GIVEN, consents.CONSENT_WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the customer saw when they chose, and from where: the page's text by version and hash, the IP address."""

    text_version: str
    text_hash: str
    ip: str | None = None


async def choose(deps: PreferencesDeps, message: UUID, choice: Choice, *, proof: Proof) -> Preferences | None:
    """Applies the choice; returns what stands then. The same choice again changes nothing.

    None if there is no such message (any more). Of a test nothing is changed: whoever clicks is not the customer.
    """

    async def work(connection: Connection) -> Preferences | None:
        await deps.catalogue.refresh(connection)
        target = await load_message(connection, message)
        if target is None:
            return None
        await lock_message(connection, deps.address_hasher, target)
        at = await clock.read_instants(connection)
        project, now = deps.catalogue.project, at.of(target.customer)
        before = await read_state(connection, target, project, at=now)
        words = [] if before.is_test else words_of_choice(choice, before, now=now)
        if not words:
            return before
        await _store(connection, deps.catalogue, target, words=words, proof=proof, at=at)
        return await read_state(connection, target, project, at=now)

    return await run_in_transaction(deps.database, work)


async def _store(
    connection: Connection,
    catalogue: Catalogue,
    target: ReceiptTarget,
    *,
    words: Sequence[Word],
    proof: Proof,
    at: Instants,
) -> None:
    """Stores what the customer says, and what it means for whoever else has the address."""
    said = [(name, _with_proof(name, props, target, proof=proof)) for name, props in words]
    origin = Origin(target.customer, consents.PREFERENCES, f"{target.id}:{uuid4().hex}", proof.ip)
    stored = await store_own_events(connection, catalogue, said, origin=origin, at=at)
    address = key_of(target)
    if address is None:
        return
    if _grants(stored, target):  # the link came to this very address
        is_new = await confirm(connection, target, address, at=at.of(target.customer), ip=proof.ip)
        if is_new and target.channel is Channel.EMAIL:
            await store_confirmation(connection, catalogue, target, at=at, ip=proof.ip)
    others = _for_holders(stored, target, address, project=catalogue.project)
    await write_rows(connection, "withdraw_consents", list(others))


def _with_proof(name: str, said: dict[str, Any], target: ReceiptTarget, *, proof: Proof) -> dict[str, Any]:
    """Returns the properties of the event, with its proof if it is a consent, else with the message it came from."""
    if name in CONSENTS:
        return said | {"text_version": proof.text_version, "text_hash": proof.text_hash}
    return said | {"channel": target.channel.value, "journey": target.journey, "message": target.message}


def _grants(stored: Sequence[StoredEvent], target: ReceiptTarget) -> bool:
    """Returns whether marketing was granted in the channel of the message."""
    given = [event.properties for event in stored if event.name == consents.CONSENT_GIVEN]
    return any(target.channel.value in said.get("channel", ()) for said in given)


def _for_holders(
    stored: Sequence[StoredEvent], target: ReceiptTarget, address: tuple[str, str], *, project: Project
) -> Iterator[dict[str, Any]]:
    """Yields the withdrawals that count for everybody who has the address: all but those from other channels."""
    for event in stored:
        if event.name != consents.CONSENT_WITHDRAWN:
            continue
        until = read_instant(event.properties.get(consents.PAUSED_UNTIL))
        scope = consents.parse_consent(event.name, event.properties, project.topics, senders=project.senders)
        for (purpose, channel, topic), sender in product(scope.covered, scope.senders):
            if channel not in (None, target.channel.value):
                continue
            yield {
                "customer_id": target.customer,
                "reached_by": address[0],
                "address": address[1],
                "purpose": purpose,
                "channel": channel,
                "topic": topic,
                "sender": sender,
                "source": consents.PREFERENCES,
                "message_id": event.message_id,
                "at": event.occurred_at,
                "expires_at": until,
                "how": "pause" if until else None,
            }
