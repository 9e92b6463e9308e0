"""Double opt-in: the customer confirms an address by a link in a message to it. Then what was granted counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from uuid import UUID

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import Channel
from kaskad.domain.outcome import Mode
from kaskad.domain.standing_word import standing_word
from kaskad.services.catalogue import Catalogue
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ingestion.consenting.consents import EMAIL_CONFIRMED, MARKETING, OWN_SOURCE
from kaskad.services.preferences.own_events import Origin, store_own_events
from kaskad.services.preferences.state import PreferencesDeps, key_of, load_message, lock_message
from kaskad.storage import clock
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import write_rows
from kaskad.storage.ingestion import refused_addresses
from kaskad.storage.ingestion.receipt_targets import ReceiptTarget
from kaskad.storage.people import consents
from kaskad.storage.people.consents import LedgerEntry, StandingEntry

CONFIRMED = "confirmed"  # in the ledger: how a grant came about


class Confirmation(Enum):
    """What became of a confirmation."""

    DONE = "done"  # now or before
    OTHER_ADDRESS = "other_address"  # the customer has another one by now
    NOTHING = "nothing"  # it was a test: the person who clicked is not the customer


async def confirm_address(deps: PreferencesDeps, message: UUID, *, ip: str | None = None) -> Confirmation | None:
    """Confirms the address that the message went to, and stores `email_confirmed`. Idempotent.

    None if there is no such message (any more), or if it was no e-mail.
    """

    async def work(connection: Connection) -> Confirmation | None:
        await deps.catalogue.refresh(connection)
        target = await load_message(connection, message)
        address = key_of(target) if target else None
        if target is None or address is None or target.channel is not Channel.EMAIL:
            return None
        if target.mode is Mode.TEST:
            return Confirmation.NOTHING
        await lock_message(connection, deps.address_hasher, target)
        at = await clock.read_instants(connection)
        done = await confirm(connection, target, address, at=at.of(target.customer), ip=ip)
        if done is None:
            return Confirmation.OTHER_ADDRESS
        await store_confirmation(connection, deps.catalogue, target, at=at, ip=ip)
        return Confirmation.DONE

    return await run_in_transaction(deps.database, work)


async def confirm(
    connection: Connection, target: ReceiptTarget, address: tuple[str, str], *, at: datetime, ip: str | None = None
) -> bool | None:
    """Stores that the customer confirmed the message's address; the grants that waited for it count from now on.

    Returns whether the address is new as a confirmed one; None if the customer does not have it (any more). A grant to
    all senders that the address confirmed also lifts what was unsubscribed by the address alone, each time that one
    waited; never a complaint or a dead address.
    """
    is_new = await consents.confirm_address(connection, target.customer, address, message_id=str(target.id), at=at)
    if is_new is None:
        return None
    standing = await consents.load_standing(connection, target.customer, at, purposes=[MARKETING])
    granted = _waiting(standing, target.channel)
    await write_rows(connection, "write_consents", [_confirmed(entry, target, at, ip=ip) for entry in granted])
    if any(entry.topic is None and entry.sender is None for entry in granted):
        await refused_addresses.lift_unsubscribed(connection, address, at)
    return is_new


async def store_confirmation(
    connection: Connection,
    catalogue: Catalogue,
    target: ReceiptTarget,
    *,
    at: Instants,
    ip: str | None = None,
) -> None:
    """Stores `email_confirmed` for the message, an e-mail: journeys wait for it, and simulations repeat it."""
    address = target.address or ""
    said = await consents.load_entry_email(connection, target.id)  # journeys compare it with what they began with
    same = said is not None and address_key(Channel.EMAIL, said) == address_key(Channel.EMAIL, address)
    origin = Origin(target.customer, OWN_SOURCE, f"{target.id}", ip)
    await store_own_events(
        connection, catalogue, [(EMAIL_CONFIRMED, {"email": said if same else address})], origin=origin, at=at
    )


def _waiting(standing: Sequence[StandingEntry], channel: Channel) -> list[LedgerEntry]:
    """Returns the grants that stand for the channel, each on its topic and for its sender, and were not confirmed."""
    said = [word for word in standing if word.channel in (None, channel) and not word.is_pause]
    said.sort(key=lambda word: word.entry.how != CONFIRMED)  # of two at one instant: one is confirmed by the other
    return [
        word.entry
        for word in said
        if word.granted
        and word.entry.how != CONFIRMED
        and standing_word(said, channel, word.topic, sender=word.sender) is word
    ]


def _confirmed(entry: LedgerEntry, target: ReceiptTarget, at: datetime, *, ip: str | None) -> dict[str, object]:
    """Returns the line of the ledger that says so: the same grant, in the channel of the address, from now on."""
    return {
        "customer_id": target.customer,
        "purpose": entry.purpose,
        "channel": target.channel.value,
        "topic": entry.topic,
        "sender": entry.sender,
        "granted": True,
        "text_version": entry.text_version,
        "text_hash": entry.text_hash,
        "source": OWN_SOURCE,
        "message_id": str(target.id),
        "at": at,
        "ip": ip,
        "expires_at": entry.expires_at,
        "how": CONFIRMED,
    }
