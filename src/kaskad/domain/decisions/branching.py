"""Steps with branches: by condition, or by experiment."""

from __future__ import annotations

from kaskad.domain.decisions.effects import Advance, DecisionEntry, DecisionKind, Wait, wait_for_value
from kaskad.domain.decisions.experiment import pick_path
from kaskad.domain.decisions.step_context import StepContext
from kaskad.domain.journeys.program import condition_name
from kaskad.domain.journeys.step import ChooseStep, SplitStep


def choose_branch(ctx: StepContext, step: ChooseStep) -> Wait | Advance:
    """The first branch that is true. An unknown condition before it decides nothing: the customer waits for a value."""
    node, enrollment = ctx.node, ctx.enrollment
    since = enrollment.step_since or ctx.now
    for index in range(len(step.branches)):
        holds = ctx.facts.truths.get(condition_name(node.id, index)) if step.branches[index].if_ else True
        if holds is None:
            return wait_for_value(node.id, ctx.now)
        if holds:
            return Advance(node.branches[index], since, first_sent_at=enrollment.first_sent_at)
    return Advance(node.branches[-1], since, first_sent_at=enrollment.first_sent_at)


def choose_split_path(ctx: StepContext, step: SplitStep) -> Advance:
    """The path of the customer's hash, the same at every entry; logged, so that the paths can be compared."""
    node, enrollment = ctx.node, ctx.enrollment
    shares = {path.name: path.share for path in step.paths}
    taken = pick_path(enrollment.journey, step.name, enrollment.customer, shares=shares)
    note = DecisionEntry(DecisionKind.TOOK, node.id, None, {"path": taken})
    target = node.branches[[path.name for path in step.paths].index(taken)]
    return Advance(target, enrollment.step_since or ctx.now, first_sent_at=enrollment.first_sent_at, notes=(note,))
