"""Every address that is known of a customer: those of now, and earlier ones that their events and messages name."""

from __future__ import annotations

from collections.abc import Sequence

from kaskad.domain.addresses.address_key import address_key
from kaskad.services.ingestion import contacts
from kaskad.storage.database import Connection
from kaskad.storage.people import addresses, personal_data
from kaskad.storage.people.addresses import Address


async def list_known_addresses(connection: Connection, customers: Sequence[int], region: str | None) -> list[Address]:
    """Returns each channel and `address_key`; an address without a key by itself. `region` is the shop's country."""
    written = set(await addresses.list_written_addresses(connection, customers))
    for traits in await personal_data.list_told_traits(connection, customers):
        told = (*contacts.read_addresses(traits, region=region), *contacts.read_devices(traits))
        written |= {(str(channel), address) for channel, address in told if address}
    return sorted({(channel, address_key(channel, address) or address) for channel, address in written})
