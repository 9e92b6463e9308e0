"""Writes the decisions of a batch in bulk: messages, decision entries, and the new state of each enrollment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.engine import Decision
from kaskad.domain.decisions.facts import Facts
from kaskad.domain.decisions.snapshot import dump_snapshot, to_microseconds
from kaskad.domain.journeys.program import ENTRY_IF, ENTRY_WHERE, ONLY_WHILE
from kaskad.domain.outcome import EnrollmentStatus, Reason
from kaskad.storage.conditions import trace
from kaskad.storage.conditions.trace import TraceRequest
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages
from kaskad.storage.enrollments import DueEnrollment
from kaskad.storage.enrollments import write_rows as write_rows
from kaskad.storage.publishing.versions import PublishedVersion

CONDITION_REASONS = (
    Reason.WHERE_FALSE,
    Reason.IF_FALSE,
    Reason.CONDITION_FALSE,
    Reason.STATE_CHANGED,
    Reason.UNKNOWN_VALUE,
)
ConditionTraces = Mapping[int, Mapping[str, Any]]  # enrollment → condition → the values that its parts compared


@dataclass(frozen=True, slots=True)
class DecidedEnrollment:
    """One enrollment, the decision about it, the facts, and the time."""

    due: DueEnrollment
    published: PublishedVersion
    decision: Decision
    facts: Facts
    at: datetime


async def write_decisions(connection: Connection, decided: Sequence[DecidedEnrollment], files: int) -> None:
    """Writes all decisions of a batch in one pipeline. `files`: the generation of the files that they used."""
    behind = await trace.trace_conditions(
        connection, [asked for result in decided for asked in _failed_conditions(result)]
    )
    async with connection.pipeline():
        await messages.drop_unsent(connection, [row for result in decided for row in _given_up_rows(result)])
        await write_rows(connection, "queue_messages", [row for result in decided for row in _message_rows(result)])
        await write_rows(connection, "write_enrollments", [_enrollment_row(result) for result in decided])
        await write_rows(
            connection, "write_decisions", [row for result in decided for row in _decision_rows(result, files, behind)]
        )


def message_id(enrollment: UUID, step: str, channel: str) -> UUID:
    """Returns the message's fixed id: an enrollment, step and channel is one message, however often it is decided."""
    return uuid5(enrollment, f"{step}/{channel}")


def _given_up_rows(result: DecidedEnrollment) -> Iterator[dict[str, Any]]:
    enrollment = result.due.enrollment
    reason = result.decision.reason if result.decision.reason is Reason.LEFT else Reason.SUPERSEDED
    for step in result.decision.abandoned_steps:
        yield {"enrollment_id": enrollment.id, "entered_on": enrollment.entered_on, "step": step, "reason": reason}


def _message_rows(result: DecidedEnrollment) -> Iterator[dict[str, Any]]:
    queue, enrollment = result.decision.queue, result.due.enrollment
    if queue is None:
        return
    yield {
        "id": message_id(result.due.uid, queue.step, queue.channel),
        "entered_on": enrollment.entered_on,
        "enrollment_id": enrollment.id,
        "customer_id": enrollment.customer,
        "journey": enrollment.journey,
        "version_id": result.due.version_id,
        "step": queue.step,
        "message": queue.message,
        "channel": queue.channel,
        "topic": queue.topic,
        "purpose": queue.purpose,
        "sender": queue.sender,
        "mode": enrollment.mode,
        "priority": result.due.priority,
        "decided_at": result.at,
        "counts_on": queue.counts_on,
        "expires_at": queue.expires_at,
        "patience": queue.patience.total_seconds(),
        "together": None if queue.together is None else list(queue.together),
    }


def _enrollment_row(result: DecidedEnrollment) -> dict[str, Any]:
    after, exit_ = result.decision.enrollment, result.decision.exit
    was_candidate = result.due.enrollment.status is EnrollmentStatus.CANDIDATE
    entered = was_candidate and any(note.kind is DecisionKind.ENTERED for note in result.decision.notes)
    return {
        "id": after.id,
        "status": after.status,
        "step": after.step,
        "step_since": after.step_since,
        "spoke_at": after.first_sent_at,
        "due_at": after.due_at,
        "reason": result.decision.reason,
        "left_by": exit_ and exit_.event,
        "left_place": exit_ and exit_.place,
        "left_at": exit_ and exit_.occurred_at,
        "admitted_at": result.at if entered else None,
        "ended_at": result.at if result.decision.ended else None,
    }


def _decision_rows(result: DecidedEnrollment, files: int, behind: ConditionTraces) -> Iterator[dict[str, Any]]:
    """Yields a row for each decision entry; the first keeps the decision's inputs, so that it can be replayed."""
    enrollment = result.due.enrollment
    for number, note in enumerate(result.decision.notes):
        yield {
            "enrollment_id": enrollment.id,
            "customer_id": enrollment.customer,
            "journey": enrollment.journey,
            "step": note.step,
            "kind": note.kind,
            "reason": note.reason,
            "facts": dict(note.detail),
            "seen": None if number else _snapshot(result, files, behind.get(enrollment.id)),
            "at": result.at,
        }


def _snapshot(result: DecidedEnrollment, files: int, behind: Mapping[str, Any] | None) -> dict[str, Any]:
    after = result.decision.enrollment
    came = {
        "files": files,
        "version": result.due.version_id,
        "to": [after.status, after.step, to_microseconds(after.due_at)],
    }
    saw = {"behind": behind} if behind else {}
    return (
        came | saw | dump_snapshot(result.due.enrollment, after, result.facts, journey=result.published.version.journey)
    )


def _failed_conditions(result: DecidedEnrollment) -> Iterator[TraceRequest]:
    """Yields the conditions that failed and so decided an entry: the values they compared are stored too."""
    program, truths = result.published.version.program, result.facts.truths
    for note in result.decision.notes:
        if note.reason in CONDITION_REASONS:
            about = (note.step, ONLY_WHILE) if note.step else (ENTRY_WHERE, ENTRY_IF)
            for name, conditions in program.conditions.items():
                if name.startswith(about) and truths.get(name) is not True:
                    yield TraceRequest(result.due.enrollment.id, result.at, name, conditions)
