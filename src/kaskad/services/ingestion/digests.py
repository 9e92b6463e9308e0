"""A text that is the same whenever the same is sent again."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any


def to_json_text(value: Any) -> str:
    """The value as JSON in plain characters, whatever it holds: also what no database does."""
    try:
        return json.dumps(value, sort_keys=True, default=repr)
    except (ValueError, RecursionError):  # a number of too many digits, a nest of too many levels
        return f"{type(value).__name__} that cannot be written down"


def compute_digest(*parts: Any) -> str:
    """32 characters that tell these parts from any others."""
    return blake2b(to_json_text(parts).encode(), digest_size=16).hexdigest()
