"""Addresses: the second mutex. Customers are locked first, by their ids; then addresses, in the order of their keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from kaskad.domain.addresses.address_hash import AddressHasher
from kaskad.domain.channel import Channel
from kaskad.domain.decisions.shared_address import AddressTouch
from kaskad.domain.journeys.journey import Purpose
from kaskad.storage import enrollments
from kaskad.storage.arrays import array
from kaskad.storage.database import Connection
from kaskad.storage.people.suppression_key import verify_key
from kaskad.storage.queries import query

Address = tuple[str, str]  # channel and `address_key`
Recipient = tuple[int, Channel]  # a customer in one channel


class HolderRace(Exception):
    """Somebody got the address while others waited for it, and is busy: roll back and try again."""


@dataclass(frozen=True, slots=True)
class SendContact:
    """Where a customer is reached in a channel. `key` is None if the address is invalid."""

    channel: Channel
    address: str
    key: str | None
    hash: str | None  # of an address that has a row of its own

    @property
    def of(self) -> Address:
        """The address that is locked; its key must exist."""
        assert self.key is not None
        return self.channel, self.key


async def lock_addresses(connection: Connection, hasher: AddressHasher, addresses: Iterable[Address]) -> None:
    """Locks these addresses until the transaction ends, and creates the rows of new ones. The customers are locked.

    A transaction calls it once. Raises WrongSuppressionKey, and HolderRace if a row went while this waited for it.
    """
    wanted = sorted(set(addresses))
    if not wanted:
        return
    await verify_key(connection, hasher)
    params = _params(hasher, wanted)
    async with connection.pipeline():
        await connection.execute(query("create_addresses"), params)
        locked = await connection.execute(query("lock_addresses"), params)
    if locked.rowcount < len(wanted):  # their last owner was forgotten
        raise HolderRace


async def lock_with_holders(
    connection: Connection, hasher: AddressHasher, addresses: Sequence[Address], *, customers: Iterable[int]
) -> None:
    """Locks these customers and all who have one of the addresses, then the addresses. Raises HolderRace."""
    locked = {*customers, *await find_holders(connection, addresses)}
    await enrollments.lock_customers(connection, sorted(locked))
    await lock_addresses(connection, hasher, addresses)
    await lock_new_holders(connection, addresses, locked)


async def lock_dead_addresses(
    connection: Connection, hasher: AddressHasher, outcomes: Iterable[Mapping[str, Any]]
) -> None:
    """Locks the addresses that do not work, of these rows of outcomes: settling closes them for everybody."""
    dead = [(str(row["channel"]), row["address_key"]) for row in outcomes if row["address_dead"] and row["address_key"]]
    await lock_addresses(connection, hasher, dead)


async def find_new_addresses(connection: Connection, contacts: Sequence[Mapping[str, Any]]) -> list[Address]:
    """Of these rows of contacts and devices, the addresses that their customers do not have yet; they are locked."""
    keyed = [row for row in contacts if row["address_key"]]
    if not keyed:
        return []
    params = {
        "customers": array(row["customer_id"] for row in keyed),
        "channels": [str(row["channel"]) for row in keyed],
        "keys": [row["address_key"] for row in keyed],
    }
    cursor = await connection.execute(query("new_addresses"), params)
    return [(row["channel"], row["key"]) for row in await cursor.fetchall()]


async def find_holders(connection: Connection, addresses: Iterable[Address]) -> list[int]:
    """The customers who have one of these addresses now, as a contact or as a device."""
    wanted = sorted(set(addresses))
    if not wanted:
        return []
    params = {"channels": [channel for channel, _ in wanted], "keys": [key for _, key in wanted]}
    cursor = await connection.execute(query("find_holders"), params)
    return [row["customer_id"] for row in await cursor.fetchall()]


async def lock_new_holders(connection: Connection, addresses: Iterable[Address], locked: Collection[int]) -> None:
    """Locks whoever got one of these addresses since its holders were locked. The addresses are locked: nobody follows.

    Here a customer comes after an address, so it does not wait. Raises HolderRace if one of them is busy.
    """
    late = set(await find_holders(connection, addresses)).difference(locked)
    if late and len(await enrollments.lock_available_customers(connection, sorted(late))) < len(late):
        raise HolderRace


async def list_addresses_of(connection: Connection, customers: Iterable[int]) -> list[Address]:
    """Every address and device that these customers have; an address without a key by itself."""
    wanted = sorted(set(customers))
    if not wanted:
        return []
    cursor = await connection.execute(
        """SELECT channel, coalesce(address_key, address) AS key FROM contact
            WHERE customer_id = ANY(%(customers)s) AND state <> 'removed'
            UNION SELECT channel, address_key FROM device
            WHERE customer_id = ANY(%(customers)s) AND state <> 'removed' AND address_key <> '' ORDER BY 1, 2""",
        {"customers": wanted},
    )
    return [(row["channel"], row["key"]) for row in await cursor.fetchall()]


async def list_written_addresses(connection: Connection, customers: Sequence[int]) -> list[tuple[str, str]]:
    """Every channel and address, as written, that is stored of these customers: also removed ones, and of messages."""
    cursor = await connection.execute(query("written_addresses"), {"customers": list(customers)})
    return [(row["channel"], row["address"]) for row in await cursor.fetchall()]


async def list_held(connection: Connection, addresses: Iterable[Address], without: Sequence[int]) -> set[Address]:
    """Those of these addresses that somebody has now who is none of these customers. The addresses are locked."""
    wanted = sorted(set(addresses))
    params = {"channels": [channel for channel, _ in wanted], "keys": [key for _, key in wanted], "without": without}
    cursor = await connection.execute(query("held_addresses"), params)
    return {(row["channel"], row["key"]) for row in await cursor.fetchall()}


async def load_send_contacts(
    connection: Connection, hasher: AddressHasher, recipients: Iterable[Recipient]
) -> dict[Recipient, SendContact]:
    """Where each is reached; creates the rows of addresses that were written before there were any.

    The customers are locked. Raises WrongSuppressionKey.
    """
    wanted = sorted(set(recipients))
    await verify_key(connection, hasher)
    found = await _query_contacts(connection, wanted)
    if missing := sorted({contact.of for contact in found.values() if contact.key and not contact.hash}):
        await connection.execute(query("create_addresses"), _params(hasher, missing))
        found = await _query_contacts(connection, wanted)
    return found


async def _query_contacts(connection: Connection, wanted: Sequence[Recipient]) -> dict[Recipient, SendContact]:
    cursor = await connection.execute(query("send_contacts"), _recipient_params(wanted))
    return {
        (row["customer_id"], Channel(row["channel"])): SendContact(
            Channel(row["channel"]), row["address"], row["key"], row["hash"]
        )
        for row in await cursor.fetchall()
    }


async def delete_unused(connection: Connection, addresses: Iterable[Address]) -> int:
    """Deletes the rows of these addresses if nobody has them any more. They are locked. What closed them is kept."""
    wanted = sorted(set(addresses))
    cursor = await connection.execute(
        """DELETE FROM address a USING unnest(%(channels)s::text[], %(keys)s::text[]) AS w(channel, key)
            WHERE a.channel = w.channel AND a.key = w.key
              AND NOT EXISTS (SELECT FROM contact k WHERE k.channel = a.channel AND k.address_key = a.key)
              AND NOT EXISTS (SELECT FROM device d WHERE d.channel = a.channel AND d.address_key = a.key)""",
        {"channels": [channel for channel, _ in wanted], "keys": [key for _, key in wanted]},
    )
    return cursor.rowcount


async def list_unheld(connection: Connection, after: Address, limit: int) -> tuple[list[Address], Address | None]:
    """Of the next `limit` addresses by key: those that nobody has, locked; and the last one, None at the end.

    What another transaction has locked is passed over: somebody may be getting it.
    """
    params = {"channel": after[0], "key": after[1], "limit": limit}
    cursor = await connection.execute(query("unheld_addresses"), params)
    rows = await cursor.fetchall()
    unheld = [(row["channel"], row["key"]) for row in rows if row["unheld"]]
    last = next(((row["channel"], row["key"]) for row in rows if row["is_last"]), None)
    return unheld, last


async def lock_for_sending(connection: Connection, recipients: Iterable[Recipient]) -> set[Recipient]:
    """Those of these whose addresses nobody else has locked; locked."""
    cursor = await connection.execute(query("lock_for_sending"), _recipient_params(sorted(set(recipients))))
    return {(row["customer_id"], Channel(row["channel"])) for row in await cursor.fetchall()}


async def load_touches(
    connection: Connection, addresses: Iterable[tuple[str, str]], since: datetime
) -> dict[tuple[str, str], list[AddressTouch]]:
    """What was sent to each address (channel and hash) since then, or may have been; oldest first."""
    wanted = sorted(set(addresses))
    if not wanted:
        return {}
    params = {"channels": [channel for channel, _ in wanted], "hashes": [hash_ for _, hash_ in wanted], "since": since}
    cursor = await connection.execute(query("address_touches"), params)
    found: dict[tuple[str, str], list[AddressTouch]] = {}
    for row in await cursor.fetchall():
        touch = AddressTouch(row["customer_id"], row["journey"], row["step"], Purpose(row["purpose"]), row["at"])
        found.setdefault((row["channel"], row["hash"]), []).append(touch)
    return found


async def write_touches(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stores which addresses these messages are given to a provider for. The addresses are locked."""
    if rows:
        await connection.execute(query("write_address_touches"), {"rows": Jsonb(list(rows))})


async def anonymize_touches(
    connection: Connection, customers: Sequence[int], hashes: Sequence[tuple[str, str]]
) -> None:
    """What these customers were sent at these addresses (channel and hash) counts on, without leading back to them."""
    params = {
        "customers": list(customers),
        "channels": [channel for channel, _ in hashes],
        "hashes": [hash_ for _, hash_ in hashes],
    }
    await connection.execute(query("anonymize_address_touches"), params)


async def delete_touches(connection: Connection, before: datetime, limit: int) -> int:
    """Deletes touches from before the instant. Returns how many; less than `limit` at the end."""
    cursor = await connection.execute(query("delete_address_touches"), {"before": before, "limit": limit})
    return cursor.rowcount


def _params(hasher: AddressHasher, addresses: Sequence[Address]) -> dict[str, list[str]]:
    return {
        "channels": [channel for channel, _ in addresses],
        "keys": [key for _, key in addresses],
        "hashes": [hasher.hash(channel, key) for channel, key in addresses],
    }


def _recipient_params(recipients: Sequence[Recipient]) -> dict[str, Any]:
    return {
        "customers": array(customer for customer, _ in recipients),
        "channels": [str(channel) for _, channel in recipients],
    }
