"""Who is left out on purpose: sticky shares by hash, the same on every machine and at every time."""

from __future__ import annotations

import hashlib
from decimal import Decimal


def share_of(salt: str, customer: int) -> Decimal:
    """Where this customer stands between 0 and 1 under that salt. blake2, never `hash()`: that differs per process."""
    digest = hashlib.blake2b(f"{salt}:{customer}".encode(), digest_size=8).digest()
    return Decimal(int.from_bytes(digest)) / Decimal(2**64)


def held_out(journey: str, customer: int, share: Decimal) -> bool:
    """Whether this customer is kept out of the journey, to measure what it earns."""
    return share > 0 and share_of(f"holdout:{journey}", customer) < share
