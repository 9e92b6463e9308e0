"""Decides what happens next to one customer in one journey. The core of Kaskad, and pure.

`decide` is called again and again; between two calls the customer is a row with a `due_at`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from kaskad.domain.decisions import action_steps, branching, date_triggers, merge_window, reentry, send_step, waiting
from kaskad.domain.decisions.effects import (
    UNKNOWN_VALUE_RETRY,
    Advance,
    DecisionEntry,
    DecisionKind,
    Effect,
    Exit,
    QueueMessage,
    Wait,
)
from kaskad.domain.decisions.experiment import in_control_group, in_holdout
from kaskad.domain.decisions.facts import Enrollment, ExitEvent, Facts
from kaskad.domain.decisions.step_context import StepContext
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.entry_trigger import DateTrigger, quiet_until
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.program import ENTRY_IF, ENTRY_WHERE
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.step import (
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
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import LIVE_STATUSES, EnrollmentStatus, Mode, Reason


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state of the enrollment, at most one message, and the entries that say what was decided and why."""

    enrollment: Enrollment
    reason: Reason | None = None  # why it ended
    exit: ExitEvent | None = None  # what ended it, where it was left
    queue: QueueMessage | None = None
    notes: tuple[DecisionEntry, ...] = ()
    abandoned_steps: tuple[str, ...] = ()  # steps whose unsent messages are dropped
    effects: tuple[Effect, ...] = ()  # effects besides messages, at once

    @property
    def ended(self) -> bool:
        """Whether the enrollment has ended."""
        return self.enrollment.status not in LIVE_STATUSES


def decide(version: Version, enrollment: Enrollment, facts: Facts, *, now: datetime, project: Project) -> Decision:
    """The decision about this customer in this version, with the facts of `now`."""
    if facts.exit:
        return _leave(enrollment, facts.exit)
    if enrollment.status is EnrollmentStatus.ACTIVE:
        return _run_steps(version, enrollment, facts, now=now, project=project, notes=())
    settled = _quiet_period_end(version, enrollment, facts)
    if settled > now and not enrollment.direct:
        return Decision(replace(enrollment, due_at=settled))
    refusal = _entry_refusal(version, enrollment, facts, project=project)
    if refusal is Reason.UNKNOWN_VALUE:
        held = DecisionEntry(DecisionKind.HELD, None, refusal)
        return Decision(replace(enrollment, due_at=now + UNKNOWN_VALUE_RETRY), notes=(held,))
    if refusal:
        refused = replace(enrollment, status=EnrollmentStatus.REFUSED)
        return Decision(refused, reason=refusal, notes=(DecisionEntry(DecisionKind.REFUSED, None, refusal),))
    since = now if enrollment.direct else settled
    admitted = replace(
        enrollment, status=EnrollmentStatus.ACTIVE, step=version.program.first, step_since=since, first_sent_at=None
    )
    entered = DecisionEntry(DecisionKind.ENTERED, None, None)
    return _run_steps(version, admitted, facts, now=now, project=project, notes=(entered,))


def _quiet_period_end(version: Version, enrollment: Enrollment, facts: Facts) -> datetime:
    enter = version.journey.enter
    if isinstance(enter, DateTrigger):
        return _date_trigger_time(enter, enrollment, facts) or enrollment.entered_at
    return quiet_until(enter, enrollment.entered_at, facts.person.zone)


def _date_trigger_time(enter: DateTrigger, enrollment: Enrollment, facts: Facts) -> datetime | None:
    """When the customer enters by the date, as it is in the profile now; None if it was changed."""
    return date_triggers.date_trigger_time(
        enter, enrollment.entry.get("date"), facts.entrance_date, zone=facts.person.zone
    )


