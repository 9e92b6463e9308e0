"""Closed addresses: which there are, and how an operator opens one again. They are stored by a keyed hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from kaskad.domain.addresses.address_hash import AddressHasher
from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import Channel
from kaskad.domain.errors import NotFound, Rejected
from kaskad.domain.outcome import Reason
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ports import HasAddressHasher, HasDatabase
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import devices
from kaskad.storage.people import addresses, suppression_key
from kaskad.storage.queries import query

# What somebody unsubscribed from is lifted by a grant of theirs, and by nobody else.
LIFTABLE = (Reason.COMPLAINED, Reason.ADDRESS_DEAD)


class SuppressionDeps(HasDatabase, HasAddressHasher, Protocol):
    """What closed addresses need."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """A closed address: everything in its channel, or one journey. `address` is the hash."""

    channel: str
    address: str
    journey: str
    reason: str
    source: str
    at: datetime


async def prepare(deps: SuppressionDeps) -> None:
    """Makes sure that this process has the database's suppression key, and hashes what is still stored in plain.

    Raises WrongSuppressionKey.
    """
    async with deps.database.transaction() as connection:
        await suppression_key.verify_key(connection, deps.address_hasher)
    for table in suppression_key.TABLES:
        count = suppression_key.BATCH_SIZE
        while count == suppression_key.BATCH_SIZE:
            count = await run_in_transaction(
                deps.database,
                partial(suppression_key.hash_plain_addresses, hasher=deps.address_hasher, table=table),
            )


async def list_suppressions(
    deps: SuppressionDeps, *, channel: str | None = None, address: str | None = None, limit: int
) -> Sequence[Suppression]:
    """Returns closed addresses, the latest first; with `address`, those of this one, in a channel or in all.

    Raises Rejected if the address is not valid in any of them.
    """
    asked = [channel] if channel else list(Channel) if address else [None]
    keys = {name: address_key(name, address) if name and address else None for name in asked}
    if address and not any(keys.values()):
        raise Rejected(f"'{address}' is no address that can be closed")
    found: list[Suppression] = []
    async with deps.database.transaction() as connection:
        await suppression_key.verify_key(connection, deps.address_hasher)
        for name, key in keys.items():
            if address and not key:
                continue
            hashed = deps.address_hasher.hash(name, key) if name and key else None
            params = {"channel": name, "hash": hashed, "plain": key, "limit": limit}
            cursor = await connection.execute(query("list_suppressions"), params)
            found += [Suppression(**row) for row in await cursor.fetchall()]
    found.sort(key=lambda closed: (closed.channel, closed.address, closed.journey))
    return sorted(found, key=lambda closed: closed.at, reverse=True)[:limit]


async def lift(deps: SuppressionDeps, channel: str, address: str, *, by: str, why: str) -> Sequence[Suppression]:
    """Opens the address again, for everybody who has it; returns what closed it. Consents stay as they are.

    Raises Rejected if it is no address or there is no `why`; NotFound if no complaint or failed delivery closed it.
    """
    key = address_key(channel, address)
    if key is None:
        raise Rejected(f"'{address}' is no address of the channel {channel}")
    if not why.strip():
        raise Rejected("say why, with --reason: it is stored, and whoever asks later can read it")
    lifted = await run_in_transaction(
        deps.database,
        partial(_lift, hasher=deps.address_hasher, channel=channel, key=key, by=by, why=why.strip()),
    )
    if not lifted:
        raise NotFound(f"no complaint and no failed delivery closed this address in the channel {channel}")
    return lifted


async def _lift(
    connection: Connection, *, hasher: AddressHasher, channel: str, key: str, by: str, why: str
) -> list[Suppression]:
    await addresses.lock_with_holders(connection, hasher, [(channel, key)], customers=())
    hashed = hasher.hash(channel, key)
    params = {
        "channel": channel,
        "key": key,
        "hash": hashed,
        "reasons": list(LIFTABLE),
        "by": by,
        "why": why,
        "now": await clock.read_now(connection),
    }
    cursor = await connection.execute(query("lift_suppressions"), params)
    lifted = [Suppression(address=hashed, **row) for row in await cursor.fetchall()]
    if lifted:
        await devices.choose_for_holders(connection, channel, key)
    return lifted
