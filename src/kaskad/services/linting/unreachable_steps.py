"""Rules about paths through a journey: steps that no customer reaches, conditions that nothing meets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kaskad.domain.journeys.step import ChooseStep, LeaveStep, SplitStep, Step
from kaskad.services.linting.conditions import list_conditions
from kaskad.services.linting.impossible_conditions import find_contradiction
from kaskad.services.linting.rule import Finding, LintContext, Rule, Severity
from kaskad.services.projects.step_paths import KeyPath, step_branches


def _unreachable_step(context: LintContext) -> Iterator[Finding]:
    yield from _after_leaving(context.journey.steps, ("steps",))
    for placed in context.steps:
        for trail, arm in step_branches(placed.step):
            yield from _after_leaving(arm, (*placed.at, *trail))
        if isinstance(placed.step, SplitStep):
            yield from _of_split(placed.step, placed.at)
        if isinstance(placed.step, ChooseStep):
            yield from _of_choice(placed.step, placed.at)


def _after_leaving(steps: Sequence[Step], above: KeyPath) -> Iterator[Finding]:
    """Yields the first step of a list that comes after all customers have left."""
    for index, step in enumerate(steps[:-1]):
        if _ends(step):
            yield Finding(
                (*above, index + 1), "nobody comes to this step: whoever comes to the one before it leaves there"
            )
            return


def _ends(step: Step) -> bool:
    """Returns whether no customer continues after the step."""
    ways = [arm for _, arm in step_branches(step)]
    return isinstance(step, LeaveStep) or (bool(ways) and all(any(map(_ends, way)) for way in ways))


def _of_split(step: SplitStep, at: KeyPath) -> Iterator[Finding]:
    for path in step.paths:
        if not path.share:
            yield Finding(
                (*at, "split", "paths", path.name, "share"), f"nobody takes '{path.name}': its share is nothing"
            )


def _of_choice(step: ChooseStep, at: KeyPath) -> Iterator[Finding]:
    """Yields branches after one that is always taken, or with an earlier one's condition; and such an `else`."""
    for index, branch in enumerate(step.branches):
        trail = (*at, "choose", index)
        same = next((before for before in range(index) if step.branches[before].if_ == branch.if_), None)
        if why := find_contradiction(branch.if_):
            yield Finding((*trail, "if"), f"this branch is never taken: {why}")
        elif same is not None:
            yield Finding((*trail, "if"), f"this branch is never taken: branch {same + 1} asks the same before it")
        elif not branch.if_ and (index + 1 < len(step.branches) or step.else_):
            yield Finding((*trail, "if"), "this branch asks nothing: it is always taken, and nothing after it ever is")
            return


def _impossible_condition(context: LintContext) -> Iterator[Finding]:
    for at, conditions in list_conditions(context):
        if why := find_contradiction(conditions):
            yield Finding(at, f"this is never met: {why}")


UNREACHABLE_STEP = Rule(
    "unreachable_step",
    Severity.WARNING,
    why="What stands in a branch that is never taken, or after everybody has left, never happens; whoever wrote "
    "it thinks that it does.",
    fix="Take the step out, put the branches in another order, or mend the condition.",
    check=_unreachable_step,
)
IMPOSSIBLE_CONDITION = Rule(
    "impossible_condition",
    Severity.ERROR,
    why="A list of conditions means all of them. Where two of them exclude each other, nobody enters, or nothing "
    "is sent.",
    fix="Mend the bounds, or take out what rules out the other; conditions of which one shall suffice stand in "
    "`any: [...]`.",
    check=_impossible_condition,
)
