"""Whatever lies in `configs/`: problems at their places, never a traceback, and within a second."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaskad.config import check_project
from kaskad.config.project_files.files import PROJECT_FILES
from kaskad.config.test_files.reader import read_journey_tests
from kaskad.domain.errors import InvalidFiles, Problem
from kaskad.domain.journeys.project import Project
from tests.support.paths import ROOT

PROJECT = Path(__file__).parent / "broken" / "project"
SHIPPED = ROOT / "configs"
TESTS = "journeys/tests/good"  # read where everything else is good
TARGETS = ["journeys/fuzzed", "campaigns/fuzzed", TESTS, *PROJECT_FILES]
TEST = 'given: {start: "2027-03-02 12:00"}\ntests:\n  - case: a\n    when: [{at: +40m, event: cart_updated}]\n'
SOURCES = [
    TEST,
    *(path.read_text() for folder in (SHIPPED, PROJECT / "configs") for path in sorted(folder.rglob("*.yaml"))),
]
WORDS = sorted({word.strip("{}[],:\"'") for text in SOURCES for word in text.split() if word.isprintable()} - {""})
HOSTILE = [
    "\u202e",
    "\u200b",
    "\ufeff",
    "\0",
    "\x85",
    "\u2028",
    "é",
    "🛒",
    "\U000e0041",
    "\ud800",
    "'",
    '"',
    "\\",
    "\t",
    "\r",
]
LONGEST = 1.0  # second, on a machine that others use too
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT, tmp_path, dirs_exist_ok=True)
    for folder in ("campaigns", "journeys/tests"):
        (tmp_path / "configs" / folder).mkdir(exist_ok=True)
    return tmp_path


def said_of(root: Path, target: str, data: bytes) -> None:
    """Lays the file over the good project: what is said has a place in it, or the project loads."""
    path = root / "configs" / f"{target}.yaml"
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(data)
    began = time.process_time()
    try:
        project, problems = check_project(root, {})
        if project and target == TESTS:
            problems = problems_of_tests(root, project)
    finally:
        path.unlink() if before is None else path.write_bytes(before)
    assert time.process_time() - began < LONGEST
    assert (project is None) == bool(problems) or target == TESTS
    assert project is None or isinstance(project, Project)
    lines = data.count(b"\n") + 1
    for problem in problems:
        assert problem.path.startswith("configs/") and problem.text
        assert "\n" not in str(problem) and "Traceback" not in problem.text
        assert 1 <= problem.line <= (lines + 1 if problem.path.endswith(f"{target}.yaml") else 1000)
        assert problem.column >= 1


def problems_of_tests(root: Path, project: Project) -> list[Problem]:
    try:
        read_journey_tests(root, project)
    except InvalidFiles as error:
        return list(error.problems)
    return []


def written(value: Any) -> str:
    """A tree in YAML's flow form; texts as they are, so that some of it is no YAML."""
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(each)}" for key, each in value.items()) + "}"
    return str(value)


scalars = st.one_of(st.sampled_from(WORDS), st.integers(), st.booleans(), st.floats(allow_nan=False), st.just("null"))
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)),
    max_leaves=25,
)
targets = st.sampled_from(TARGETS)


@quick
@given(targets, st.dictionaries(st.sampled_from(WORDS), trees, max_size=8))
def test_random_trees_of_words_that_the_language_has(root: Path, target: str, tree: dict[str, Any]) -> None:
    said_of(root, target, written(tree).encode())


@quick
@given(targets, st.binary(max_size=300))
def test_random_bytes(root: Path, target: str, data: bytes) -> None:
    said_of(root, target, data)


@quick
@given(targets, st.text(st.sampled_from([*HOSTILE, *"{}[]:,-#&*!|>%@`? \na1"]), max_size=80))
def test_hostile_signs(root: Path, target: str, text: str) -> None:
    said_of(root, target, text.encode("utf-8", "surrogatepass"))


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good file in which some pieces were taken out, doubled, moved, or made into something else."""
    parts = draw(st.sampled_from(SOURCES)).splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(parts) - 1))
        line = parts[at]
        cut = draw(st.integers(0, len(line)))
        sign = draw(st.sampled_from([*HOSTILE, *WORDS, "", "{", "]", ": ", "  ", "\n", "- ", "9" * 30, "null", "~"]))
        parts[at] = draw(
            st.sampled_from([line[:cut] + sign + line[cut:], line[:cut] + sign + "\n", "", line * 2, f"  {line}"])
        )
    return "".join(parts)


@settings(quick, max_examples=150)
@given(targets, mutated())
def test_good_files_that_somebody_has_spoilt(root: Path, target: str, text: str) -> None:
    said_of(root, target, text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "{a: " * 100_000,
        "- " * 300_000,
        "a: [" + "1, " * 19_000 + "]",
        "? " * 100_000,
        '"' + "\\x41" * 250_000,
    ],
    ids=lambda text: text[:6],
)
def test_what_is_made_to_exhaust_the_reader(root: Path, text: str) -> None:
    said_of(root, "journeys/fuzzed", text.encode())
