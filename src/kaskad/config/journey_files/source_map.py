"""Finds positions in a journey's file: models have no positions, so a trail of keys leads to them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kaskad.config.yaml.node import Node, SourcePosition
from kaskad.config.yaml.parser import parse_yaml


class JourneySourceMap:
    """The files of the journeys in the project's folder `root`; each is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.text = cache(self._read)
        self._tree = cache(self._parsed)

    def path(self, journey: str) -> str:
        """The journey's file, relative to the project."""
        return f"configs/journeys/{journey}.yaml"

    def place(self, journey: str, trail: tuple[str | int, ...]) -> SourcePosition:
        """The position at the end of the trail of keys and entries; for a key, the position of the key.

        If the file says less than the trail (a short form, a default): the last position on the trail.
        """
        node = self._tree(journey)
        if node is None:
            return SourcePosition(self.path(journey))
        place = node.place
        for part in trail:
            below = _child(node, part)
            if below is None:
                return place
            node, place = below, below.key if isinstance(part, str) else below.place
        return place

    def found(self, journey: str, trail: tuple[str | int, ...]) -> Node | None:
        """The node at the end of the trail; None if the file has none."""
        node = self._tree(journey)
        for part in trail:
            node = _child(node, part) if node else None
        return node

    def _read(self, journey: str) -> str:
        return (self._root / self.path(journey)).read_text("utf-8-sig")

    def _parsed(self, journey: str) -> Node | None:
        return parse_yaml(self.text(journey).encode(), self.path(journey), [])


def _child(node: Node, part: str | int) -> Node | None:
    if isinstance(part, str):
        return node.value.get(part) if isinstance(node.value, dict) else None
    return node.value[part] if isinstance(node.value, tuple) and part < len(node.value) else None
