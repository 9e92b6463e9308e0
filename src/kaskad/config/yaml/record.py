"""Reads a mapping key by key. A key that was never read is unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from kaskad.config.yaml.node import InvalidNode, Node
from kaskad.config.yaml.problem_text import closest_name, unknown_name

D = TypeVar("D")
T = TypeVar("T")


class Record:
    """Reads needed (`need`) and optional (`get`) keys; then `done()` raises if there were problems.

    Until `done()` has returned, an invalid value is None, whatever its type says; so read all keys first, and use them
    after it.
    """

    def __init__(self, node: Node) -> None:
        self.node = node
        self._fields = node.mapping()
        self._asked: list[str] = []
        self._missing: dict[str, str] = {}
        self._failed = False

    def has(self, key: str) -> bool:
        """Whether the key exists; from now on it is a known key."""
        self._asked.append(key)
        return key in self._fields

    def at(self, key: str) -> Node:
        """The value of an existing key."""
        return self._fields[key]

    def need(self, key: str, read: Callable[[Node], T], hint: str) -> T:
        """The value of a required key; `hint` says what to write if it is missing."""
        if self.has(key):
            return self._read(key, read)
        self.missing(key, hint)
        return cast(T, None)

    def get(self, key: str, read: Callable[[Node], T], default: D) -> T | D:
        """The value of an optional key."""
        return self._read(key, read) if self.has(key) else default

    def table(self, key: str, read: Callable[[str, Node], T]) -> dict[str, T]:
        """The mapping under an optional key, with all its values read."""
        return self._read(key, lambda node: node.fields(read)) if self.has(key) else {}

    def missing(self, key: str, hint: str) -> None:
        """Adds the problem that the key is missing, unless an unknown key is a misspelling of it."""
        self._missing[key] = hint

    def error(self, node: Node, text: str, *, key: bool = False) -> None:
        """Adds a problem of this mapping, at a value or at its key, and continues."""
        node.key_error(text) if key else node.error(text)
        self._failed = True

    def done(self) -> None:
        """Raises InvalidNode if there was any problem, including unknown keys."""
        known = dict.fromkeys(self._asked)
        for key, node in self._fields.items():
            if key not in known:
                self._failed = True
                node.key_error(unknown_name("key", key, known))
                self._missing.pop(closest_name(key, known) or "", None)
        for key, hint in self._missing.items():
            self.error(self.node, f"'{key}' is missing: {hint}")
        if self._failed:
            raise InvalidNode

    def _read(self, key: str, read: Callable[[Node], T]) -> T:
        try:
            return read(self._fields[key])
        except InvalidNode:
            self._failed = True
            return cast(T, None)
