"""The addresses of one micro-batch in the pre-send check: which are locked, and what was sent to them before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kaskad.domain.decisions.facts import Enrollment
from kaskad.domain.decisions.send_policy import Defer, Refuse
from kaskad.domain.decisions.shared_address import LONGEST, AddressTouch, shared_address_verdict
from kaskad.domain.journeys.entry_trigger import ReentryRule
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.outcome import Mode
from kaskad.services.ports import HasAddressHasher
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.delivery.messages import ClaimedMessage
from kaskad.storage.people import addresses
from kaskad.storage.people.addresses import Recipient, SendContact


@dataclass(frozen=True, slots=True)
class SharedAddresses:
    """The addresses of these messages. `locked` are those that this transaction has; others are busy."""

    contacts: Mapping[Recipient, SendContact]
    locked: frozenset[Recipient]
    _touches: dict[tuple[str, str], list[AddressTouch]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    async def lock(
        cls, deps: HasAddressHasher, connection: Connection, ours: Sequence[ClaimedMessage]
    ) -> SharedAddresses:
        """Locks the addresses of these messages, whose customers are locked. A test goes to the journey's owner."""
        recipients = {_recipient(message) for message in ours if message.mode is Mode.LIVE}
        if not recipients:
            return cls({}, frozenset())
        contacts = await addresses.load_send_contacts(connection, deps.address_hasher, recipients)
        return cls(contacts, frozenset(await addresses.lock_for_sending(connection, recipients)))

    def is_busy(self, message: ClaimedMessage) -> bool:
        """Returns whether another transaction has the message's address. One that is invalid or gone is not busy."""
        contact = self.contacts.get(_recipient(message))
        return contact is not None and contact.key is not None and _recipient(message) not in self.locked

    async def read_touches(self, connection: Connection, ours: Sequence[ClaimedMessage], instants: Instants) -> None:
        """Reads what was sent to these addresses; in a statement of its own, after the lock."""
        wanted = {
            hashed
            for message in ours
            if message.claimed.purpose is not Purpose.TRANSACTIONAL and (hashed := self._hashed(message))
        }
        earliest = min((instants.of(message.customer) for message in ours), default=instants.now)
        self._touches.update(await addresses.load_touches(connection, wanted, earliest - LONGEST))

    def verdict(
        self, message: ClaimedMessage, enrollment: Enrollment, *, again: ReentryRule, now: datetime
    ) -> Refuse | Defer | None:
        """Returns why the message does not go, as another customer with its address had one; None if it goes."""
        touches = self._touches.get(self._hashed(message) or ("", ""), ())
        return shared_address_verdict(_touch(message, now), touches, again=again, moved=enrollment.moved)

    def add(self, message: ClaimedMessage, now: datetime) -> None:
        """Notes that the message goes: a later one of the same micro-batch to the same address sees it."""
        if hashed := self._hashed(message):
            self._touches[hashed].append(_touch(message, now))

    def touch_rows(self, sent: Sequence[ClaimedMessage], instants: Instants) -> list[dict[str, Any]]:
        """Returns the touches of these messages, to store them. A transactional one counts for nobody else."""
        return [
            {
                "channel": hashed[0],
                "hash": hashed[1],
                "message_id": message.id,
                "entered_on": message.entered_on,
                "customer_id": message.customer,
                "journey": message.journey,
                "step": message.claimed.step,
                "purpose": message.claimed.purpose,
                "at": instants.of(message.customer),
            }
            for message in sent
            if message.claimed.purpose is not Purpose.TRANSACTIONAL and (hashed := self._hashed(message))
        ]

    def _hashed(self, message: ClaimedMessage) -> tuple[str, str] | None:
        contact = self.contacts.get(_recipient(message)) if message.mode is Mode.LIVE else None
        return (contact.channel, contact.hash) if contact and contact.hash else None


def _recipient(message: ClaimedMessage) -> Recipient:
    return message.customer, message.channel


def _touch(message: ClaimedMessage, now: datetime) -> AddressTouch:
    return AddressTouch(message.customer, message.journey, message.claimed.step, message.claimed.purpose, now)
