"""The suppression key: whether this process has the one that the database was made with."""

from __future__ import annotations

from kaskad.domain.addresses.address_hash import HASHED, AddressHasher
from kaskad.domain.errors import WrongSuppressionKey
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

BATCH_SIZE = 1_000  # addresses that are hashed in one transaction
TABLES = {"suppression": "plain_suppressions", "refused_address": "plain_refusals"}


async def verify_key(connection: Connection, hasher: AddressHasher) -> None:
    """Returns if the database's addresses are hashed with this key. The first key that a database sees is its key.

    Raises WrongSuppressionKey: with another key nobody could tell which addresses are closed, so nothing is sent.
    """
    if hasher.is_verified:
        return
    if (known := await read_fingerprint(connection)) is not None:
        hasher.is_verified = known == hasher.fingerprint
    else:  # not verified yet: this transaction may be rolled back
        await connection.execute(
            "INSERT INTO suppression_key (fingerprint) VALUES (%(fingerprint)s) ON CONFLICT DO NOTHING",
            {"fingerprint": hasher.fingerprint},
        )
        known = await read_fingerprint(connection)
    if known != hasher.fingerprint:
        raise WrongSuppressionKey


async def read_fingerprint(connection: Connection) -> str | None:
    """The fingerprint of the database's key; None if no address was stored yet."""
    cursor = await connection.execute("SELECT fingerprint FROM suppression_key")
    row = await cursor.fetchone()
    return row["fingerprint"] if row else None


async def hash_plain_addresses(connection: Connection, hasher: AddressHasher, table: str) -> int:
    """Hashes the next closed addresses of the table that an earlier version stored in plain. Returns how many.

    They were read in plain until then: no message goes in between. Raises WrongSuppressionKey.
    """
    await verify_key(connection, hasher)
    params = {"limit": BATCH_SIZE, "hashed": HASHED}
    cursor = await connection.execute(query(TABLES[table]), params)
    plain = [(row["channel"], row["address"]) for row in await cursor.fetchall()]
    if plain:
        keyed = {
            "channels": [channel for channel, _ in plain],
            "keys": [address for _, address in plain],
            "hashes": [hasher.hash(channel, address) for channel, address in plain],
        }
        await connection.execute(query("create_addresses"), keyed)
        await connection.execute(query(f"hash_{TABLES[table]}"), keyed)
    return len(plain)
