"""Changes a YAML file without changing any other character: comments, order, quotes, blanks.

A round trip through a parser would lose people's layout. So only the changed parts are cut out and replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.events import Event, MappingStartEvent, ScalarEvent

from kaskad.config.yaml.node import Node, SourcePosition
from kaskad.config.yaml.plain_scalar import parse_plain_scalar

PLAIN = re.compile(r"\w[\w.-]*( \w[\w.-]*)*\Z", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class TextChange:
    """Replaces the text from `start` to `end` by `text`; both count characters from the beginning of the file."""

    start: int
    end: int
    text: str


class YamlRewriter:
    """Collects changes of one file's text, and applies them at once. Positions are those of its nodes."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        events = list(YAML(typ="safe", pure=True).parse(text))
        self._scalars = {_start_of(event): event for event in events if isinstance(event, ScalarEvent)}
        self._mappings = {_start_of(event): event for event in events if isinstance(event, MappingStartEvent)}
        self._changes: list[TextChange] = []

    def replace(self, node: Node, value: str) -> None:
        """Replaces a single value."""
        event = self._scalars[node.place.line, node.place.column]
        self._change(
            self._at(*_start_of(event)),
            self._at(event.end_mark.line + 1, event.end_mark.column + 1),
            quote_if_needed(value),
        )

    def insert(self, mapping: Node, key: str, value: str) -> None:
        """Inserts a first entry into the mapping, in its own form: on a line of its own, or within the braces."""
        place = mapping.place
        event = self._mappings[place.line, place.column]
        start, entry = self._at(place.line, place.column), f"{quote_if_needed(key)}: {quote_if_needed(value)}"
        if not event.flow_style:
            self._change(start, start, f"{entry}{self._newline}{' ' * (place.column - 1)}")
        else:
            self._change(start + 1, start + 1, f"{entry}, " if mapping.mapping() else entry)

    def insert_above(self, place: SourcePosition, line: str) -> None:
        """Inserts a line above the line of that position."""
        start = self._at(place.line, 1)
        self._change(start, start, line + self._newline)

    def text(self) -> str:
        """The text with all changes."""
        parts, after = [], 0
        for change in sorted(self._changes):
            parts += [self._text[after : change.start], change.text]
            after = change.end
        return "".join([*parts, self._text[after:]])

    @property
    def _newline(self) -> str:
        return "\r\n" if "\r\n" in self._text else "\n"

    def _at(self, line: int, column: int) -> int:
        return self._lines[line - 1] + column - 1

    def _change(self, start: int, end: int, text: str) -> None:
        self._changes.append(TextChange(start, end, text))


def quote_if_needed(value: str) -> str:
    """The text as a plain scalar, or in quotes if a reader could read it as something else."""
    if PLAIN.match(value) and parse_plain_scalar(value) == (value, None):
        return value
    return json.dumps(value, ensure_ascii=False)


def flow_mapping(entries: Iterable[tuple[str, str]]) -> str:
    """A mapping in one line."""
    return "{" + ", ".join(f"{quote_if_needed(key)}: {quote_if_needed(value)}" for key, value in entries) + "}"


def _start_of(event: Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
