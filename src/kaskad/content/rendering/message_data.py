"""The data that a message requests by name in its message.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kaskad.content.message import MessageSpec


@dataclass(frozen=True, slots=True)
class MissingData:
    """Too little data: `name` needs `at_least` items of `source`, and only `found` exist."""

    name: str
    source: str
    at_least: int
    found: int

    def __str__(self) -> str:
        return f"{self.name} needs {self.at_least} of {self.source}, there are {self.found}"


def resolve_data(spec: MessageSpec, data: Mapping[str, Any]) -> dict[str, Any] | MissingData:
    """The data with the names of message.yaml filled in, or the first name that has too few items.

    Codes and recommended products are in `data` under their names already.
    """
    resolved = dict(data)
    for name, asked in spec.data.items():
        value = _at(asked.source, data) if asked.source else data.get(name)
        found = len(value) if isinstance(value, list) else int(value is not None)
        if found < asked.at_least:
            return MissingData(name, asked.source or "products to recommend", asked.at_least, found)
        resolved[name] = value[: asked.at_most] if isinstance(value, list) else value
    return resolved


def _at(source: str, data: Mapping[str, Any]) -> Any:
    value: Any = data
    for step in source.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return list(value) if isinstance(value, list | tuple) else value
