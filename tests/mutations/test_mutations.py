"""The list of rules and their tests is as the source is: nothing in it has rotted."""

from __future__ import annotations

import ast
from collections import Counter
from functools import lru_cache

import pytest
from mutants import MUTATIONS, Mutation
from trial import ROOT


def named(mutation: Mutation) -> str:
    return mutation.rule.replace(" ", "-")


@lru_cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text())
    said = {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    made = {
        one.id
        for line in tree.body
        if isinstance(line, ast.Assign)
        for one in ast.walk(line)
        if isinstance(one, ast.Name)
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


def test_each_rule_is_told_once() -> None:
    assert [rule for rule, count in Counter(one.rule for one in MUTATIONS).items() if count > 1] == []
