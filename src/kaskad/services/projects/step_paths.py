"""The steps of a journey in reading order, each with its place in the file and whether time passed before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.step import ChooseStep, SplitStep, Step, WaitForStep, WaitStep
from kaskad.domain.journeys.step import child_steps as ways
from kaskad.domain.journeys.wait_until import ENTER_PATH, UntilRelativeTime

KeyPath = tuple[str | int, ...]  # from key to key and entry to entry: ("steps", 2, "choose", 0, "then")


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step; `at` leads to it in the file. `waited`: time passes on some path to it."""

    step: Step
    at: KeyPath
    waited: bool


def walk_steps(journey: Journey) -> Iterator[PlacedStep]:
    """Yields every step of the journey, those within branches after the step that branches."""
    waited = isinstance(journey.enter, EventTrigger) and bool(journey.enter.quiet_for.longest)
    yield from _walk(journey.steps, ("steps",), waited)


def step_branches(step: Step) -> Iterator[tuple[KeyPath, tuple[Step, ...]]]:
    """Returns the branches within a step, each with its place below the step."""
    return zip(_branch_paths(step), ways(step), strict=True)


def _branch_paths(step: Step) -> Sequence[KeyPath]:
    match step:
        case ChooseStep():
            return [*(("choose", index, "then") for index in range(len(step.branches))), ("else",)]
        case WaitForStep():
            return [("then",), ("else",)]
        case SplitStep():
            return [("split", "paths", path.name, "steps") for path in step.paths]
    return ()


def earliest_after_wait(step: WaitStep, passed: timedelta) -> timedelta:
    """Returns how long after entering the wait ends at the earliest, if it begins that long after entering."""
    if step.for_:
        return passed + step.for_.shortest
    until = step.until
    if (
        isinstance(until, UntilRelativeTime)
        and isinstance(until.by, Duration)
        and (until.path, until.side) == (ENTER_PATH, "after")
    ):
        return max(passed, until.by.shortest)
    return passed


def _walk(steps: Sequence[Step], above: KeyPath, waited: bool) -> Iterator[PlacedStep]:
    for index, step in enumerate(steps):
        at = (*above, index)
        yield PlacedStep(step, at, waited)
        waited = waited or isinstance(step, WaitStep | WaitForStep)
        inside = [each for trail, arm in step_branches(step) for each in _walk(arm, (*at, *trail), waited)]
        yield from inside
        waited = waited or any(isinstance(each.step, WaitStep | WaitForStep) for each in inside)
