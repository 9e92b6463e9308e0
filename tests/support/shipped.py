"""The shipped project, read and compiled once a process: reading it is half of what opening a stack costs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kaskad.config import read_promo_codes
from kaskad.domain.journeys.project import Promo
from kaskad.services.projects import loading
from tests.support.paths import ROOT

CACHE = ROOT / ".kaskad" / "templates"


@lru_cache(maxsize=1)
def shipped_draft() -> loading.LoadedProject:
    """The project in this repository, with its messages compiled. Frozen: tests edit copies."""
    return loading.load_project(ROOT, CACHE)


@lru_cache(maxsize=8)
def shipped_codes(promo: str) -> list[str]:
    """Enough of the shipped promo's codes for a test: all 4,000 would cost more than the rest of a stack."""
    said: Promo = shipped_draft().project.promos[promo]
    return read_promo_codes(ROOT, said)[: said.warn_below + 100]


def with_templates(home: Path) -> Path:
    """The home, made where it is missing, with what other tests compiled: MJML takes its time."""
    home.mkdir(parents=True, exist_ok=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    (home / "templates").symlink_to(CACHE)
    return home
