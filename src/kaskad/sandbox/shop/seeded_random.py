"""Repeatable random numbers: each has a key of the seed and its subject, so that customers do not affect each other."""

from __future__ import annotations

import hashlib
import random


def seeded_random(*key: object) -> random.Random:
    """A generator that gives the same numbers for the same key, in every process."""
    return random.Random(_text(key))  # noqa: S311 - it must repeat, and is not for secrets


def seeded_number(*key: object) -> int:
    """A number of 64 bits that looks random and depends only on the key."""
    return int.from_bytes(hashlib.blake2b(_text(key).encode(), digest_size=8).digest())


def _text(key: tuple[object, ...]) -> str:
    return ":".join(map(str, key))
