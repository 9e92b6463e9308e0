"""Where `flows` and `tasks` come from: the project, where it has its own, else what comes with Kaskad."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import kaskad

MARKS = {"flows": "journey.py", "tasks": "advance.py"}  # a package → the module by which it is known as ours
STEP = "kaskad.orchestration.own_flows.at_hand"  # as a deployment's pull step names it


def at_hand(project: str) -> dict[str, str]:
    """Nothing, for Prefect's pull steps; afterwards `flows` and `tasks` can be imported, whatever else is called so.

    They are imported here, each from its place, and not found on the path later: a project may have a `tasks.py` or a
    folder `flows` for something else altogether. Raises ImportError.
    """
    if project not in sys.path:
        sys.path.insert(0, project)  # what a project's own flows import
    for package in MARKS:
        _import_from(find_package_folder(package, Path(project)), package)
    return {}


def find_package_folder(package: str, project: Path) -> Path:
    """The folder that holds the package: the project if it has its own, else the one that came with Kaskad."""
    if (project / package / MARKS[package]).is_file():
        return project
    return _find_bundled()


def _find_bundled() -> Path:
    """In the package where it was installed, else the checkout."""
    installed = Path(kaskad.__file__).parent
    packed = installed / "prefect_project"
    return packed if packed.is_dir() else installed.parents[1]


def _import_from(place: Path, package: str) -> None:
    if package in sys.modules:
        return
    sys.path.insert(0, str(place))
    try:
        importlib.invalidate_caches()
        importlib.import_module(package)
    finally:
        sys.path.remove(str(place))
