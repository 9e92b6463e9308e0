"""Holdouts, control group and experiments: shares by hash, the same on every machine and at every time."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from decimal import Decimal


def hash_to_fraction(salt: str, customer: int) -> Decimal:
    """The customer's fraction between 0 and 1 for that salt. blake2, never `hash()`: that differs per process."""
    digest = hashlib.blake2b(f"{salt}:{customer}".encode(), digest_size=8).digest()
    return Decimal(int.from_bytes(digest)) / Decimal(2**64)


def in_holdout(journey: str, customer: int, share: Decimal, *, members: Collection[int] = ()) -> bool:
    """Whether this customer is in the journey's holdout, which measures what the journey earns.

    `members` are customers who turned out to be this one, and were refused as part of it: they stay in it. Others
    count no more: each would be one more toss, and the surer to be outside the more visitors somebody was.
    """
    return _is_outside(f"holdout:{journey}", {customer, *members}, share)


def in_control_group(customer: int, share: Decimal, *, members: Collection[int] = ()) -> bool:
    """Whether this customer is in the control group: no marketing at all, to measure what all of it earns."""
    return _is_outside("control_group", {customer, *members}, share)


def _is_outside(salt: str, customers: Collection[int], share: Decimal) -> bool:
    return share > 0 and any(hash_to_fraction(salt, customer) < share for customer in customers)


def pick_path(journey: str, split: str, customer: int, *, shares: Mapping[str, Decimal]) -> str:
    """The name of the path that this customer takes; the `shares` add up to 1.

    Paths are ordered by name, not as in the file: a new order in the file changes no customer's path.
    """
    place, reached = hash_to_fraction(f"split:{journey}/{split}", customer), Decimal(0)
    for name in sorted(shares):
        reached += shares[name]
        if place < reached:
            return name
    raise ValueError(f"the shares of '{split}' make {reached}, not 1")
