"""Where the project is: the nearest folder upward that holds `configs/`."""

from __future__ import annotations

from pathlib import Path

from kaskad.domain.errors import ProjectNotFound


def find_project_root(start: Path) -> Path:
    """The nearest folder, from `start` upward, that holds `configs/`. Raises ProjectNotFound with where it looked."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "configs").is_dir():
            return folder
    above = ", ".join(map(str, start.parents)) or "there is none"
    raise ProjectNotFound(
        f"no folder 'configs' in {start} or in a folder above it ({above}): "
        "go into the project's folder, or name it with --project"
    )
