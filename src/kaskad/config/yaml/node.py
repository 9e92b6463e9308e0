"""A value of a YAML file with its position, so that readers can report where a problem is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from kaskad.config.yaml.problem_text import shorten
from kaskad.domain.errors import Problem

S = TypeVar("S")
T = TypeVar("T")
PlainValue = str | int | Decimal | bool | None


class InvalidNode(Exception):
    """The value is not usable. Its problem is already added: code that catches this continues with the rest."""


@dataclass(frozen=True, slots=True, order=True)
class SourcePosition:
    """The position of a value; lines and columns count from 1. `path` is relative to the project."""

    path: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its position. `key` is the position of its key; problems are added to `problems`."""

    value: PlainValue | tuple[Node, ...] | dict[str, Node]
    place: SourcePosition
    key: SourcePosition
    problems: list[Problem] = field(repr=False, compare=False)

    def error(self, text: str) -> InvalidNode:
        """Adds a problem with the value; the caller raises the result."""
        return self._noted(self.place, text)

    def key_error(self, text: str) -> InvalidNode:
        """Adds a problem with the key; the caller raises the result."""
        return self._noted(self.key, text)

    def _noted(self, place: SourcePosition, text: str) -> InvalidNode:
        self.problems.append(Problem(place.path, place.line, place.column, text))
        return InvalidNode()

    def mapping(self) -> dict[str, Node]:
        """The values by key; an empty file or value is an empty mapping."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.error(f"a mapping of keys and values is needed here, not {self.said}")
        return self.value

    def list(self) -> tuple[Node, ...]:
        """The entries."""
        if not isinstance(self.value, tuple):
            raise self.error(f"a list is needed here, not {self.said}")
        return self.value

    def each(self, read: Callable[[Node], T]) -> tuple[T, ...]:
        """Every entry, read. All of them are tried, so that all their problems are added."""
        return read_all(self.list(), read)

    def fields(self, read: Callable[[str, Node], T]) -> dict[str, T]:
        """Every key with its value, read; all of them are tried."""
        nodes = self.mapping()
        values = read_all(list(nodes.items()), lambda item: read(*item))
        return dict(zip(nodes, values, strict=True))

    def plain(self) -> Any:
        """The value without positions, as in JSON."""
        if isinstance(self.value, tuple):
            return [each.plain() for each in self.value]
        if isinstance(self.value, dict):
            return {key: each.plain() for key, each in self.value.items()}
        return float(self.value) if isinstance(self.value, Decimal) else self.value

    def under(self, key: str) -> Iterator[Node]:
        """Yields the values of that key, here and at any depth below."""
        inner = self.value if isinstance(self.value, tuple) else ()
        if isinstance(self.value, dict):
            inner = tuple(self.value.values())
            yield from [self.value[key]] if key in self.value else []
        for each in inner:
            yield from each.under(key)

    @property
    def said(self) -> str:
        """The value as problems show it."""
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, tuple):
            return "a list"
        if self.value is None:
            return "nothing"
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return f"'{shorten(str(self.value))}'"


def read_all(nodes: Sequence[S], read: Callable[[S], T]) -> tuple[T, ...]:
    """Every node, read; raises InvalidNode after the last one if any was invalid."""
    values: list[T] = []
    for node in nodes:
        try:
            values.append(read(node))
        except InvalidNode:
            continue
    if len(values) < len(nodes):
        raise InvalidNode
    return tuple(values)
