"""Who is left out, and who takes which path: sticky shares by hash, the same on every machine and at every time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal


def hash_to_fraction(salt: str, customer: int) -> Decimal:
    """Where this customer stands between 0 and 1 under that salt. blake2, never `hash()`: that differs per process."""
    digest = hashlib.blake2b(f"{salt}:{customer}".encode(), digest_size=8).digest()
    return Decimal(int.from_bytes(digest)) / Decimal(2**64)


def in_holdout(journey: str, customer: int, share: Decimal) -> bool:
    """Whether this customer is kept out of the journey, to measure what it earns."""
    return share > 0 and hash_to_fraction(f"holdout:{journey}", customer) < share


def in_control_group(customer: int, share: Decimal) -> bool:
    """Whether this customer is outside all marketing, to measure what all of it earns together."""
    return share > 0 and hash_to_fraction("control_group", customer) < share


def pick_path(journey: str, split: str, customer: int, shares: Mapping[str, Decimal]) -> str:
    """The name of the path that this customer takes; `shares` are 1 together.

    Laid out by name, not as they stand in the file: putting them in another order moves nobody.
    """
    place, reached = hash_to_fraction(f"split:{journey}/{split}", customer), Decimal(0)
    for name in sorted(shares):
        reached += shares[name]
        if place < reached:
            return name
    raise ValueError(f"the shares of '{split}' make {reached}, not 1")
