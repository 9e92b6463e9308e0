"""What a content check gets, and what it says: where, why it matters, how to mend it."""

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
    """How much it matters: an error costs somebody the message, a warning money or readers."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class RenderedExample:
    """What one example customer reads in one channel: `variant` is the file's locale, "" for the base."""

    channel: Channel
    variant: str
    example: str
    fields: Mapping[str, str]

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What is not said as it was asked."""
        return self.fields.remarks if isinstance(self.fields, RenderedFields) else ()


@dataclass(frozen=True, slots=True)
class RenderFailure:
    """Why an example customer would get nothing."""

    channel: Channel
    variant: str
    example: str
    why: str


@dataclass(frozen=True)
class CheckedMessage:
    """A message as checks see it: its files, and everything that it says to the example customers.

    `locales` are those that its readers have; `prices` what one message, or one SMS segment, costs; `own` begin
    the house's own links (unsubscribe, images), `example_link_prefixes` those of
    example data, behind which nothing is; `dead` says
    what is wrong behind each link that was asked.
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
        """What is said in these channels."""
        return (one for one in self.said if one.channel in channels)

    def at(self, said: RenderedExample | RenderFailure, field: str, needle: str = "", text: str = "") -> Problem:
        """The text, at the needle in the field of the file that says it; at the field where it is not written so."""
        return locate_problem(self.file(said.channel, said.variant), field, needle, text)

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
    """One thing that is looked at, why it matters, and how it is mended."""

    name: str
    severity: Severity
    why: str
    fix: str
    look: CheckFunction


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, at its place in a file."""

    check: Check
    problem: Problem

    def __str__(self) -> str:
        return f"{self.problem} [{self.check.name}]"
