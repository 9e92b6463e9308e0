"""Builds nodes from the parser's events, with a stack of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from ruamel.yaml.events import Event, MappingEndEvent, SequenceEndEvent

from kaskad.config.yaml.node import InvalidNode, Node, PlainValue, SourcePosition
from kaskad.config.yaml.problem_text import shorten
from kaskad.domain.errors import Problem

MAX_DEPTH = 40
MAX_NODES = 20_000


@dataclass(slots=True)
class OpenCollection:
    """A list or mapping that is still open; `key` is the key of the next value."""

    is_mapping: bool
    place: SourcePosition
    under: SourcePosition
    key: tuple[str, SourcePosition] | None = None
    items: list[Node] = field(default_factory=list)
    fields: dict[str, Node] = field(default_factory=dict)

    @property
    def wants_key(self) -> bool:
        return self.is_mapping and self.key is None


class TreeBuilder:
    """The document read so far. `root` is None until it is complete, and if the document is empty."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.root: Node | None = None
        self._path = path
        self._problems = problems
        self._open: list[OpenCollection] = []
        self._nodes = 0

    def scalar(self, value: PlainValue, written: str, place: SourcePosition) -> None:
        """Adds a key or a single value; keys are texts, as written."""
        self._count(place)
        if self._open and self._open[-1].wants_key:
            self._open[-1].key = (written, place)
        else:
            self._put(Node(value, place, self._under(place), self._problems))

    def open(self, is_mapping: bool, place: SourcePosition) -> None:
        """Opens a list or a mapping."""
        self._count(place)
        if self._open and self._open[-1].wants_key:
            raise self._wrong(place, "a key must be a plain word, not a list or a mapping")
        if len(self._open) >= MAX_DEPTH:
            raise self._wrong(place, f"nested deeper than {MAX_DEPTH} levels")
        self._open.append(OpenCollection(is_mapping, place, self._under(place)))

    def close(self, event: Event) -> None:
        """Closes the innermost list or mapping; other events are ignored."""
        if isinstance(event, SequenceEndEvent | MappingEndEvent):
            done = self._open.pop()
            value = done.fields if done.is_mapping else tuple(done.items)
            self._put(Node(value, done.place, done.under, self._problems))

    def _put(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if not parent.is_mapping:
            parent.items.append(node)
        elif parent.key is not None:
            name, place = parent.key
            if name in parent.fields:
                self._wrong(place, f"'{shorten(name)}' stands here twice, first in line {parent.fields[name].key.line}")
            else:
                parent.fields[name] = node
            parent.key = None

    def _under(self, place: SourcePosition) -> SourcePosition:
        """The position of the key of the next value; in a list, the value's own."""
        key = self._open[-1].key if self._open else None
        return key[1] if key else place

    def _count(self, place: SourcePosition) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._wrong(place, f"more than {MAX_NODES:,} values in one file")

    def _wrong(self, place: SourcePosition, text: str) -> InvalidNode:
        self._problems.append(Problem(place.path, place.line, place.column, text))
        return InvalidNode()
