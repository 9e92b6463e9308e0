"""Steps with branches: by condition, or by experiment."""

from __future__ import annotations

from datetime import datetime

from kaskad.domain.decisions.effects import Advance, DecisionEntry, DecisionKind, Wait, wait_for_value
from kaskad.domain.decisions.experiment import pick_path
from kaskad.domain.decisions.facts import Enrollment, Facts
from kaskad.domain.journeys.program import Node, condition_name
from kaskad.domain.journeys.step import ChooseStep, SplitStep


def choose_branch(node: Node, step: ChooseStep, enrollment: Enrollment, facts: Facts, now: datetime) -> Wait | Advance:
    """The first branch that is true. An unknown condition before it decides nothing: the customer waits for a value."""
    since = enrollment.step_since or now
    for index in range(len(step.branches)):
        holds = facts.truths.get(condition_name(node.id, index)) if step.branches[index].if_ else True
        if holds is None:
            return wait_for_value(node.id, now)
        if holds:
            return Advance(node.branches[index], since, first_sent_at=enrollment.first_sent_at)
    return Advance(node.branches[-1], since, first_sent_at=enrollment.first_sent_at)


def choose_split_path(node: Node, step: SplitStep, enrollment: Enrollment, now: datetime) -> Advance:
    """The path of the customer's hash, the same at every entry; logged, so that the paths can be compared."""
    shares = {path.name: path.share for path in step.paths}
    taken = pick_path(enrollment.journey, step.name, enrollment.customer, shares)
    note = DecisionEntry(DecisionKind.TOOK, node.id, None, {"path": taken})
    target = node.branches[[path.name for path in step.paths].index(taken)]
    return Advance(target, enrollment.step_since or now, first_sent_at=enrollment.first_sent_at, notes=(note,))
