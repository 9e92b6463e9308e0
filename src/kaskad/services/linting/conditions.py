"""All conditions of a journey, each list with its place."""

from __future__ import annotations

from collections.abc import Iterator

from kaskad.domain.journeys.condition import AnyOf, Condition, Conditions, DidEvent, Not
from kaskad.domain.journeys.step import CallStep, ChooseStep, SendStep, WaitForStep
from kaskad.services.linting.rule import LintContext
from kaskad.services.projects.step_paths import KeyPath


def list_conditions(context: LintContext) -> Iterator[tuple[KeyPath, Conditions]]:
    """Yields the lists of conditions, except those of branches."""
    journey = context.journey
    yield ("enter", "where"), journey.enter.where
    yield ("enter", "if"), journey.enter.if_
    yield ("only_while",), journey.only_while
    if journey.goal:
        yield ("goal", "where"), journey.goal.where
    for index, match in enumerate(journey.leave):
        yield ("leave", index, "where"), match.where
    for placed in context.steps:
        if isinstance(placed.step, SendStep | CallStep):
            yield (*placed.at, "if"), placed.step.if_
        if isinstance(placed.step, WaitForStep) and placed.step.event:
            yield (*placed.at, "wait_for", "where"), placed.step.event.where


def list_branch_conditions(context: LintContext) -> Iterator[tuple[KeyPath, Conditions]]:
    """Yields the lists of conditions of every branch."""
    for placed in context.steps:
        if isinstance(placed.step, ChooseStep):
            for index, branch in enumerate(placed.step.branches):
                yield (*placed.at, "choose", index, "if"), branch.if_


def list_deeds(conditions: Conditions) -> Iterator[DidEvent]:
    """Yields every event check in the conditions, at any depth."""
    for condition in conditions:
        if isinstance(condition, DidEvent):
            yield condition
        yield from list_deeds(_inside(condition))


def _inside(condition: Condition) -> Conditions:
    match condition:
        case AnyOf(of=parts) | Not(of=parts) | DidEvent(where=parts):
            return parts
    return ()
