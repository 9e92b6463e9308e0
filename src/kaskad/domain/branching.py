"""Steps at which ways part: by what holds, or by lot."""

from __future__ import annotations

from datetime import datetime

from kaskad.domain.experiment import path_of
from kaskad.domain.facts import Enrollment, Facts
from kaskad.domain.moves import Note, Noted, Pass, Stay, until_known
from kaskad.domain.program import Node, condition_name
from kaskad.domain.step import ChooseStep, SplitStep


def choose(node: Node, step: ChooseStep, enrollment: Enrollment, facts: Facts, now: datetime) -> Stay | Pass:
    """The first branch that holds. An unknown before it decides nothing: the customer waits for the answer."""
    since = enrollment.step_since or now
    for index in range(len(step.branches)):
        holds = facts.truths.get(condition_name(node.id, index)) if step.branches[index].if_ else True
        if holds is None:
            return until_known(node.id, now)
        if holds:
            return Pass(node.branches[index], since, spoke_at=enrollment.spoke_at)
    return Pass(node.branches[-1], since, spoke_at=enrollment.spoke_at)


def split(node: Node, step: SplitStep, enrollment: Enrollment, now: datetime) -> Pass:
    """The path that the customer's hash says, at every entry the same; noted, so that the paths can be compared."""
    shares = {path.name: path.share for path in step.paths}
    taken = path_of(enrollment.journey, step.name, enrollment.customer, shares)
    note = Note(Noted.TOOK, node.id, None, {"path": taken})
    target = node.branches[[path.name for path in step.paths].index(taken)]
    return Pass(target, enrollment.step_since or now, spoke_at=enrollment.spoke_at, notes=(note,))
