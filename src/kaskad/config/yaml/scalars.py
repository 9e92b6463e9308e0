"""Reads single values: texts, numbers, names, words of a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import shorten, unknown_name

E = TypeVar("E", bound=StrEnum)
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")


def read_text(node: Node) -> str:
    """A non-empty text."""
    if not isinstance(node.value, str):
        raise node.error(f"a text is needed here, not {node.said}")
    if not node.value.strip():
        raise node.error("a text is needed here, not an empty one")
    return node.value


def read_matching(pattern: re.Pattern[str], node: Node, hint: str) -> str:
    """The text, if the pattern matches it; `hint` ends the sentence "… is not"."""
    if not pattern.match(read_text(node)):
        raise node.error(f"{node.said} is not {hint}")
    return read_text(node)


def check_name(value: str, node: Node) -> str:
    """The valid name of an object that a file defines; problems are added at the node's key."""
    if not NAME.match(value):
        raise node.key_error(
            f"'{shorten(value)}' is not a name: small letters a–z, digits and _, beginning with a letter"
        )
    return value


def read_boolean(node: Node) -> bool:
    """True or false."""
    if not isinstance(node.value, bool):
        raise node.error(f"true or false is needed here, not {node.said}")
    return node.value


def read_number(node: Node) -> Decimal:
    """A number, exact."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | Decimal):
        raise node.error(f"a number is needed here, not {node.said}")
    return Decimal(node.value)


def integer_between(least: int = 0, most: int = 1_000_000) -> Callable[[Node], int]:
    """A reader of integers within the bounds, both included."""

    def read(node: Node) -> int:
        if isinstance(node.value, bool) or not isinstance(node.value, int):
            raise node.error(f"a whole number is needed here, not {node.said}")
        if not least <= node.value <= most:
            raise node.error(f"a whole number from {least} to {most} is needed here, not {node.said}")
        return node.value

    return read


def one_of(kind: str, allowed: Collection[str]) -> Callable[[Node], str]:
    """A reader of one of these words."""

    def read(node: Node) -> str:
        value = read_text(node)
        if value not in allowed:
            raise node.error(unknown_name(kind, value, allowed))
        return value

    return read


def enum_member(kind: str, enum: type[E]) -> Callable[[Node], E]:
    """A reader of one member of the enum."""
    read = one_of(kind, [each.value for each in enum])
    return lambda node: enum(read(node))
