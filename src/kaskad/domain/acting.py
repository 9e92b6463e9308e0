"""Steps that do something besides writing to the customer: set, webhook, start, leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kaskad.domain.condition import PathRef, ValueType
from kaskad.domain.facts import Enrollment, Facts
from kaskad.domain.moment import Known
from kaskad.domain.moves import (
    SAFETY_NET,
    CallWebhook,
    End,
    Note,
    Noted,
    Pass,
    SetAttributes,
    StartJourney,
    Stay,
    until_known,
)
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Reason
from kaskad.domain.program import Node
from kaskad.domain.step import Assignment, LeaveStep, SetStep, StartStep, WebhookStep

NUMBERS = (ValueType.NUMBER, ValueType.MONEY)


def set_attributes(node: Node, step: SetStep, enrollment: Enrollment, facts: Facts, now: datetime) -> Stay | Pass:
    """Sets all of them, or waits for the one that is not known. What follows is decided on the new profile."""
    values = {one.attribute: _value(one, facts.values) for one in step.assignments}
    if None in values.values():
        return until_known(node.id, now)
    if enrollment.mode == "test":
        return _passed(node, enrollment, now, Note(Noted.SKIPPED, node.id, Reason.ONLY_A_TEST))
    passed = _passed(node, enrollment, now, Note(Noted.SET, node.id, None, values))
    return replace(passed, acts=(SetAttributes(node.id, values),), anew=True)


def tell(node: Node, step: WebhookStep, enrollment: Enrollment, facts: Facts, now: datetime) -> Stay | Pass:
    """Has the other system called, and goes on once it is known, or given up, what became of the call."""
    if enrollment.mode == "test":
        return _passed(node, enrollment, now, Note(Noted.SKIPPED, node.id, Reason.ONLY_A_TEST))
    call = facts.calls.get(node.id)
    if call is None:
        return Stay(now + SAFETY_NET, acts=(CallWebhook(node.id, step.webhook),))
    if not call.settled:
        return Stay(now + SAFETY_NET)
    said = {"webhook": step.webhook} | ({"detail": call.detail} if call.detail else {})
    if call.status is MessageStatus.SENT:
        note = Note(Noted.CALLED, node.id, None, said)
    else:
        reason = Reason.NO_ANSWER if call.status is MessageStatus.UNKNOWN else Reason.PROVIDER_REFUSED
        note = Note(Noted.DROPPED, node.id, reason, said)
    return Pass(node.next, call.at, spoke_at=enrollment.spoke_at, notes=(note,))


def why_not_told(enrollment: Enrollment, facts: Facts, step: str) -> Reason | None:
    """The last look before a call: why it is not made after all; None when it is."""
    if enrollment.status is EnrollmentStatus.QUARANTINED:
        return Reason.QUARANTINED
    if enrollment.status is not EnrollmentStatus.ACTIVE or enrollment.step != step:
        return Reason.SUPERSEDED
    return Reason.LEFT if facts.exit else None


def start(node: Node, step: StartStep, enrollment: Enrollment, now: datetime) -> Pass:
    """Lets the customer into the other journey, as far as that one lets them in, and goes on."""
    passed = _passed(node, enrollment, now, Note(Noted.STARTED, node.id, None, {"journey": step.journey}))
    return replace(passed, acts=(StartJourney(node.id, step.journey),))


def leave(node: Node, step: LeaveStep) -> End:
    """The end, for a reason of its own."""
    detail = {"why": step.why} if step.why else {}
    return End(Reason.LEFT_BY_STEP, (Note(Noted.LEFT, node.id, Reason.LEFT_BY_STEP, detail),))


def _passed(node: Node, enrollment: Enrollment, now: datetime, note: Note) -> Pass:
    return Pass(node.next, enrollment.step_since or now, spoke_at=enrollment.spoke_at, notes=(note,))


def _value(one: Assignment, values: Mapping[str, Known]) -> Any:
    """The value as JSON holds it; None where it is not known."""
    value = values.get(one.value.path) if isinstance(one.value, PathRef) else one.value
    if value is None:
        return None
    if one.type in NUMBERS:  # out of the store, money comes as text
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else float(number)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
