"""YAML as our own parser reads it → plain values, as a schema's validator takes them."""

from __future__ import annotations

from typing import Any

from kaskad.config.yaml.parser import parse_yaml
from kaskad.domain.errors import Problem


def plain(text: str) -> Any:
    """The document; fails the test where it is no YAML of ours."""
    problems: list[Problem] = []
    node = parse_yaml(text.encode(), "file.yaml", problems)
    assert node is not None, problems
    return node.plain()
