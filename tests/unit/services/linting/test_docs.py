"""docs/linting.md and the rules say the same, and every example in it is found by its rule and by no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kaskad.services.linting import RULES, Rule
from tests.support.paths import ROOT
from tests.support.plain_yaml import plain
from tests.unit.services.linting.linted import JOURNEY, found, write

DOCS = (ROOT / "docs" / "linting.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL))
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
FILE = re.compile(r"# (\S+/\S+\.yaml)\n")


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_each_rule_has_a_section_and_each_section_a_rule() -> None:
    assert list(SECTIONS) == [rule.name for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_section_says_what_the_rule_says(rule: Rule) -> None:
    section = one_line(SECTIONS[rule.name])
    assert f"*{rule.severity}*" in section
    assert one_line(rule.why) in section
    assert f"**Fix:** {one_line(rule.fix)}" in section


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_is_found_by_its_rule_alone(rule: Rule, root: Path) -> None:
    blocks = BLOCK.findall(SECTIONS[rule.name])
    assert blocks
    for block in blocks:
        file = FILE.match(block)
        write(root, file[1] if file else "configs/journeys/x.yaml", block if file else {**JOURNEY, **plain(block)})
    assert found(root) == [rule.name]


def test_the_journey_under_the_examples_is_in_order(root: Path) -> None:
    write(root, "configs/journeys/x.yaml", JOURNEY)
    assert found(root) == []
