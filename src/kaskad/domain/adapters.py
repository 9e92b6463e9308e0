"""What is known of the adapters by those who may not import them: the readers of files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kaskad.domain.channel import Channel


@dataclass(frozen=True, slots=True)
class AdapterProblem:
    """What an adapter cannot be built with: the keys that lead to it, and what is wrong. `key`: its name is wrong."""

    at: tuple[str, ...]
    text: str
    key: bool = False


class AdapterRegistry(Protocol):
    """The adapters that there are."""

    @property
    def names(self) -> Collection[str]:
        """How they are called in providers.yaml."""

    def supported_channels(self, adapter: str) -> Collection[Channel]:
        """The channels that it speaks; none where there is no such adapter."""

    def validate(self, adapter: str, url: str | None, options: Mapping[str, Any]) -> Sequence[AdapterProblem]:
        """What it cannot be built with; the `url` is not looked at where it is not known here."""
