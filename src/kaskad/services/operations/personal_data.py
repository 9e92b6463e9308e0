"""The right to be left alone: everything that is stored of a customer, given out or erased.

Of who was forgotten, rows stay that are counted (messages, entries, money of orders), under a number that nothing leads
back from. An event that comes later begins a new customer.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

from kaskad.domain.addresses.mentions import narrow, wide
from kaskad.domain.errors import NotFound, Unavailable
from kaskad.domain.own_sources import OwnSource
from kaskad.domain.values.plain import plain
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ingestion.consenting.consents import PURPOSES
from kaskad.services.naming import find_person
from kaskad.services.operations.known_addresses import list_known_addresses
from kaskad.services.ports import HasAddressHasher, HasCatalogue, HasDatabase
from kaskad.storage import clock, enrollments
from kaskad.storage.database import Connection, read_as_of_now
from kaskad.storage.enrollments import MergeRace
from kaskad.storage.ingestion import refused_addresses
from kaskad.storage.people import addresses, mentions, personal_data
from kaskad.storage.people.addresses import Address
from kaskad.storage.people.suppression_key import verify_key

SOURCE = OwnSource.FORGET


class PersonalDataDeps(HasDatabase, HasAddressHasher, HasCatalogue, Protocol):
    """What giving out and forgetting need."""


class StillSending(Unavailable):
    """Something is on its way to the customer at this moment; it is settled within the lease."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Who was forgotten, by the number that stays, and how many rows were deleted or emptied, by table."""

    customer: int
    counts: Mapping[str, int]


async def export(deps: PersonalDataDeps, named: str) -> dict[str, Any]:
    """Returns every stored row about the customer, by table. Raises NotFound, or SeveralPeople if several fit the name.

    Of addresses it has what is stored by their hash: raises WrongSuppressionKey rather than leave that out.
    """
    async with deps.database.transaction() as connection:
        await verify_key(connection, deps.address_hasher)
        await deps.catalogue.refresh(connection)
    async with deps.database.transaction() as connection:
        await read_as_of_now(connection)  # a split in between would give out half of somebody else
        customer = (await find_person(connection, named, deps.catalogue.project, any_kind=True)).customer
        members = await personal_data.list_members(connection, customer)
        rows = await personal_data.export(connection, members)
        about = await _export_by_address(connection, deps, members)
        document = {"exported_at": (await clock.read_now(connection)).isoformat(), **rows, **about}
        return {table: plain(found) for table, found in document.items()}


async def _export_by_address(
    connection: Connection, deps: PersonalDataDeps, members: Sequence[int]
) -> dict[str, list[dict[str, Any]]]:
    """Returns what names the customer by an id or an address alone; nothing that may be about somebody else.

    Of an address that somebody else has too, rejected events are theirs perhaps; whether it is closed concerns both.
    """
    known = await list_known_addresses(connection, members, deps.catalogue.project.shop.home)
    own = set(known) - await addresses.list_held(connection, known, members)
    now = set(await addresses.list_addresses_of(connection, members))
    names = narrow(await mentions.list_ids(connection, members), own)
    found = {"rejected_event": await mentions.export_rejected(connection, names)}
    for table, of in (("suppression", own | now), ("refused_address", own | now), ("address_touch", {*known, *now})):
        hashes = {address: deps.address_hasher.hash(*address) for address in sorted(of)}
        found[table] = await personal_data.export_by_hash(connection, table, hashes, customers=members)
    return found


async def find(deps: PersonalDataDeps, named: str) -> str:
    """Returns an id of the customer, as `kind:value`; the name itself if there is none. Raises as `forget` does."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        person = await find_person(connection, named, deps.catalogue.project, any_kind=True)
    return f"{person.kind}:{person.value}" if person.kind else named


async def forget(deps: PersonalDataDeps, named: str, *, by: str) -> Forgotten:
    """Erases what names the customer. Raises NotFound, SeveralPeople if several fit the name, or StillSending.

    Whoever gets one of the addresses later gets no marketing there before they ask for it: it is known by its hash.
    """
    return await run_in_transaction(deps.database, partial(_forget, deps=deps, named=named, by=by))


async def _forget(connection: Connection, *, deps: PersonalDataDeps, named: str, by: str) -> Forgotten:
    await deps.catalogue.refresh(connection)
    customer = (await find_person(connection, named, deps.catalogue.project, any_kind=True)).customer
    if await enrollments.lock_customers(connection, [customer]):  # meanwhile, by somebody else
        raise NotFound(f"no customer is known as '{named}'")
    again = await find_person(connection, named, deps.catalogue.project, any_kind=True)
    if again.customer != customer:  # a split, or an id that moved: somebody else would be erased
        raise MergeRace
    members = await personal_data.list_members(connection, customer)
    if await personal_data.count_busy(connection, members):
        raise StillSending("a message to this customer is being sent at this moment: ask again in two minutes")
    now = await clock.read_now(connection)
    theirs = await list_known_addresses(connection, members, deps.catalogue.project.shop.home)
    await addresses.lock_addresses(connection, deps.address_hasher, theirs)
    left = set(theirs) - await addresses.list_held(connection, theirs, members)
    await refused_addresses.store(connection, [row | {"at": now} for row in _refusals(customer, sorted(left))])
    hashes = [(channel, deps.address_hasher.hash(channel, key)) for channel, key in theirs]
    await addresses.anonymize_touches(connection, members, hashes)
    await refused_addresses.anonymize(connection, members, hashes)
    names = wide(await mentions.list_ids(connection, members), theirs)
    counts = {
        "rejected_event": await mentions.forget_rejected(connection, names),
        "withdrawal_by_address": await mentions.forget_withdrawals(connection, names),
        "alert": await mentions.forget_texts(connection, names, members),
        **await personal_data.erase(connection, members, salt=secrets.token_hex(16), now=now),
    }
    counts["address"] = await addresses.delete_unused(connection, theirs)
    await personal_data.record(connection, customer, counts, by=by, now=now)
    return Forgotten(customer, counts)


def _refusals(customer: int, left: Sequence[Address]) -> Iterator[dict[str, Any]]:
    """Yields a withdrawal of every purpose by each of these addresses, in its channel; its id leads back to nobody.

    An address that somebody else has is not among them: their own word stands. What closed it, stays.
    """
    for channel, key in left:
        said = {"customer_id": customer, "reached_by": channel, "address": key, "channel": channel, "topic": None}
        said |= {"source": SOURCE, "message_id": str(uuid4())}
        yield from (said | {"purpose": purpose} for purpose in PURPOSES)
