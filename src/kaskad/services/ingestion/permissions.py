"""What a source may tell. What it may not is rejected by its kind, and told; a withdrawal always counts.

Everybody can read the write key of a public source. It may tell an address where none is known, and change what public
sources told; what another source told about an address stands, whatever a public source says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import Channel
from kaskad.domain.events import IDENTIFY, OF_OWN_PAGE
from kaskad.domain.journeys.project import Project, Source
from kaskad.domain.permission import Permission, permission_for
from kaskad.domain.rejection import RejectionCode
from kaskad.services.ingestion import contacts
from kaskad.services.ingestion.consenting import consents
from kaskad.services.ingestion.segment_events import EventRemark, IncomingEvent, ParsedRequest
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import told_contacts
from kaskad.storage.ingestion.told_contacts import ToldContact

CODES = {
    Permission.BEHAVIOUR: RejectionCode.BEHAVIOUR_NOT_ALLOWED,
    Permission.PROFILE: RejectionCode.PROFILE_NOT_ALLOWED,
    Permission.CONSENT: RejectionCode.CONSENT_NOT_ALLOWED,
    Permission.ORDERS: RejectionCode.ORDER_NOT_ALLOWED,
    Permission.CATALOGUE: RejectionCode.CATALOGUE_NOT_ALLOWED,
    Permission.RECEIPTS: RejectionCode.RECEIPT_NOT_ALLOWED,
}
REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class KeptContact:
    """A trait of a public source's event that was passed over, because another source told the contact.

    `differs`: it was to change the contact, not to say again what is known.
    """

    index: int
    trait: str
    differs: bool

    @property
    def remark(self) -> EventRemark:
        """What the event's source must know. It is the same whether the address is the known one: else it tells."""
        said = f"'{self.trait}' was passed over: a source that is not public told this customer's; the rest is stored"
        return EventRemark(self.index, RejectionCode.CONTACT_NOT_ALLOWED, said, stored=True)


def apply_permissions(parsed: ParsedRequest, source: Source) -> ParsedRequest:
    """Returns the request without the events that its source may not tell; remarks say which, and why."""
    if len(source.may) == len(Permission) and not any(event.name in OF_OWN_PAGE for event in parsed.events):
        return parsed
    events, remarks = [], list(parsed.remarks)
    for event in parsed.events:
        if event.name in OF_OWN_PAGE and not event.refusal:
            said = f"'{event.name}' is what a customer says on their own page; tell a no as consent_withdrawn"
            remarks.append(EventRemark(event.index, RejectionCode.BAD_NAME, said))
            continue
        needed = permission_for(event.name)
        if needed in source.may or event.name == consents.CONSENT_WITHDRAWN:
            events.append(event)
            continue
        said = f"the source '{source.name}' may not tell {needed}: configs/sources.yaml says what it may"
        if event.refusal:
            events.append(_withdrawal_alone(event))
            said = f"the withdrawal counts, the rest was left out: {said}"
        remark = EventRemark(event.index, CODES[needed], said, stored=event.refusal is not None)
        remarks += [remark] if remarks[-1:] != [remark] else []  # what a status means is told with it
    return replace(parsed, events=events, remarks=remarks)


def _withdrawal_alone(event: IncomingEvent) -> IncomingEvent:
    """Returns the opt-out in the event, and nothing else of it."""
    assert event.refusal
    words = event.refusal.words[0] if event.refusal.words else {}
    return replace(event, name=consents.CONSENT_WITHDRAWN, properties=words, traits={}, instants={})


async def keep_told_contacts(
    connection: Connection, told: Sequence[tuple[IncomingEvent, int]], project: Project, *, source: str
) -> tuple[Sequence[tuple[IncomingEvent, int]], list[KeptContact]]:
    """Returns the events with their customers, without traits that would change what another source told.

    Their customers must be locked before. One query, and only for profiles of a public source that hold an address.
    """
    sources, home = project.sources, project.shop.home
    if not project.source_named(source).public:
        return told, []
    profiles = {place: _Profile.of(event, home) for place, (event, _) in enumerate(told) if event.name == IDENTIFY}
    profiles = {place: profile for place, profile in profiles.items() if profile.addresses}
    if not profiles:
        return told, []
    known = await told_contacts.load_told_contacts(connection, {told[place][1] for place in profiles})
    fixed = {key: contact for key, contact in known.items() if not _may_change(source, contact.source, sources)}
    changed, kept = list(told), list[KeptContact]()
    for place, profile in profiles.items():
        event, customer = told[place]
        own = {channel: contact for (owner, channel), contact in fixed.items() if owner == customer} if fixed else {}
        if passed_over := profile.passed_over(own):
            changed[place] = (profile.without(passed_over, event), customer)
            kept += [KeptContact(event.index, trait, differs) for trait, differs in passed_over.items()]
    return changed, kept


@dataclass(frozen=True, slots=True)
class _Profile:
    """The traits of one `identify`, and the addresses among them by trait; None: taken back."""

    traits: Mapping[str, Any]
    addresses: Mapping[str, Sequence[tuple[Channel, str | None]]]

    @classmethod
    def of(cls, event: IncomingEvent, region: str | None) -> _Profile:
        """The profile as it will be stored: addresses are read by the same `region`, the shop's country."""
        traits = contacts.collect_traits(event.traits, event.context)
        named = {trait: {trait: traits[trait]} for trait in contacts.TRAIT_CHANNELS if trait in traits}
        found = {trait: tuple(contacts.read_addresses(value, region=region)) for trait, value in named.items()}
        return cls(traits, {trait: addresses for trait, addresses in found.items() if addresses})

    def passed_over(self, fixed: Mapping[str, ToldContact]) -> dict[str, bool]:
        """The traits about `fixed` contacts, by channel; and whether each was to change one."""
        found = {}
        for trait, addresses in self.addresses.items():
            differences = [
                difference
                for channel, address in addresses
                if channel in fixed and (difference := _differs(fixed[channel], channel, address)) is not None
            ]
            if differences:
                found[trait] = any(differences)
        return found

    def without(self, passed_over: Collection[str], event: IncomingEvent) -> IncomingEvent:
        """The event without these traits. Its context stays: the token's device is known by its id there."""
        return replace(event, traits={name: value for name, value in self.traits.items() if name not in passed_over})


def _differs(known: ToldContact, channel: Channel, said: str | None) -> bool | None:
    """Whether the address is another one than the known; None if the known one leaves room for it."""
    same = said is not None and address_key(channel, said) == known.address_key
    if known.state == REMOVED:  # the customer may have a new address, but not the one that was taken back
        return True if same else None
    return not same


def _may_change(source: str, told_by: str | None, sources: Mapping[str, Source]) -> bool:
    """Whether a public source may change what that one told: its own word, or another public one's."""
    return told_by == source or (told_by is not None and told_by in sources and sources[told_by].public)
