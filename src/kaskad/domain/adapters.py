"""The interface of the adapters' registry, for code that must not import adapters: the readers of files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kaskad.domain.channel import Channel


@dataclass(frozen=True, slots=True)
class AdapterProblem:
    """A problem with an adapter's options: the keys that lead to it, and the text. `key`: the key's name is wrong."""

    at: tuple[str, ...]
    text: str
    key: bool = False


class AdapterRegistry(Protocol):
    """The adapters that exist."""

    @property
    def names(self) -> Collection[str]:
        """Their names in providers.yaml."""

    def supported_channels(self, adapter: str) -> Collection[Channel]:
        """The channels of the adapter; empty if the adapter does not exist."""

    def validate(self, adapter: str, url: str | None, options: Mapping[str, Any]) -> Sequence[AdapterProblem]:
        """The problems with its options; the `url` is not checked if it is not known here."""
