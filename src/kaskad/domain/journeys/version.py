"""A published version: the journey as it was, with what it needs. What is pinned here never changes."""

from __future__ import annotations

from functools import cached_property

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import EventMatch
from kaskad.domain.journeys.entry_trigger import EventTrigger, ProductTrigger
from kaskad.domain.journeys.journey import Journey, Purpose
from kaskad.domain.journeys.program import Program, compile_program, content_hash
from kaskad.domain.journeys.step import SendStep
from kaskad.domain.model import Model

CHANGE_PROFILES = ("identify", "order_completed")  # what the paths of a customer are worked out from


class TemplateRef(Model):
    """A compiled message by its content's hash, and what it overrides of the journey."""

    hash: str
    channels: tuple[Channel, ...]
    topic: str | None = None
    purpose: Purpose | None = None
    sender: str | None = None


class Version(Model):
    """The journey with its resolved cascades and the hashes of its templates. Stored once, by its content."""

    journey: Journey
    templates: dict[str, TemplateRef]

    @cached_property
    def program(self) -> Program:
        """The journey laid out flat."""
        return compile_program(self.journey)

    @cached_property
    def hash(self) -> str:
        """The version's content, hashed: publishing the same again makes no new version."""
        return content_hash(self.model_dump_json(by_alias=True), size=16)

    def cascades(self) -> tuple[Cascade, ...]:
        """Every cascade that it may write through."""
        own = [step.cascade for step in self.program.sends() if isinstance(step, SendStep) and step.cascade]
        return (self.journey.cascade, *own)

    def triggers(self) -> frozenset[str]:
        """The events that let people in."""
        enter = self.journey.enter
        return frozenset({enter.when}) if isinstance(enter, EventTrigger) else frozenset()

    def product_trigger(self) -> str | None:
        """What has to happen to a product to let people in."""
        enter = self.journey.enter
        return enter.product if isinstance(enter, ProductTrigger) else None

    def wakes_on(self) -> frozenset[str]:
        """The events that make people inside due at once: exits, what a step waits for, and what may move a wait."""
        matches: list[EventMatch] = [*self.journey.leave, *self.program.waits.values()]
        moves = CHANGE_PROFILES if any(path.startswith("customer.") for path in self.program.values) else ()
        return frozenset([*(match.when for match in matches), *moves])
