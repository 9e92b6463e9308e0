"""A journey laid out for people to look at. Words, terminal, Mermaid and SVG all draw this one chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kaskad.config.yaml.problem_text import format_percent
from kaskad.domain.journeys.condition import MessageState
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.program import step_id
from kaskad.domain.journeys.step import LeaveStep, Step, child_steps
from kaskad.services.describing import conditions
from kaskad.services.describing.entrances import entrance, entrance_in_full
from kaskad.services.describing.steps import ORDERS, step_words, way_words
from kaskad.services.wording import channel, duration, listed


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways that part at a place, and what it is taken for. Without places, it leads straight on."""

    label: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One step. Its ways join again after it; from one that `ends` nothing leads on."""

    id: str
    kind: str
    text: str
    ways: tuple[Way, ...] = ()
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Who enters, the steps in order, who leaves at once, and what holds all the while, in words."""

    name: str
    title: str
    enter: str
    enter_in_full: str
    places: tuple[Place, ...]
    exits: str
    rules: tuple[str, ...]

    def every_place(self) -> Iterator[Place]:
        """All of them, in the order of the file."""
        yield from _within(self.places)


def chart_of(journey: Journey) -> Chart:
    """The chart of the journey."""
    return Chart(
        name=journey.name,
        title=journey.title,
        enter=entrance(journey),
        enter_in_full=entrance_in_full(journey),
        places=_places(journey.steps),
        exits=listed([conditions.event(match) for match in journey.leave], "or"),
        rules=tuple(_rules(journey)),
    )


def _within(places: Sequence[Place]) -> Iterator[Place]:
    for place in places:
        yield place
        for way in place.ways:
            yield from _within(way.places)


def _places(steps: Sequence[Step]) -> tuple[Place, ...]:
    return tuple(
        Place(
            id=step_id(step),
            kind=step.kind,
            text=step_words(step),
            ways=tuple(Way(label, _places(arm)) for label, arm in zip(way_words(step), child_steps(step), strict=True)),
            ends=isinstance(step, LeaveStep),
        )
        for step in steps
    )


def _rules(journey: Journey) -> Iterator[str]:
    yield f"Messages go by {_ladder(journey)}{ORDERS[journey.cascade.order]}."
    if journey.leave:
        yield f"Whoever has {listed([conditions.event(match) for match in journey.leave], 'or')} leaves at once."
    if journey.only_while:
        yield f"Nothing is sent unless {conditions.all_of(journey.only_while)}."
    if window := journey.send_window:
        yield f"Sent between {window.from_:%H:%M} and {window.to:%H:%M} of the customer's own day."
    for source, limit in journey.fresh_data.items():
        yield f"Held while '{source}' has been silent for {duration(limit)}."
    if journey.goal:
        yield f"The goal: {conditions.event(journey.goal)} within {duration(journey.goal.within)}."
    if journey.holdout:
        yield f"{format_percent(journey.holdout)} are held out, to measure what it earns."


def _ladder(journey: Journey) -> str:
    channel_steps = journey.cascade.channels
    tried = [
        f"{channel(step.channel)} (unless {step.success} within {duration(step.fallback_after)})"
        if step.success is not MessageState.SENT and step is not channel_steps[-1]
        else channel(step.channel)
        for step in channel_steps
    ]
    return ", else ".join(tried)
