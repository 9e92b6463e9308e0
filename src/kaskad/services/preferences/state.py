"""What stands now for the customer of a message, as the preference centre shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from itertools import product
from typing import Protocol
from uuid import UUID

from kaskad.domain.addresses.address_hash import AddressHasher
from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import Channel
from kaskad.domain.decisions import send_policy
from kaskad.domain.journeys.project import Project, Sender, Topic
from kaskad.domain.outcome import Mode, Reason
from kaskad.domain.standing_word import standing_word
from kaskad.services.ingestion.consenting.consents import MARKETING, PURPOSES
from kaskad.services.ports import HasAddressHasher, HasCatalogue, HasDatabase
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import MergeRace
from kaskad.storage.ingestion import receipt_targets
from kaskad.storage.ingestion.receipt_targets import ReceiptTarget
from kaskad.storage.people import addresses, consents
from kaskad.storage.people.consents import StandingEntry

MOST_SENDERS = 30  # of a franchise only those that wrote to the customer are shown


class PreferencesDeps(HasDatabase, HasCatalogue, HasAddressHasher, Protocol):
    """What the preference centre needs."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the customer gets now: each channel, topic and sender with yes or no. `is_test`: nothing can be changed.

    A pause changes none of these: until `paused_until` nothing comes at all. `titles` are the topics' in each language,
    `sender_names` what customers call the senders.
    """

    channels: Mapping[Channel, bool] = field(default_factory=dict)
    topics: Mapping[str, bool] = field(default_factory=dict)
    senders: Mapping[str, bool] = field(default_factory=dict)
    paused_until: datetime | None = None
    locale: str | None = None
    languages: tuple[str, ...] = ()  # that the shop writes in
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sender_names: Mapping[str, str] = field(default_factory=dict)
    is_test: bool = False
    is_theirs: bool = True  # the message's address is still the customer's: else its link can only take back
    gets_marketing: bool = False  # of any sender, in any channel; also if only a pause holds it back
    has_left: bool = False  # all purposes are withdrawn, and nothing is granted to anybody in any channel
    left: Mapping[str, str] = field(default_factory=dict)  # what was said when somebody left last: reason, comment


async def load_message(connection: Connection, message: UUID) -> ReceiptTarget | None:
    """Returns the message with that id; None if there is none (any more)."""
    owners = await receipt_targets.find_owners(connection, [message])
    return (await receipt_targets.load_targets(connection, owners)).get(message)


async def lock_message(connection: Connection, hasher: AddressHasher, target: ReceiptTarget) -> None:
    """Locks the message's customer and whoever has its address. Raises MergeRace if the message is another's by then.

    So it is after a split, if it was sent while two were taken for one.
    """
    address = key_of(target)
    named = [address] if address else []
    await addresses.lock_with_holders(connection, hasher, named, customers=[target.customer])
    found = await load_message(connection, target.id)
    if found is None or (found.customer, key_of(found)) != (target.customer, address):
        raise MergeRace


async def load_preferences(deps: PreferencesDeps, message: UUID) -> Preferences | None:
    """Returns what stands now for the message's customer; None if there is no such message (any more)."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        target = await load_message(connection, message)
        if target is None:
            return None
        return await read_state(connection, target, deps.catalogue.project, at=await clock.read_now(connection))


async def read_state(connection: Connection, target: ReceiptTarget, project: Project, *, at: datetime) -> Preferences:
    """Returns what stands at that instant for the message's customer."""
    standing = await consents.load_standing(connection, target.customer, at, purposes=PURPOSES)
    said = [word for word in standing if word.entry.purpose == MARKETING and not word.is_pause]
    address = key_of(target)
    is_theirs = address is not None and await consents.has_address(connection, target.customer, address)
    closed = await consents.load_channels(connection, target.customer)
    channels = [
        channel
        for channel in Channel
        if channel in project.channels and _is_shown(closed.get(channel), is_theirs and channel is target.channel)
    ]
    opened = [channel for channel in channels if not closed[channel]]
    senders = await _senders(connection, target, project, said=said, channels=channels)
    return Preferences(
        channels={c: c in opened and send_policy.consents_to_marketing(said, c) for c in channels},
        topics={name: _wants_topic(said, channels, topic) for name, topic in project.topics.items()},
        senders=senders,
        sender_names={name: display_name(project.senders[name]) for name in senders},
        paused_until=find_pause(standing),
        locale=await consents.load_locale(connection, target.customer),
        languages=shop_languages(project),
        titles={name: topic.title for name, topic in project.topics.items()},
        is_test=target.mode is Mode.TEST,
        is_theirs=is_theirs,
        gets_marketing=_gets_marketing(said, opened),
        has_left=_has_left(standing),
        left=await consents.load_leaving(connection, target.customer, at),
    )


