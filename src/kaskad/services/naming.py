"""Finds the person whom a request names: by a user id, by `kind:value`, or by an address. There is no other way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kaskad.domain.addresses.address_key import address_key, parse_address
from kaskad.domain.channel import Channel
from kaskad.domain.cleaning import is_storable, without_blanks
from kaskad.domain.errors import Conflict, NotFound
from kaskad.domain.identities.rules import ADDRESS_KINDS, EMAIL, PHONE, USER_ID
from kaskad.domain.journeys.project import Project
from kaskad.storage.database import Connection
from kaskad.storage.reading import people
from kaskad.storage.reading.people import FoundPerson

# Kinds that are addresses as well: a contact in one of these channels is enough to be found.
CHANNELS: Mapping[str, tuple[Channel, ...]] = {
    EMAIL: (Channel.EMAIL,),
    PHONE: (Channel.SMS, Channel.VIBER, Channel.CALL),
}
MOST_SHOWN = 10  # candidates: a number of the shop's own can be that of thousands


class SeveralPeople(Conflict):
    """The name is that of `count` people; nobody guesses. `candidates` are ids that tell some of them apart."""

    problem = "several-customers"

    def __init__(self, named: str, candidates: Sequence[str] = (), count: int = 2) -> None:
        self.named, self.candidates = named, tuple(candidates)
        ways = " or ".join(f"'{way}'" for way in candidates) or "'kind:value', as 'user_id:U1'"
        more = f", or another of {count}" if candidates and count > len(candidates) else ""
        super().__init__(f"several customers are known as '{named}': write {ways}{more}")

    @property
    def members(self) -> Mapping[str, Any]:
        """The candidates, for programs."""
        return {"candidates": list(self.candidates)} if self.candidates else {}


async def find_person(connection: Connection, named: str, project: Project, *, any_kind: bool = False) -> FoundPerson:
    """Returns the person with that user id, or with that `kind:value`; of `any_kind`, with any id of that value.

    `email:` and `phone:` find whoever has the address, in any spelling. Raises NotFound, and SeveralPeople.
    """
    found: dict[int, FoundPerson] = {}
    for person in await _find_all(connection, without_blanks(named), project, any_kind=any_kind):
        found.setdefault(person.customer, person)
    if not found:
        how = "; give an id that events name the customer by, such as the user id, or card:C1" if any_kind else ""
        raise NotFound(f"no customer is known as '{named}'{how}")
    if len(found) > 1:
        told = [await _tell_apart(connection, person, named) for person in [*found.values()][:MOST_SHOWN]]
        raise SeveralPeople(named, list(filter(None, told)), len(found))
    return next(iter(found.values()))


async def _find_all(connection: Connection, named: str, project: Project, *, any_kind: bool) -> list[FoundPerson]:
    if not is_storable(named):
        return []
    kinds = [USER_ID, *(await people.list_kinds(connection, named) if any_kind else ())]
    found = [person for kind in dict.fromkeys(kinds) for person in await people.find_people(connection, kind, [named])]
    kind, colon, value = named.partition(":")
    if colon and (value := without_blanks(value)):
        found += await _find_by_kind(connection, kind, value, project=project)
    return found


async def _find_by_kind(connection: Connection, kind: str, value: str, *, project: Project) -> list[FoundPerson]:
    """Returns who has this id; an address is compared as all addresses are, and also looked for among contacts."""
    if kind not in CHANNELS:
        return await people.find_people(connection, kind, [value])
    read = [(channel, parse_address(channel, value, project.shop.home)) for channel in CHANNELS[kind]]
    known = [(channel, address) for channel, address in read if address]
    keyed = [(channel, key) for channel, address in known if (key := address_key(channel, address))]
    spellings = {value, *(address for _, address in known), *(key for _, key in keyed)}
    return await people.find_people(connection, kind, sorted(spellings), addresses=keyed)


async def _tell_apart(connection: Connection, person: FoundPerson, named: str) -> str | None:
    """Returns an id of theirs, an address only if there is no other, as `kind:value`; None if there is none."""
    told = person
    if person.kind in ADDRESS_KINDS or f"{person.kind}:{person.value}" == named:
        told = await people.find_owner(connection, person.customer) or person
    return f"{told.kind}:{told.value}" if told.kind else None
