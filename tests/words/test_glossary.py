"""Names that the glossary retired are found where they are defined, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.words.glossary_check import find_files, find_problems, read_retired

RETIRED = """Press
speak
hearing
BENCH
take_look
kaskad.domain.look
kaskad.storage:Path
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/glossary.md").write_text(f"# Glossary\n\n```retired\n{RETIRED}```\n")
    return tmp_path


def write(project: Path, file: str, text: str = "") -> None:
    (project / file).parent.mkdir(parents=True, exist_ok=True)
    (project / file).write_text(text)


def found(project: Path) -> list[str]:
    return list(find_problems(project, find_files(project)))


@pytest.mark.parametrize(
    ("file", "text", "line", "entry"),
    [
        ("src/kaskad/a.py", "import os\n\n\nclass Press:\n    pass\n", 4, "Press"),
        ("src/kaskad/a.py", "class _Press:\n    pass\n", 1, "Press"),
        ("flows/a.py", "async def speak() -> None: ...\n", 1, "speak"),
        ("tasks/a.py", "class A:\n    def _speak(self) -> None: ...\n", 2, "speak"),
        ("tests/a.py", "if True:\n    BENCH: int = 1\n", 2, "BENCH"),
        ("src/kaskad/a.py", "FIRST, BENCH = 1, 2\n", 1, "BENCH"),
        ("tests/unit/hearing.py", "", 1, "hearing"),
        ("src/kaskad/storage/sql/entrances/take_look.sql", "SELECT 1", 1, "take_look"),
        ("src/kaskad/domain/look.py", "", 1, "kaskad.domain.look"),
        ("src/kaskad/storage/a/b.py", "class Path: ...\n", 1, "kaskad.storage:Path"),
    ],
)
def test_a_retired_name_is_found_where_it_is_defined(
    project: Path, file: str, text: str, line: int, entry: str
) -> None:
    write(project, file, text)
    assert found(project) == [f"{file}:{line}: '{entry}' is retired: docs/glossary.md"]


def test_a_retired_folder_is_found_once(project: Path) -> None:
    write(project, "src/kaskad/hearing/__init__.py")
    write(project, "src/kaskad/hearing/a.py")
    assert found(project) == ["src/kaskad/hearing:1: 'hearing' is retired: docs/glossary.md"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("src/kaskad/a.py", "def a(speak: int) -> None:\n    Press = speak\n    def speak() -> None: ...\n"),
        ("src/kaskad/a.py", "class A:\n    speak: int = 1\n    BENCH = 2\n"),
        ("src/kaskad/a.py", "A = [speak for speak in range(3)]\nA[0] = 1\n"),
        ("src/kaskad/a.py", "class PressRoom: ...\ndef speaker() -> None: ...\ndef press() -> None: ...\n"),
        ("src/kaskad/hearing_aid.py", "from b import Press\n"),
        ("src/kaskad/cli/look.py", "class Path: ...\n"),
        ("docs/hearing.py", "class Press: ...\n"),
    ],
)
def test_locals_attributes_and_names_that_contain_one_are_free(project: Path, file: str, text: str) -> None:
    write(project, file, text)
    assert found(project) == []


def test_a_glossary_without_the_block_is_an_error(project: Path) -> None:
    (project / "docs/glossary.md").write_text("# Glossary\n")
    with pytest.raises(ValueError, match="has no block"):
        found(project)


def test_the_list_of_the_glossary_can_be_read() -> None:
    retired = read_retired(ROOT)
    assert {"Press", "Knock", "kaskad.domain.look"} <= retired
    assert all(name.replace(".", "").replace(":", "").isidentifier() for name in retired)
