"""What reading needs."""

from __future__ import annotations

from typing import Protocol

from kaskad.services.ports import HasCatalogue, HasDatabase


class ReadingDeps(HasDatabase, HasCatalogue, Protocol):
    """What reading needs."""
