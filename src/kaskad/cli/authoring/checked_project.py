"""The project as the commands for authors load it."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from kaskad.services.projects import loading
from kaskad.services.projects.loading import LoadedProject
from kaskad.settings import HOME


def load_checked(root: Path, messages: Collection[str] = ()) -> LoadedProject:
    """The loaded project, with these messages too. Raises InvalidFiles."""
    return loading.load_project_with(root, messages, cache_folder(root))


def cache_folder(root: Path) -> Path:
    """The folder that caches compiled templates, so that unchanged ones are not compiled again."""
    return Path(os.environ.get("KASKAD_HOME") or root / HOME) / "templates"
