"""A published version: the journey, its cascades and its templates. It never changes."""

from __future__ import annotations

from functools import cached_property

from kaskad.domain.cart import UNCHANGED, UPDATED
from kaskad.domain.channel import Channel
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import EventMatch
from kaskad.domain.journeys.entry_trigger import EventTrigger, ProductTrigger
from kaskad.domain.journeys.journey import Journey, Purpose
from kaskad.domain.journeys.program import Program, compile_program, content_hash
from kaskad.domain.journeys.step import SendStep
from kaskad.domain.model import Model

# paths of a customer are computed from these events
CHANGE_PROFILES = ("identify", "order_completed", "order_cancelled", "order_returned")


class TemplateRef(Model):
    """A compiled message by the hash of its content, and the settings of the journey that it overrides."""

    hash: str
    channels: tuple[Channel, ...]
    topic: str | None = None
    purpose: Purpose | None = None
    sender: str | None = None


class Version(Model):
    """The journey with its resolved cascades and the hashes of its templates. Stored once per content."""

    journey: Journey
    templates: dict[str, TemplateRef]

    @cached_property
    def program(self) -> Program:
        """The journey as a flat list of nodes."""
        return compile_program(self.journey)

    @cached_property
    def hash(self) -> str:
        """The hash of the version's content: publishing the same content again makes no new version."""
        return content_hash(self.model_dump_json(by_alias=True), size=16)

    def cascades(self) -> tuple[Cascade, ...]:
        """Every cascade that its messages can use."""
        own = [step.cascade for step in self.program.sends() if isinstance(step, SendStep) and step.cascade]
        return (self.journey.cascade, *own)

    def triggers(self) -> frozenset[str]:
        """The events that start the journey."""
        enter = self.journey.enter
        return frozenset({enter.when}) if isinstance(enter, EventTrigger) else frozenset()

    def product_trigger(self) -> str | None:
        """The change of a product that starts the journey."""
        enter = self.journey.enter
        return enter.product if isinstance(enter, ProductTrigger) else None

    def wakes_on(self) -> frozenset[str]:
        """Events that make its enrollments due at once: exits, events of `wait_for`, events that can move a wait."""
        matches: list[EventMatch] = [*self.journey.leave, *self.program.waits.values()]
        moves = CHANGE_PROFILES if any(path.startswith("customer.") for path in self.program.values) else ()
        again = [UNCHANGED] if UPDATED in self.triggers() else []  # the entry's own event, if it turns out to be none
        return frozenset([*(match.when for match in matches), *moves, *again])
