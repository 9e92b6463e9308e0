"""Finds the person whom a request names: by a user id, by `kind:value`, or by an address."""

from __future__ import annotations

from typing import Protocol

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.errors import Conflict, NotFound
from kaskad.domain.identities.rules import USER_ID
from kaskad.domain.journeys.project import Project
from kaskad.services.ingestion import contacts, event_limits, parsing
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage.database import Connection
from kaskad.storage.reading import people
from kaskad.storage.reading.people import FoundPerson

BY_ADDRESS = ("email", "phone")  # kinds that are addresses as well: a contact is enough to be found


class ReadingDeps(HasDatabase, HasCatalogue, Protocol):
    """What reading needs."""


class SeveralPeople(Conflict):
    """The name is that of several people; nobody guesses."""

    problem = "several-customers"


async def find_person(connection: Connection, named: str, project: Project, *, any_kind: bool = False) -> FoundPerson:
    """Returns the person with that user id, or with that `kind:value`; of `any_kind`, with any id of that value.

    `email:` and `phone:` find whoever has the address, in any spelling. Raises NotFound, and SeveralPeople.
    """
    named = parsing.id_of(named)  # without blanks around it, as ids are stored
    if not event_limits.fits_index(named):
        raise NotFound("no customer has an id as long as this one")
    found = {person.customer: person for person in await people.find_people(connection, USER_ID, [named])}
    kind, colon, value = named.partition(":")
    if colon and (value := parsing.id_of(value)):
        found |= {person.customer: person for person in await _find_by_kind(connection, kind, value, project=project)}
    if any_kind and not found:
        for each in await people.list_kinds(connection, named):
            found |= {person.customer: person for person in await people.find_people(connection, each, [named])}
    if not found:
        raise NotFound(f"no customer is known as '{named}'")
    if len(found) > 1:
        raise SeveralPeople(f"several customers are known as '{named}': name one by 'kind:value', as user_id:U1")
    return next(iter(found.values()))


async def _find_by_kind(connection: Connection, kind: str, value: str, *, project: Project) -> list[FoundPerson]:
    """Returns who has this id; an address is compared as all addresses are, and also looked for among contacts."""
    if kind not in BY_ADDRESS:
        return await people.find_people(connection, kind, [value])
    read = contacts.read_addresses({kind: value}, region=project.shop.home)
    known = [(channel, address) for channel, address in read if address]
    keyed = [(channel, key) for channel, address in known if (key := address_key(channel, address))]
    spellings = {value, *(address for _, address in known), *(key for _, key in keyed)}
    return await people.find_people(connection, kind, sorted(spellings), addresses=keyed)
