"""What stands now for the customer of a message, as the preference centre shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from typing import Protocol
from uuid import UUID

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import Channel
from kaskad.domain.decisions import send_policy
from kaskad.domain.decisions.facts import Consent
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.project import Project, Sender, Topic
from kaskad.domain.outcome import Mode
from kaskad.services.ports import HasAddressHasher, HasCatalogue, HasDatabase
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import receipt_targets
from kaskad.storage.ingestion.receipt_targets import ReceiptTarget
from kaskad.storage.people import consents
from kaskad.storage.people.consents import LedgerEntry

MOST_SENDERS = 30  # of a franchise only those that wrote to the customer are shown
MARKETING = Purpose.MARKETING.value


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
    left: Mapping[str, str] = field(default_factory=dict)  # what was said when somebody left last: reason, comment

    @property
    def gets_marketing(self) -> bool:
        """Returns whether any channel is on."""
        return any(self.channels.values())


async def load_message(connection: Connection, message: UUID) -> ReceiptTarget | None:
    """Returns the message with that id; None if there is none (any more)."""
    owners = await receipt_targets.find_owners(connection, [message])
    return (await receipt_targets.load_targets(connection, owners)).get(message)


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
    standing = [
        entry
        for entry in await consents.load_standing(connection, target.customer, at)
        if entry.purpose == MARKETING and entry.channel in (None, *Channel)
    ]
    said = [_to_consent(entry, at) for entry in standing if not entry.is_pause]
    reached = await consents.load_channels(connection, target.customer)
    channels = [channel for channel in Channel if channel in reached and channel in project.channels]
    address = key_of(target)
    senders = await _senders(connection, target, project, said=said, channels=channels)
    return Preferences(
        channels={channel: send_policy.consents_to_marketing(said, channel) for channel in channels},
        topics={name: _wants_topic(said, channels, topic) for name, topic in project.topics.items()},
        senders=senders,
        sender_names={name: display_name(project.senders[name]) for name in senders},
        paused_until=find_pause(standing, at),
        locale=await consents.load_locale(connection, target.customer),
        languages=shop_languages(project),
        titles={name: topic.title for name, topic in project.topics.items()},
        is_test=target.mode is Mode.TEST,
        is_theirs=address is not None and await consents.has_address(connection, target.customer, address),
        left=await consents.load_leaving(connection, target.customer, at),
    )


def find_pause(standing: Sequence[LedgerEntry], at: datetime) -> datetime | None:
    """Returns until when all marketing is paused at that instant; None if it is not."""
    ends = [
        entry.expires_at
        for entry in standing
        if entry.is_pause and entry.expires_at and (entry.channel, entry.topic, entry.sender) == (None, None, None)
    ]
    return next((end for end in ends if end > at), None)


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


def _to_consent(entry: LedgerEntry, at: datetime) -> Consent:
    channel = Channel(entry.channel) if entry.channel else None
    granted = entry.granted and (entry.expires_at is None or entry.expires_at > at)
    return Consent(channel, entry.topic, granted, entry.at, entry.sender)


def _wants_topic(said: Sequence[Consent], channels: Sequence[Channel], topic: Topic) -> bool:
    """Returns whether the topic is wanted in any of the channels: a no in one of them is no reason to show a no."""
    wanted = [send_policy.wants_topic(said, channel, topic) for channel in channels]
    return any(wanted) if wanted else topic.starts == "subscribed"


async def _senders(
    connection: Connection,
    target: ReceiptTarget,
    project: Project,
    *,
    said: Sequence[Consent],
    channels: Sequence[Channel],
) -> dict[str, bool]:
    """Returns the senders that wrote to the customer, if the shop has several: whether they may go on."""
    if len(project.senders) < 2:
        return {}
    refused = {consent.sender for consent in said if consent.sender and not consent.granted}
    known = [*await consents.load_senders(connection, target.customer, MOST_SENDERS), *sorted(refused)]
    return {
        name: not any(send_policy.refuses_sender(said, channel, name) for channel in channels)
        for name in dict.fromkeys(known)
        if name in project.senders
    }
