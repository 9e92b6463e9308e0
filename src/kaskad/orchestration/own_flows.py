"""Where `flows` and `tasks` come from: the project if it has its own, else Kaskad's package."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import kaskad

MARKS = {"flows": "journey.py", "tasks": "advance.py"}  # a package → the module that identifies it as Kaskad's
STEP = "kaskad.orchestration.own_flows.at_hand"  # the name in a deployment's pull step


def at_hand(project: str) -> dict[str, str]:
    """Returns nothing to Prefect's pull steps; afterwards `flows` and `tasks` are imported, even if other modules have
    these names.

    They are imported here from their folders, and not searched on the path later: a project may have a `tasks.py` or a
    folder `flows` for something else. Raises ImportError.
    """
    if project not in sys.path:
        sys.path.insert(0, project)  # for imports in a project's own flows
    for package in MARKS:
        _import_from(find_package_folder(package, Path(project)), package)
    return {}


def find_package_folder(package: str, project: Path) -> Path:
    """The folder that holds the package: the project if it has its own, else the one that came with Kaskad."""
    if (project / package / MARKS[package]).is_file():
        return project
    return _find_bundled()


def _find_bundled() -> Path:
    """The folder in the installed package, else in the checkout."""
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
