"""One enrollment in words: its current state, what was decided, on which facts, and what was sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.journeys.entry_trigger import quiet_until
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.step import CallStep, SendStep
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Mode, Reason
from kaskad.services.catalogue import Catalogue
from kaskad.services.describing.steps import describe_step
from kaskad.services.explaining.customer_history import EnrollmentTimeline, HistoryLine
from kaskad.services.explaining.decision_texts import build_lines, describe_exit, load_evidence
from kaskad.services.reason_texts import reason_text
from kaskad.services.wording import channel_label, format_full_time, format_time, join_words
from kaskad.storage.database import Connection
from kaskad.storage.publishing.versions import PublishedVersion
from kaskad.storage.queries import query

Row = Mapping[str, Any]
Names = Mapping[str, str]  # step id → its name for people
SENT_STATUSES = (MessageStatus.SENT, MessageStatus.UNKNOWN)
OPT_OUT_TEXTS = {Reason.COMPLAINED: "the customer complained", Reason.UNSUBSCRIBED: "the customer unsubscribed"}
RECEIPT_TEXTS = (("delivered_at", "delivered"), ("opened_at", "opened"), ("clicked_at", "clicked"))


async def build_timelines(
    catalogue: Catalogue, connection: Connection, rows: Sequence[Row], *, zone: ZoneInfo, now: datetime, past: bool
) -> tuple[EnrollmentTimeline, ...]:
    """Returns these enrollments in words, in their order; times in the customer's zone. `past`: their state `now`."""
    ids = {"enrollments": [row["id"] for row in rows], "until": now if past else None}
    files: dict[int, Project] = {}
    decisions = await _by_enrollment(connection, "explain_decisions", ids)
    sent = await _by_enrollment(connection, "explain_messages", ids)
    versions = {row["version_id"]: await catalogue.version(connection, row["version_id"]) for row in rows}
    timelines = []
    for row in rows:
        published = versions[row["version_id"]]
        names = _names(published)
        grounds = [
            await load_evidence(catalogue, connection, decision, enrollment=row, files=files)
            for decision in decisions[row["id"]]
        ]
        lines = list(build_lines(decisions[row["id"]], grounds, row, names=names, zone=zone))
        lines += [_message(message, zone, now) for message in sent[row["id"]] if not past or _begun_at(message) <= now]
        lines.sort(key=lambda line: line.at)
        shown = {**row, "due_at": _decided_at(published, row, zone)}
        summary = _summary(shown, decisions[row["id"]], sent[row["id"]], names=names, zone=zone, now=now)
        timelines.append(
            EnrollmentTimeline(
                journey=row["journey"],
                version=published.number,
                mode=Mode(row["mode"]),
                status=row["status"],
                entered_at=row["entered_at"],
                summary=_as_of(lines, zone, now) if past else summary,
                lines=tuple(lines),
            )
        )
    return tuple(timelines)


async def _by_enrollment(connection: Connection, statement: str, ids: Mapping[str, Any]) -> dict[int, list[Row]]:
    cursor = await connection.execute(query(statement), ids)
    found: dict[int, list[Row]] = defaultdict(list)
    for row in await cursor.fetchall():
        found[row["enrollment_id"]].append(row)
    return found


def _names(published: PublishedVersion) -> Names:
    """Returns names of steps: of a send or call its message or script, of any other what it does."""
    return {
        id_: f"'{id_.partition(':')[2] if isinstance(node.step, SendStep | CallStep) else describe_step(node.step)}'"
        for id_, node in published.version.program.nodes.items()
    }