def _entry_refusal(version: Version, enrollment: Enrollment, facts: Facts, *, project: Project) -> Reason | None:
    """The first reason against the entry. A customer enrolled by hand needs no trigger: `where` is not checked."""
    journey = version.journey
    enter = journey.enter
    if (
        isinstance(enter, DateTrigger)
        and not enrollment.direct
        and _date_trigger_time(enter, enrollment, facts) is None
    ):
        return Reason.DATE_CHANGED
    counts = enrollment.purpose is Purpose.MARKETING and enrollment.mode is Mode.LIVE
    person, policy = facts.person, project.policy
    if counts and in_control_group(enrollment.customer, policy.control_group, members=person.outside_as("")):
        return Reason.CONTROL_GROUP
    held_out = person.outside_as(journey.name)
    if counts and in_holdout(journey.name, enrollment.customer, journey.holdout, members=held_out):
        return Reason.HOLDOUT
    if enrollment.mode is Mode.LIVE and reentry.find_blocking_entry(enter.again_after, enrollment, facts.person):
        return Reason.AGAIN_TOO_SOON
    asked = ((ENTRY_WHERE, Reason.WHERE_FALSE), (ENTRY_IF, Reason.IF_FALSE))
    for name, reason in asked[1:] if enrollment.direct else asked:
        holds = facts.truths.get(name) if name in version.program.conditions else True
        if holds is not True:
            return Reason.UNKNOWN_VALUE if holds is None and name == ENTRY_IF else reason
    return None


def _leave(enrollment: Enrollment, exit_: ExitEvent) -> Decision:
    given_up = (enrollment.step,) if enrollment.step else ()
    note = DecisionEntry(
        DecisionKind.LEFT, enrollment.step, Reason.LEFT, {"event": exit_.event, "at": exit_.occurred_at.isoformat()}
    )
    left = replace(enrollment, status=EnrollmentStatus.LEFT)
    return Decision(left, Reason.LEFT, exit_, notes=(note,), abandoned_steps=given_up)


def _run_steps(
    version: Version,
    enrollment: Enrollment,
    facts: Facts,
    *,
    now: datetime,
    project: Project,
    notes: tuple[DecisionEntry, ...],
) -> Decision:
    """Runs steps until one has to wait, or none is left. A journey has no loops, so this ends."""
    given_up: tuple[str, ...] = ()
    acts: tuple[Effect, ...] = ()
    while enrollment.step is not None:
        node = version.program.nodes[enrollment.step]
        ctx = StepContext(version=version, node=node, enrollment=enrollment, facts=facts, now=now, project=project)
        move = _check_reentry(ctx, _run_step(ctx))
        notes += move.notes
        if isinstance(move, Exit):
            left = replace(enrollment, status=EnrollmentStatus.LEFT)
            return Decision(left, move.reason, notes=notes, abandoned_steps=given_up, effects=acts)
        acts += move.effects
        if isinstance(move, Wait):
            stayed = replace(enrollment, due_at=move.until)
            return Decision(stayed, queue=move.queue, notes=notes, abandoned_steps=given_up, effects=acts)
        if move.drops_unsent:
            given_up += (node.id,)
        enrollment = replace(enrollment, step=move.to, step_since=move.at, first_sent_at=move.first_sent_at)
        if move.facts_changed and move.to is not None:
            return Decision(replace(enrollment, due_at=now), notes=notes, abandoned_steps=given_up, effects=acts)
    done = replace(enrollment, status=EnrollmentStatus.DONE)
    return Decision(
        done,
        Reason.FINISHED,
        notes=(*notes, DecisionEntry(DecisionKind.DONE, None, None)),
        abandoned_steps=given_up,
        effects=acts,
    )


def _check_reentry(ctx: StepContext, move: Wait | Advance | Exit) -> Wait | Advance | Exit:
    """The effect; an exit instead if an entry that must not send, or not yet again, would send its first message."""
    if not isinstance(move, Wait) or move.queue is None:
        return move
    together = move.queue.together or ()
    if not reentry.reentry_blocks_send(ctx, together):
        return move
    note = DecisionEntry(DecisionKind.LEFT, ctx.enrollment.step, Reason.AGAIN_TOO_SOON)
    return Exit(Reason.AGAIN_TOO_SOON, notes=(note,))


def _run_step(ctx: StepContext) -> Wait | Advance | Exit:
    step = ctx.node.step
    match step:
        case SendStep(together=Duration() as length):
            return merge_window.decide_merged_send(ctx, length)
        case SendStep() | CallStep():
            return send_step.decide_send(ctx)
        case WaitStep():
            return waiting.wait(ctx, step)
        case WaitForStep():
            return waiting.wait_for(ctx, step)
        case ChooseStep():
            return branching.choose_branch(ctx, step)
        case SplitStep():
            return branching.choose_split_path(ctx, step)
        case SetStep():
            return action_steps.set_attributes(ctx, step)
        case WebhookStep():
            return action_steps.call_webhook(ctx, step)
        case StartStep():
            return action_steps.start_journey(ctx, step)
        case LeaveStep():
            return action_steps.leave_journey(ctx, step)
    assert_never(step)
