"""Every broken file of `broken/`, and exactly what is said of it.

`broken/KIND/NAME.yaml` is laid over the good project in `broken/project`: as a journey or a campaign of that name, or
in place of the file KIND.yaml. Its lines `# expect: FILE:LINE:COLUMN: …` are all that is said then, and in that order.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from kaskad.config import check_project

BROKEN = Path(__file__).parent / "broken"
PROJECT = BROKEN / "project"
FILES = sorted(path for path in BROKEN.glob("*/*.yaml") if path.parent != PROJECT)
IN_FOLDERS = ("journeys", "campaigns")
EXPECTED = re.compile(rb"^# expect: (.*)$", re.MULTILINE)


def said_of(path: Path | None, root: Path) -> list[str]:
    """What is said of the good project with this file in it."""
    shutil.copytree(PROJECT, root, dirs_exist_ok=True)
    if path:
        kind = path.parent.name
        target = root / "configs" / (f"{kind}/{path.name}" if kind in IN_FOLDERS else f"{kind}.yaml")
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
    return [str(problem) for problem in check_project(root, {})[1]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_said_of_a_broken_file(path: Path, tmp_path: Path) -> None:
    expected = [line.decode() for line in EXPECTED.findall(path.read_bytes())]
    assert said_of(path, tmp_path) == expected
    assert expected, "a file that is not broken does not belong here"


@pytest.mark.parametrize("folder", sorted((BROKEN / "together").iterdir()), ids=lambda folder: folder.name)
def test_what_is_said_of_several_files_at_once(folder: Path, tmp_path: Path) -> None:
    """A folder laid over the good project: `expect.txt` has every problem of all of its files."""
    shutil.copytree(PROJECT, tmp_path, dirs_exist_ok=True)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    said = [str(problem) for problem in check_project(tmp_path, {})[1]]
    assert said == (folder / "expect.txt").read_text().splitlines()


def test_the_project_under_them_is_good(tmp_path: Path) -> None:
    assert said_of(None, tmp_path) == []


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 60
