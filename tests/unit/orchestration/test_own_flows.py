"""Flows come with Kaskad; a project with its own runs those, and what else is called so is in nobody's way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.paths import ROOT

ASK = """
import json, sys
from kaskad.orchestration.own_flows import at_hand
at_hand(sys.argv[1])
import flows, tasks
print(json.dumps([next(iter(package.__path__)) for package in (flows, tasks)]))
"""
OWN = {"flows/__init__.py": "", "flows/journey.py": ""}
OF_KASKAD = [str(ROOT / "flows"), str(ROOT / "tasks")]


def found(project: Path, files: Mapping[str, str]) -> list[str]:
    """Where a process that stands elsewhere finds `flows` and `tasks` for a project with these files."""
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    said = subprocess.run(
        [sys.executable, "-c", ASK, str(project)], cwd="/", capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    places: list[str] = json.loads(said.stdout)
    return places


@pytest.mark.parametrize(
    "files",
    [
        {"configs/policy.yaml": "", "templates/hello/sms.yaml": ""},
        {"tasks.py": "raise SystemExit('not ours to run')"},  # of another tool, which looks for that name
        {"flows/of_data.json": "{}", "tasks/main.yml": ""},
        {"flows/__init__.py": "raise SystemExit('not ours to run')"},
    ],
    ids=["only configs and templates", "a file tasks.py", "folders for something else", "another package flows"],
)
def test_a_project_without_flows_of_its_own_has_those_of_kaskad(tmp_path: Path, files: Mapping[str, str]) -> None:
    assert found(tmp_path, files) == OF_KASKAD


def test_a_project_with_flows_of_its_own_runs_those(tmp_path: Path) -> None:
    own = {**OWN, "tasks/advance.py": ""}  # without __init__.py: a package all the same
    assert found(tmp_path, own) == [str(tmp_path / "flows"), str(tmp_path / "tasks")]


def test_own_flows_may_use_the_tasks_of_kaskad_and_modules_of_the_project(tmp_path: Path) -> None:
    files = {**OWN, "flows/__init__.py": "import of_the_shop", "of_the_shop.py": ""}
    assert found(tmp_path, files) == [str(tmp_path / "flows"), OF_KASKAD[1]]
