"""Chance that repeats: every draw is keyed by a seed and by what is drawn, so one customer never disturbs another."""

from __future__ import annotations

import hashlib
import random


def seeded_random(*key: object) -> random.Random:
    """A generator that draws the same numbers for the same key, in every process."""
    return random.Random(_text(key))  # noqa: S311 - it must repeat, which secrets must not


def seeded_number(*key: object) -> int:
    """A number of 64 bits that looks random and depends on the key alone."""
    return int.from_bytes(hashlib.blake2b(_text(key).encode(), digest_size=8).digest())


def _text(key: tuple[object, ...]) -> str:
    return ":".join(map(str, key))
