"""Digests: the same input always gives the same text."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any


def to_json_text(value: Any) -> str:
    """Returns the value as JSON in ASCII, whatever it contains: also values that no database stores."""
    try:
        return json.dumps(value, sort_keys=True, default=repr)
    except (ValueError, RecursionError):  # a number of too many digits, too many nested levels
        return f"{type(value).__name__} that cannot be written down"


def compute_digest(*parts: Any) -> str:
    """Returns 32 characters that identify these parts."""
    return blake2b(to_json_text(parts).encode(), digest_size=16).hexdigest()
