"""The suppression key: whether this process has the one that the database was made with."""

from __future__ import annotations

from kaskad.domain.address_hash import AddressHasher
from kaskad.domain.errors import WrongSuppressionKey
from kaskad.storage.database import Connection


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
