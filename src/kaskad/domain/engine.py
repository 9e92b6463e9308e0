"""What happens next to one customer in one journey. The heart of Kaskad, and pure.

`next_moves` is asked again and again; between two askings the customer is a row with a `due_at`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from kaskad.domain import acting, again, branching, moments, speaking, together, waiting
from kaskad.domain.entrance import DateEntrance, quiet_until
from kaskad.domain.experiment import held_out, in_control_group
from kaskad.domain.facts import Enrollment, Exit, Facts
from kaskad.domain.journey import Purpose
from kaskad.domain.model import Duration
from kaskad.domain.moves import UNKNOWN_AGAIN, Act, End, Note, Noted, Pass, Queue, Stay
from kaskad.domain.outcome import LIVE, EnrollmentStatus, Reason
from kaskad.domain.program import ENTRANCE_IF, ENTRANCE_WHERE, Node
from kaskad.domain.shop import Project
from kaskad.domain.step import (
    CallStep,
    ChooseStep,
    LeaveStep,
    SendStep,
    SetStep,
    SplitStep,
    StartStep,
    WaitForStep,
    WaitStep,
    WebhookStep,
)
from kaskad.domain.version import Version


@dataclass(frozen=True, slots=True)
class Decision:
    """What is written down: where the customer stands now, at most one message, and what was decided and why."""

    enrollment: Enrollment
    reason: Reason | None = None  # why it ended
    exit: Exit | None = None  # what ended it, where it was left
    queue: Queue | None = None
    notes: tuple[Note, ...] = ()
    given_up: tuple[str, ...] = ()  # steps whose unsent messages go no more
    acts: tuple[Act, ...] = ()  # what else is done, at once

    @property
    def ended(self) -> bool:
        """Nothing is due any more."""
        return self.enrollment.status not in LIVE


def next_moves(version: Version, enrollment: Enrollment, facts: Facts, now: datetime, project: Project) -> Decision:
    """The next moves of this customer in this version, with what is known `now`."""
    if facts.exit:
        return _leave(enrollment, facts.exit)
    if enrollment.status is EnrollmentStatus.ACTIVE:
        return _walk(version, enrollment, facts, now, project, ())
    settled = _quiet_until(version, enrollment, facts)
    if settled > now and not enrollment.direct:
        return Decision(replace(enrollment, due_at=settled))
    refusal = _why_not_admitted(version, enrollment, facts, project)
    if refusal is Reason.UNKNOWN_VALUE:
        held = Note(Noted.HELD, None, refusal)
        return Decision(replace(enrollment, due_at=now + UNKNOWN_AGAIN), notes=(held,))
    if refusal:
        refused = replace(enrollment, status=EnrollmentStatus.REFUSED)
        return Decision(refused, reason=refusal, notes=(Note(Noted.REFUSED, None, refusal),))
    since = now if enrollment.direct else settled
    admitted = replace(
        enrollment, status=EnrollmentStatus.ACTIVE, step=version.program.first, step_since=since, spoke_at=None
    )
    return _walk(version, admitted, facts, now, project, (Note(Noted.ENTERED, None, None),))


def _quiet_until(version: Version, enrollment: Enrollment, facts: Facts) -> datetime:
    enter = version.journey.enter
    if isinstance(enter, DateEntrance):
        return _moment(enter, enrollment, facts) or enrollment.entered_at
    return quiet_until(enter, enrollment.entered_at, facts.person.zone)


def _moment(enter: DateEntrance, enrollment: Enrollment, facts: Facts) -> datetime | None:
    """When the date lets the customer in, as the profile says now; None where it has been changed."""
    return moments.moment_of(enter, enrollment.entry.get("date"), facts.entrance_date, facts.person.zone)


def _why_not_admitted(version: Version, enrollment: Enrollment, facts: Facts, project: Project) -> Reason | None:
    """The first thing against it. Who is asked for by name needs no trigger: `where` does not count then."""
    journey = version.journey
    enter = journey.enter
    if isinstance(enter, DateEntrance) and not enrollment.direct and _moment(enter, enrollment, facts) is None:
        return Reason.DATE_CHANGED
    counts = enrollment.purpose is Purpose.MARKETING and enrollment.mode == "live"
    if counts and in_control_group(enrollment.customer, project.policy.control_group):
        return Reason.CONTROL_GROUP
    if counts and held_out(journey.name, enrollment.customer, journey.holdout):
        return Reason.HOLDOUT
    if enrollment.mode == "live" and again.in_its_way(enter.again_after, enrollment, facts.person):
        return Reason.AGAIN_TOO_SOON
    asked = ((ENTRANCE_WHERE, Reason.WHERE_FALSE), (ENTRANCE_IF, Reason.IF_FALSE))
    for name, reason in asked[1:] if enrollment.direct else asked:
        holds = facts.truths.get(name) if name in version.program.conditions else True
        if holds is not True:
            return Reason.UNKNOWN_VALUE if holds is None and name == ENTRANCE_IF else reason
    return None


def _leave(enrollment: Enrollment, exit_: Exit) -> Decision:
    given_up = (enrollment.step,) if enrollment.step else ()
    note = Note(Noted.LEFT, enrollment.step, Reason.LEFT, {"event": exit_.event, "at": exit_.occurred_at.isoformat()})
    left = replace(enrollment, status=EnrollmentStatus.LEFT)
    return Decision(left, Reason.LEFT, exit_, notes=(note,), given_up=given_up)


def _walk(
    version: Version,
    enrollment: Enrollment,
    facts: Facts,
    now: datetime,
    project: Project,
    notes: tuple[Note, ...],
) -> Decision:
    """Steps on until something has to be waited for, or nothing is left. A journey has no loops, so this ends."""
    given_up: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()
    while enrollment.step is not None:
        node = version.program.nodes[enrollment.step]
        move = _in_turn(version, enrollment, facts, _at_step(version, node, enrollment, facts, now, project))
        notes += move.notes
        if isinstance(move, End):
            left = replace(enrollment, status=EnrollmentStatus.LEFT)
            return Decision(left, move.reason, notes=notes, given_up=given_up, acts=acts)
        acts += move.acts
        if isinstance(move, Stay):
            stayed = replace(enrollment, due_at=move.until)
            return Decision(stayed, queue=move.queue, notes=notes, given_up=given_up, acts=acts)
        if move.gives_up:
            given_up += (node.id,)
        enrollment = replace(enrollment, step=move.to, step_since=move.at, spoke_at=move.spoke_at)
        if move.anew and move.to is not None:
            return Decision(replace(enrollment, due_at=now), notes=notes, given_up=given_up, acts=acts)
    done = replace(enrollment, status=EnrollmentStatus.DONE)
    return Decision(done, Reason.FINISHED, notes=(*notes, Note(Noted.DONE, None, None)), given_up=given_up, acts=acts)


def _in_turn(version: Version, enrollment: Enrollment, facts: Facts, move: Stay | Pass | End) -> Stay | Pass | End:
    """The move; the end where it would be the first message of an entry that must not write, or not yet again."""
    if not isinstance(move, Stay) or move.queue is None:
        return move
    together = move.queue.together or ()
    if not again.may_not_write(version, enrollment, facts, together):
        return move
    return End(Reason.AGAIN_TOO_SOON, notes=(Note(Noted.LEFT, enrollment.step, Reason.AGAIN_TOO_SOON),))


def _at_step(
    version: Version, node: Node, enrollment: Enrollment, facts: Facts, now: datetime, project: Project
) -> Stay | Pass | End:
    match node.step:
        case SendStep(together=Duration() as length):
            return together.speak(version, node, length, enrollment, facts, now, project)
        case SendStep() | CallStep():
            return speaking.speak(version, node, enrollment, facts, now, project)
        case WaitStep():
            return waiting.wait(node, node.step, enrollment, facts, now)
        case WaitForStep():
            return waiting.wait_for(node, node.step, enrollment, facts, now)
        case ChooseStep():
            return branching.choose(node, node.step, enrollment, facts, now)
        case SplitStep():
            return branching.split(node, node.step, enrollment, now)
        case SetStep():
            return acting.set_attributes(node, node.step, enrollment, facts, now)
        case WebhookStep():
            return acting.tell(node, node.step, enrollment, facts, now)
        case StartStep():
            return acting.start(node, node.step, enrollment, now)
        case LeaveStep():
            return acting.leave(node, node.step)
    assert_never(node.step)