def find_pause(standing: Sequence[StandingEntry]) -> datetime | None:
    """Returns until when all marketing is paused; None if it is not."""
    everything = (MARKETING, None, None, None)
    ends = [
        word.entry.expires_at
        for word in standing
        if word.is_pause and (word.entry.purpose, word.channel, word.topic, word.sender) == everything
    ]
    return next(iter(ends), None)


def shop_languages(project: Project) -> tuple[str, ...]:
    """Returns the languages that the shop writes in: its own first, then those of the topics' titles."""
    titled = sorted({locale for topic in project.topics.values() for locale in topic.title})
    return tuple(dict.fromkeys([project.shop.locale, *titled]))


def display_name(sender: Sender) -> str:
    """Returns the name that customers know the sender by: that of its mailbox, else how it is called elsewhere."""
    mailbox, _ = parseaddr(sender.addresses.get(Channel.EMAIL, ""))
    return mailbox or sender.addresses.get(Channel.VIBER) or sender.addresses.get(Channel.SMS) or sender.name


def key_of(target: ReceiptTarget) -> tuple[str, str] | None:
    """Returns the channel and the `address_key` that the message went to; None if there is none."""
    key = address_key(target.channel, target.address) if target.address else None
    return (target.channel, key) if key else None


def _is_shown(closed: Sequence[str] | None, is_own: bool) -> bool:
    """Returns whether the page shows a channel: it is open, or a choice made by this very address opens it again.

    `closed`: why the address there gets nothing; None if there is none.
    """
    return closed is not None and (not closed or (is_own and set(closed) == {Reason.UNSUBSCRIBED}))


def _gets_marketing(said: Sequence[StandingEntry], opened: Sequence[Channel]) -> bool:
    """Returns whether marketing of any sender may come in any of the channels."""
    senders = dict.fromkeys(word.sender for word in said)
    words = (standing_word(said, channel, None, sender=sender) for channel, sender in product(opened, senders))
    return any(word.granted for word in words if word)


def _has_left(standing: Sequence[StandingEntry]) -> bool:
    return all(
        _is_withdrawn([word for word in standing if word.entry.purpose == purpose and not word.is_pause])
        for purpose in PURPOSES
    )


def _is_withdrawn(said: Sequence[StandingEntry]) -> bool:
    """Returns whether the customer took everything back, and granted nothing since, be it to one sender alone."""
    general = standing_word(said, None, None, sender=None)
    if general is None or general.entry.granted:
        return False
    stands = (standing_word(said, word.channel, None, sender=word.sender) for word in said if word.topic is None)
    return not any(word.granted for word in stands if word)


def _wants_topic(said: Sequence[StandingEntry], channels: Sequence[Channel], topic: Topic) -> bool:
    """Returns whether the topic is wanted in any of the channels: a no in one of them is no reason to show a no."""
    wanted = [send_policy.wants_topic(said, channel, topic) for channel in channels]
    return any(wanted) if wanted else topic.starts == "subscribed"


async def _senders(
    connection: Connection,
    target: ReceiptTarget,
    project: Project,
    *,
    said: Sequence[StandingEntry],
    channels: Sequence[Channel],
) -> dict[str, bool]:
    """Returns the senders that wrote to the customer, if the shop has several: whether they may go on."""
    if len(project.senders) < 2:
        return {}
    refused = {word.sender for word in said if word.sender and not word.granted}
    known = [*await consents.load_senders(connection, target.customer, MOST_SENDERS), *sorted(refused)]
    return {
        name: not any(send_policy.refuses_sender(said, channel, name) for channel in channels)
        for name in dict.fromkeys(known)
        if name in project.senders
    }
