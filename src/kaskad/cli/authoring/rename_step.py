"""`kaskad rename-step`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from kaskad.cli import output
from kaskad.cli.session import find_project_folder
from kaskad.services.projects.step_renaming import rename_step as rename


def rename_step(project: Path | None, journey: str, step: str, to: str, as_json: bool) -> None:
    """Changes the file, and prints the step's new name."""
    renamed = rename(find_project_folder(project), journey.replace("-", "_"), step, to)
    if as_json:
        output.print_json(asdict(renamed))
    else:
        output.print_lines([f"{renamed.path}: '{renamed.old}' is '{renamed.new}' now, and whoever stands there stays"])
