"""Catalogs: named objects that other files refer to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kaskad.config.yaml.node import InvalidNode, Node
from kaskad.config.yaml.problem_text import join_with_or, unknown_name
from kaskad.config.yaml.scalars import check_name as a_name
from kaskad.config.yaml.scalars import read_text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Catalog(Generic[T]):
    """The definitions of one file, by name. `broken` names have an invalid one: its problems are already added."""

    kind: str
    items: dict[str, T] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()

    def find(self, node: Node) -> T:
        """The object that the node names; an unknown name is a problem, with the closest known name."""
        return self.named(read_text(node), node)

    def named(self, name: str, node: Node, at_key: bool = False) -> T:
        """The object with that name; problems are added at the node, or at its key."""
        if name in self.items:
            return self.items[name]
        if name in self.broken:
            raise InvalidNode
        trouble = unknown_name(self.kind, name, [*self.items, *self.broken])
        raise node.key_error(trouble) if at_key else node.error(trouble)

    def choice(self) -> str:
        """The possible names, as a text."""
        names = sorted({*self.items, *self.broken})
        return f"name a {self.kind}: {join_with_or(names)}" if names else f"no {self.kind} is defined yet"

    def name(self, node: Node) -> str:
        """The valid name itself."""
        self.find(node)
        return read_text(node)


def read_catalog(kind: str, node: Node, read: Callable[[str, Node], T]) -> Catalog[T]:
    """Reads a file that is a mapping of names to definitions; invalid ones are `broken`."""
    items: dict[str, T] = {}
    try:
        fields = node.mapping()
    except InvalidNode:
        fields = {}
    for key, value in fields.items():
        try:
            items[key] = read(a_name(key, value), value)
        except InvalidNode:
            continue
    return Catalog(kind, items, frozenset(fields) - frozenset(items))