def _summary(
    row: Row, decisions: Sequence[Row], sent: Sequence[Row], *, names: Names, zone: ZoneInfo, now: datetime
) -> str:
    """Returns the enrollment in a sentence or two: what was sent, and why no more."""
    status = EnrollmentStatus(row["status"])
    if status is EnrollmentStatus.REFUSED:
        return f"Not admitted: {reason_text(row['reason'])}."
    if status is EnrollmentStatus.CANDIDATE:
        return f"Not admitted yet. Unless something happens before, the decision is due: {_due(row, zone, now)}."
    said = _sent_text(sent)
    if status is EnrollmentStatus.LEFT:
        return f"{said}: {describe_exit(row, zone)}."
    last = next(
        (decision for decision in reversed(decisions) if decision["kind"] in (DecisionKind.HELD, DecisionKind.DROPPED)),
        None,
    )
    silent = last and not any(message["status"] in SENT_STATUSES for message in sent)
    why = f", because {reason_text(last['reason'])}" if last and silent else ""
    if status is EnrollmentStatus.ACTIVE:
        step = names.get(row["step"], "the end")
        return f"{said} so far{why}. Now at {step}; next check: {_due(row, zone, now)}."
    return f"{said}{why}. {'Every step was taken' if status is EnrollmentStatus.DONE else 'It is set aside'}."


def _decided_at(published: PublishedVersion, row: Row, zone: ZoneInfo) -> datetime:
    """Returns when the next decision is made: a candidate may be checked earlier, but is not admitted then."""
    due: datetime = row["due_at"]
    if row["status"] != EnrollmentStatus.CANDIDATE or row["direct"]:
        return due
    return max(due, quiet_until(published.version.journey.enter, row["entered_at"], zone))


def _due(row: Row, zone: ZoneInfo, now: datetime) -> str:
    return "with the next run" if row["due_at"] <= now else format_time(row["due_at"], zone, now)


def _sent_text(sent: Sequence[Row]) -> str:
    went = [
        f"'{message['message']}' by {channel_label(message['channel'])}"
        for message in sent
        if message["status"] in SENT_STATUSES
    ]
    return f"Sent {join_words(went)}" if went else "Nothing was sent"


def _as_of(lines: Sequence[HistoryLine], zone: ZoneInfo, now: datetime) -> str:
    """Returns the state of that time: the last decision or message until then."""
    said = (
        f"{lines[-1].text}, since {format_full_time(lines[-1].at, zone)}" if lines else "nothing had been decided yet"
    )
    return f"As of {format_full_time(now, zone)}: {said}."


def _begun_at(message: Row) -> datetime:
    at: datetime = message["sent_at"] or message["sending_at"] or message["decided_at"]
    return at


def _message(message: Row, zone: ZoneInfo, now: datetime) -> HistoryLine:
    at = _begun_at(message)
    text = f"{channel_label(message['channel'])} '{message['message']}' {_describe_status(message, zone, now)}"
    heard = [
        f"{word} {format_time(message[key], zone, at)}"
        for key, word in RECEIPT_TEXTS
        if message[key] and message[key] <= now
    ]
    heard += [OPT_OUT_TEXTS[Reason(message["stopped"])]] if message["stopped"] else []
    return HistoryLine(at, "message", ", ".join([text, *heard]), message["step"], message["reason"])


def _describe_status(message: Row, zone: ZoneInfo, now: datetime) -> str:
    by = f" through {message['provider']}" if message["provider"] else ""
    why = f": {reason_text(message['reason'])}" if message["reason"] else ""
    why += f" ({message['detail']})" if message["detail"] and not message["stopped"] else ""  # a refusal says all
    match MessageStatus(message["status"]):
        case MessageStatus.SENT:
            return f"given to the people who call{why}" if message["channel"] == "call" else f"sent{by}{why}"
        case MessageStatus.UNKNOWN:
            return f"may have been sent{by}: nobody can tell{why}"
        case MessageStatus.FAILED:
            return f"failed{by}{why}"
        case MessageStatus.DROPPED:
            return f"not sent any more{why}"
        case MessageStatus.HELD:
            return f"held back{why}"
        case MessageStatus.SENDING:
            return f"being sent{by}"
    again = f", not before {format_time(message['not_before'], zone, now)}" if message["not_before"] > now else ""
    return f"waiting to be sent{again}{why}"
