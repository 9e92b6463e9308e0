"""The input of a content check, and its findings: where, why it matters, how to fix it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from kaskad.content.checks.locations import locate_problem
from kaskad.content.message import CompiledMessage, RenderedFields
from kaskad.content.rendering.context import Remark
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Problem


class Severity(StrEnum):
    """How serious a finding is: with an error some customers get no message, a warning costs money or readers."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class RenderedExample:
    """The message of one example customer in one channel; `variant` is the file's locale, "" for the base."""

    channel: Channel
    variant: str
    example: str
    fields: Mapping[str, str]

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """The remarks of the rendering: what was cut or left out."""
        return self.fields.remarks if isinstance(self.fields, RenderedFields) else ()


@dataclass(frozen=True, slots=True)
class RenderFailure:
    """Why the message of an example customer cannot be rendered."""

    channel: Channel
    variant: str
    example: str
    why: str


@dataclass(frozen=True)
class CheckedMessage:
    """The input of checks: a message's files, and its rendered texts for the example customers.

    `locales` are those of its readers; `prices` what one message, or one SMS segment, costs; `own` are the prefixes of
    Kaskad's own links (unsubscribe, images), `made_up` those of example data, which lead nowhere; `dead` has the
    problem of each link that was requested and failed.
    """

    message: CompiledMessage
    folder: Path
    said: Sequence[RenderedExample] = ()
    unsaid: Sequence[RenderFailure] = ()
    shop_url: str = ""
    locales: frozenset[str] = frozenset()
    prices: Mapping[Channel, Decimal] = field(default_factory=dict)
    currency: str = ""
    own: tuple[str, ...] = ()
    made_up: tuple[str, ...] = ()
    dead: Mapping[str, str] = field(default_factory=dict)

    def by(self, *channels: Channel) -> Iterator[RenderedExample]:
        """The rendered examples of these channels."""
        return (example for example in self.said if example.channel in channels)

    def at(self, said: RenderedExample | RenderFailure, field: str, needle: str = "", *, text: str = "") -> Problem:
        """The problem with this text, at the needle in the example's field; at the field if the needle is not there."""
        return locate_problem(self.file(said.channel, said.variant), field, needle, text=text)

    def file(self, channel: Channel, variant: str) -> Path:
        """The file of a channel in a locale."""
        return self._files.get((channel, variant), self.folder)

    @cached_property
    def _files(self) -> dict[tuple[Channel, str], Path]:
        found = {}
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            stem, _, locale = path.name.removesuffix(path.suffix).partition(".")
            if path.suffix in (".mjml", ".yaml") and stem in list(Channel):
                found[Channel(stem), locale.replace("_", "-").lower()] = path
        return found


CheckFunction = Callable[[CheckedMessage], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Check:
    """One content check: its function, why it matters, and how to fix what it finds."""

    name: str
    severity: Severity
    why: str
    fix: str
    look: CheckFunction


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem that a check found, with its place in a file."""

    check: Check
    problem: Problem

    def __str__(self) -> str:
        return f"{self.problem} [{self.check.name}]"
