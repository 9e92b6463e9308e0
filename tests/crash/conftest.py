"""Crash tests use the house of the integration tests; their own processes are `victim_process.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
