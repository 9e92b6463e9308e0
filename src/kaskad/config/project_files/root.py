"""Finds the project: the nearest folder upward that contains `configs/`."""

from __future__ import annotations

from pathlib import Path

from kaskad.domain.errors import ProjectNotFound


def find_project_root(start: Path) -> Path:
    """The nearest folder, from `start` upward, with `configs/`. Raises ProjectNotFound with the folders it searched."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "configs").is_dir():
            return folder
    above = ", ".join(map(str, start.parents)) or "there is none"
    raise ProjectNotFound(
        f"no folder 'configs' in {start} or in a folder above it ({above}): "
        "go into the project's folder, or name it with --project"
    )
