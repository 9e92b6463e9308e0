"""The shipped project, read and compiled once a process: reading it is half of what opening a stack costs."""

from __future__ import annotations

from functools import lru_cache

from kaskad.services.projects import loading
from tests.support.paths import ROOT

CACHE = ROOT / ".kaskad" / "templates"


@lru_cache(maxsize=1)
def shipped_draft() -> loading.LoadedProject:
    """The project in this repository, with its messages compiled. Frozen: tests edit copies."""
    return loading.load_project(ROOT, CACHE)
