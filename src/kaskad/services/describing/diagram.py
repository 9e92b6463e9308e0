"""The diagram of a journey. Words, terminal, Mermaid and SVG all draw this one structure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kaskad.config.yaml.problem_text import format_percent
from kaskad.domain.journeys.condition import MessageState
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.program import step_id
from kaskad.domain.journeys.step import LeaveStep, Step, child_steps
from kaskad.services.describing import conditions
from kaskad.services.describing.entrances import describe_entrance, describe_entrance_fully
from kaskad.services.describing.never_about import describe_narrowed
from kaskad.services.describing.steps import ORDER_TEXTS, describe_branches, describe_step
from kaskad.services.wording import channel_label, format_duration, join_words


@dataclass(frozen=True, slots=True)
class DiagramBranch:
    """One branch of a node, and its condition in words. Without nodes, it leads straight on."""

    label: str
    places: tuple[DiagramNode, ...]


@dataclass(frozen=True, slots=True)
class DiagramNode:
    """One step. Its branches join again after it; after one that `ends`, nothing follows."""

    id: str
    kind: str
    text: str
    ways: tuple[DiagramBranch, ...] = ()
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """Who enters, the steps in order, who leaves at once, and what applies all the time, in words."""

    name: str
    title: str
    enter: str
    enter_in_full: str
    places: tuple[DiagramNode, ...]
    exits: str
    rules: tuple[str, ...]

    def walk_nodes(self) -> Iterator[DiagramNode]:
        """Yields all nodes, in the order of the file."""
        yield from _walk(self.places)


def build_diagram(journey: Journey) -> Diagram:
    """Returns the diagram of the journey."""
    return Diagram(
        name=journey.name,
        title=journey.title,
        enter=describe_entrance(journey),
        enter_in_full=describe_entrance_fully(journey),
        places=_build_nodes(journey.steps),
        exits=join_words([conditions.describe_event(match) for match in journey.leave], "or"),
        rules=tuple(_describe_rules(journey)),
    )


def _walk(places: Sequence[DiagramNode]) -> Iterator[DiagramNode]:
    for node in places:
        yield node
        for branch in node.ways:
            yield from _walk(branch.places)


def _build_nodes(steps: Sequence[Step]) -> tuple[DiagramNode, ...]:
    return tuple(
        DiagramNode(
            id=step_id(step),
            kind=step.kind,
            text=describe_step(step),
            ways=tuple(
                DiagramBranch(label, _build_nodes(arm))
                for label, arm in zip(describe_branches(step), child_steps(step), strict=True)
            ),
            ends=isinstance(step, LeaveStep),
        )
        for step in steps
    )


def _describe_rules(journey: Journey) -> Iterator[str]:
    yield f"Messages go by {_describe_cascade(journey)}{ORDER_TEXTS[journey.cascade.order]}."
    if journey.leave:
        events = [conditions.describe_event(match) for match in journey.leave]
        yield f"Whoever has {join_words(events, 'or')} leaves at once."
    if journey.only_while:
        yield f"Nothing is sent unless {conditions.describe_all(journey.only_while)}."
    if window := journey.send_window:
        yield f"Sent between {window.from_:%H:%M} and {window.to:%H:%M} of the customer's own day."
    for source, limit in journey.fresh_data.items():
        yield f"Held while '{source}' has been silent for {format_duration(limit)}."
    if journey.never_about:
        yield f"After a purchase it is silent for less than the policy says: {describe_narrowed(journey.never_about)}."
    if journey.goal:
        yield f"The goal: {conditions.describe_event(journey.goal)} within {format_duration(journey.goal.within)}."
    if journey.holdout:
        yield f"{format_percent(journey.holdout)} are held out, to measure what it earns."


def _describe_cascade(journey: Journey) -> str:
    channel_steps = journey.cascade.channels
    tried = [
        f"{channel_label(step.channel)} (unless {step.success} within {format_duration(step.fallback_after)})"
        if step.success is not MessageState.SENT and step is not channel_steps[-1]
        else channel_label(step.channel)
        for step in channel_steps
    ]
    return ", else ".join(tried)
