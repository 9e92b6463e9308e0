"""How much is tried: a little, from a seed of its own, or as much as `make fuzz` says."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("KASKAD_FUZZ_EXAMPLES", "0"))  # 0: the small form


def amount(small: int) -> settings:
    """The settings of a trial: `small` examples that are always the same, or those of `make fuzz`, always others."""
    return settings(
        max_examples=EXAMPLES or small,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
