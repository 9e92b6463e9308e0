"""The list of rules and their tests is as the source is: nothing in it has rotted."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from tests.mutations.mutants import MUTATIONS, Mutation
from tests.mutations.mutation import SOURCE
from tests.support.paths import ROOT


def named(mutation: Mutation) -> str:
    return mutation.rule.replace(" ", "-")


@lru_cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text())
    said = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    made = {
        node.id
        for line in tree.body
        if isinstance(line, ast.Assign)
        for node in ast.walk(line)
        if isinstance(node, ast.Name)
    }
    return frozenset(said | made)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=named)
def test_what_is_undone_stands_in_the_source_once(mutation: Mutation) -> None:
    assert mutation.found(ROOT) == 1
    assert mutation.new != mutation.old


@pytest.mark.parametrize("mutation", MUTATIONS, ids=named)
def test_who_must_notice_is_there(mutation: Mutation) -> None:
    for test in mutation.tests:
        file, _, name = test.partition("::")
        assert name in names_in(file)


def test_what_is_undone_names_nothing_that_is_not_there(tmp_path: Path) -> None:
    """Else any test turns red, and the rule is held by nobody."""
    for number, mutation in enumerate(MUTATIONS):
        if mutation.file.endswith(".py"):
            source = (ROOT / SOURCE / mutation.file).read_text()
            (tmp_path / f"m{number}.py").write_text(source.replace(mutation.old, mutation.new))
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", "--output-format", "concise"]
    found = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True, check=False).stdout
    by_number = {int(name): line for line in found.splitlines() for name in re.findall(r"/m(\d+)\.py:", line)}
    assert {MUTATIONS[number].rule: line for number, line in by_number.items()} == {}


def test_each_rule_is_told_once() -> None:
    assert [rule for rule, count in Counter(mutation.rule for mutation in MUTATIONS).items() if count > 1] == []
