"""The YAML that is read here: whatever is taken means the same to readers of YAML 1.2 and of YAML 1.1."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from typing import Any

import yaml  # reads YAML 1.1
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.parser import parse_yaml

WORDS = st.from_regex(r"\A[-+]?[0-9a-zA-Z_.:+=~<-]{1,12}\Z")
NUMBERS = st.from_regex(r"\A[-+]?(0[xob])?[0-9_]{1,22}(\.[0-9_]{0,4})?(e[-+]?[0-9]{1,2})?(:[0-9]{1,2})?\Z")


def ours(text: str) -> Node | None:
    return parse_yaml(text.encode(), "file.yaml", [])


def same(value: Any, other: Any) -> bool:
    """Whether another reader's value is ours; numbers by what they amount to."""
    if isinstance(value, Decimal):
        return isinstance(other, float) and float(value) == other
    return type(value) is type(other) and value == other


@settings(max_examples=300, deadline=None)
@given(st.one_of(WORDS, NUMBERS))
@example("yes").via("1.1 calls it true")
@example("12:30").via("1.1 counts it in sixties")
@example("010").via("1.1 calls it eight")
@example("0o10").via("1.2 calls it eight")
@example("1e3").via("a float to 1.2 alone")
@example("=").via("1.1 has a type of its own for it")
@example("<<").via("1.1 merges by it")
@example("0._").via("a float to 1.1")
def test_a_plain_word_that_is_taken_is_the_same_to_every_reader(word: str) -> None:
    node = ours(f"a: {word}\n")
    if node is None or not isinstance(node.value, dict) or "a" not in node.value:
        return
    value = node.value["a"].value
    assert same(value, YAML(typ="safe", pure=True).load(StringIO(f"a: {word}\n"))["a"])
    assert same(value, yaml.safe_load(f"a: {word}\n")["a"])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_quoted_text_comes_back_as_it_was_written_or_is_refused(text: str) -> None:
    written = "".join(f"\\x{ord(c):02x}" if ord(c) < 32 else c for c in text.replace("\\", "\\\\").replace('"', '\\"'))
    node = ours(f'a: "{written}"\n')
    if node is not None and isinstance(node.value, dict):
        assert node.value["a"].value == text
