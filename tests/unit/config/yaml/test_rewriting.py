"""Changes in a file leave every other character as it was."""

from __future__ import annotations

import pytest

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.parser import parse_yaml
from kaskad.config.yaml.rewriter import YamlRewriter, flow_mapping, quote_if_needed

TEXT = """\
# The first line.
title:   "A title"      # lined up
list:
  - {name: one,   other: 1}   # flow
  - name: two    # block
    other: 2
  - {}
# The last line.
"""


def at(text: str, *trail: str | int) -> Node:
    node = parse_yaml(text.encode(), "x.yaml", [])
    for part in trail:
        assert node is not None
        node = node.value[part]  # type: ignore[index]
    assert node is not None
    return node


def test_a_value_in_quotes_is_replaced_and_nothing_else() -> None:
    rewriting = YamlRewriter(TEXT)
    rewriting.replace(at(TEXT, "title"), "B: b")
    assert rewriting.text() == TEXT.replace('"A title"', '"B: b"')


@pytest.mark.parametrize(
    ("entry", "old", "new"),
    [
        (0, "{name: one,", "{new: yet, name: one,"),
        (1, "  - name: two ", "  - new: yet\n    name: two "),
        (2, "{}", "{new: yet}"),
    ],
    ids=["flow", "block", "empty"],
)
def test_an_entry_is_put_first_in_the_form_of_its_mapping(entry: int, old: str, new: str) -> None:
    rewriting = YamlRewriter(TEXT)
    rewriting.insert(at(TEXT, "list", entry), "new", "yet")
    assert rewriting.text() == TEXT.replace(old, new)


def test_several_changes_at_once_and_a_line_above() -> None:
    rewriting = YamlRewriter(TEXT)
    rewriting.insert_above(at(TEXT, "list").key, "moved: {a: b}")
    rewriting.replace(at(TEXT, "list", 1, "name"), "second")
    rewriting.replace(at(TEXT, "list", 0, "name"), "first")
    expected = TEXT.replace("list:", "moved: {a: b}\nlist:").replace("one", "first").replace("two", "second")
    assert rewriting.text() == expected


def test_the_line_ends_of_windows_stay() -> None:
    text = TEXT.replace("\n", "\r\n")
    rewriting = YamlRewriter(text)
    rewriting.insert(at(text, "list", 1), "new", "yet")
    assert rewriting.text() == text.replace("  - name: two ", "  - new: yet\r\n    name: two ")


@pytest.mark.parametrize("value", ["no", "on", "010", "1e3", "a: b", "# a", "12:30", "", " a", "-", "null", "=", "é"])
def test_what_could_be_read_otherwise_is_put_in_quotes(value: str) -> None:
    assert quote_if_needed(value).startswith('"')
    assert at(f"a: {quote_if_needed(value)}\n", "a").value == value
    assert at(f"a: {flow_mapping([(value, value)])}\n", "a", value).value == value


@pytest.mark.parametrize("value", ["hello", "second_letter", "two words"])
def test_a_plain_word_stays_plain(value: str) -> None:
    assert quote_if_needed(value) == value
