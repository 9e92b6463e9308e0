"""Steps that do something besides sending: set, webhook, start, leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from kaskad.domain.decisions.effects import (
    FALLBACK_WAKE_UP,
    Advance,
    CallWebhook,
    DecisionEntry,
    DecisionKind,
    Exit,
    SetAttributes,
    StartJourney,
    Wait,
    wait_for_value,
)
from kaskad.domain.decisions.facts import Enrollment, Facts
from kaskad.domain.decisions.step_context import StepContext
from kaskad.domain.journeys.condition import PathRef, ValueType
from kaskad.domain.journeys.step import Assignment, LeaveStep, SetStep, StartStep, WebhookStep
from kaskad.domain.journeys.wait_until import PathValue
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Mode, Reason

NUMERIC_TYPES = (ValueType.NUMBER, ValueType.MONEY)


def set_attributes(ctx: StepContext, step: SetStep) -> Wait | Advance:
    """Sets all attributes, or waits for a value that is not known. The next step is decided with the new profile."""
    node = ctx.node
    values = {assignment.attribute: _value(assignment, ctx.facts.values) for assignment in step.assignments}
    if None in values.values():
        return wait_for_value(node.id, ctx.now)
    if ctx.enrollment.mode is Mode.TEST:
        return _advance(ctx, DecisionEntry(DecisionKind.SKIPPED, node.id, Reason.ONLY_A_TEST))
    passed = _advance(ctx, DecisionEntry(DecisionKind.SET, node.id, None, values))
    return replace(passed, effects=(SetAttributes(node.id, values),), facts_changed=True)


def call_webhook(ctx: StepContext, step: WebhookStep) -> Wait | Advance:
    """Calls the other system, and goes on when the result of the call is known, or was given up."""
    node, enrollment, now = ctx.node, ctx.enrollment, ctx.now
    if enrollment.mode is Mode.TEST:
        return _advance(ctx, DecisionEntry(DecisionKind.SKIPPED, node.id, Reason.ONLY_A_TEST))
    call = ctx.facts.calls.get(node.id)
    if call is None:
        return Wait(now + FALLBACK_WAKE_UP, effects=(CallWebhook(node.id, step.webhook),))
    if not call.settled:
        return Wait(now + FALLBACK_WAKE_UP)
    said = {"webhook": step.webhook} | ({"detail": call.detail} if call.detail else {})
    if call.status is MessageStatus.SENT:
        note = DecisionEntry(DecisionKind.CALLED, node.id, None, said)
    else:
        reason = Reason.NO_ANSWER if call.status is MessageStatus.UNKNOWN else Reason.PROVIDER_REFUSED
        note = DecisionEntry(DecisionKind.DROPPED, node.id, reason, said)
    return Advance(node.next, call.at, first_sent_at=enrollment.first_sent_at, notes=(note,))


def webhook_blocker(enrollment: Enrollment, facts: Facts, step: str) -> Reason | None:
    """The check before a call: why it is not made after all; None if it is made."""
    if enrollment.status is EnrollmentStatus.QUARANTINED:
        return Reason.QUARANTINED
    if enrollment.status is not EnrollmentStatus.ACTIVE or enrollment.step != step:
        return Reason.SUPERSEDED
    return Reason.LEFT if facts.exit else None


def start_journey(ctx: StepContext, step: StartStep) -> Advance:
    """Starts the other journey for the customer, if that one admits them, and goes on."""
    passed = _advance(ctx, DecisionEntry(DecisionKind.STARTED, ctx.node.id, None, {"journey": step.journey}))
    return replace(passed, effects=(StartJourney(ctx.node.id, step.journey),))


def leave_journey(ctx: StepContext, step: LeaveStep) -> Exit:
    """Exits the journey, for a reason of its own."""
    detail = {"why": step.why} if step.why else {}
    return Exit(Reason.LEFT_BY_STEP, (DecisionEntry(DecisionKind.LEFT, ctx.node.id, Reason.LEFT_BY_STEP, detail),))


def _advance(ctx: StepContext, note: DecisionEntry) -> Advance:
    enrollment = ctx.enrollment
    return Advance(
        ctx.node.next, enrollment.step_since or ctx.now, first_sent_at=enrollment.first_sent_at, notes=(note,)
    )


def _value(assignment: Assignment, values: Mapping[str, PathValue]) -> Any:
    """The value as JSON stores it; None if it is not known."""
    value = values.get(assignment.value.path) if isinstance(assignment.value, PathRef) else assignment.value
    if value is None:
        return None
    if assignment.type in NUMERIC_TYPES:  # from the store, money comes as text
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else float(number)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
