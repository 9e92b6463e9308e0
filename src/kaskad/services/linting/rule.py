"""What a rule is, what it checks, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.cascade import Cascade, ChannelStep
from kaskad.domain.journeys.journey import Journey, Purpose
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.step import CallStep, SendStep, message_name
from kaskad.services.projects.step_paths import KeyPath, PlacedStep, walk_steps


class Severity(StrEnum):
    """An error is always a mistake; a warning may be intended."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found, and where in the journey's file."""

    at: KeyPath
    text: str


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """What the rules know of a message: its channels and what it overrides of the journey."""

    channels: frozenset[Channel]
    topic: str | None = None
    purpose: Purpose | None = None


@dataclass(frozen=True)
class LintContext:
    """One journey, the project around it, and its messages. `now`: clock changes after it count."""

    journey: Journey
    project: Project
    messages_by_name: Mapping[str, MessageSummary]
    now: datetime

    @cached_property
    def steps(self) -> tuple[PlacedStep, ...]:
        """Returns every step in reading order, with its place."""
        return tuple(walk_steps(self.journey))

    def sends(self) -> Iterator[tuple[PlacedStep, SendStep]]:
        """Yields the steps that send, in reading order."""
        return ((placed, placed.step) for placed in self.steps if isinstance(placed.step, SendStep))

    def cascade(self, step: SendStep) -> Cascade:
        """Returns the step's cascade."""
        return step.cascade or self.journey.cascade

    def channel_steps(self, step: SendStep) -> list[ChannelStep]:
        """Returns the channel steps for which the message has a template, in the order in which they are tried."""
        channels = self.messages_by_name[step.message].channels
        return [each for each in self.cascade(step).ordered(self.project.costs()) if each.channel in channels]

    def purpose(self, step: SendStep | CallStep) -> Purpose:
        """Returns the message's own purpose, else the journey's."""
        return self.messages_by_name[message_name(step)].purpose or self.journey.purpose

    def topic(self, step: SendStep | CallStep) -> str | None:
        """Returns the message's own topic, else the journey's."""
        return self.messages_by_name[message_name(step)].topic or self.journey.topic


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its stable name. `why` says what goes wrong, `fix` what to write instead."""

    name: str
    severity: Severity
    why: str
    fix: str
    check: Callable[[LintContext], Iterator[Finding]]
