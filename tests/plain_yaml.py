"""YAML as our own parser reads it → plain values, as a schema's validator takes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kaskad.config.node import Node
from kaskad.config.yaml_text import read_yaml
from kaskad.domain.errors import Problem


def plain(text: str) -> Any:
    """The document; fails the test where it is no YAML of ours."""
    problems: list[Problem] = []
    node = read_yaml(text.encode(), "file.yaml", problems)
    assert node is not None, problems
    return _plain(node)


def _plain(node: Node) -> Any:
    if isinstance(node.value, tuple):
        return [_plain(each) for each in node.value]
    if isinstance(node.value, dict):
        return {key: _plain(each) for key, each in node.value.items()}
    return float(node.value) if isinstance(node.value, Decimal) else node.value
