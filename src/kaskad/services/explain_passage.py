"""One enrollment in words: where it stands, what was decided, on which facts, and what was sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.moves import Noted
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus
from kaskad.services.catalogue import Catalogue
from kaskad.services.explain_reasons import sentence
from kaskad.services.explain_story import Line, Passage
from kaskad.services.wording import channel, done, listed, moment, place, roughly
from kaskad.storage.database import Connection
from kaskad.storage.queries import query

Row = Mapping[str, Any]
WENT = (MessageStatus.SENT, MessageStatus.UNKNOWN)
RECEIPTS = (("delivered_at", "delivered"), ("opened_at", "opened"), ("clicked_at", "clicked"))


async def passages(
    catalogue: Catalogue, connection: Connection, rows: Sequence[Row], zone: ZoneInfo, now: datetime
) -> tuple[Passage, ...]:
    """These enrollments in words, in the order given; times in the customer's zone."""
    ids = {"enrollments": [row["id"] for row in rows]}
    decisions = await _by_enrollment(connection, "explain_decisions", ids)
    sent = await _by_enrollment(connection, "explain_messages", ids)
    versions = {row["version_id"]: await catalogue.version(connection, row["version_id"]) for row in rows}
    told = []
    for row in rows:
        published = versions[row["version_id"]]
        lines = [_decision(one, row, zone) for one in decisions[row["id"]]]
        lines += [_message(one, zone, now) for one in sent[row["id"]]]
        lines.sort(key=lambda line: line.at)
        told.append(
            Passage(
                journey=row["journey"],
                version=published.number,
                mode=row["mode"],
                status=row["status"],
                entered_at=row["entered_at"],
                summary=_summary(row, decisions[row["id"]], sent[row["id"]], zone, now),
                lines=tuple(lines),
            )
        )
    return tuple(told)


async def _by_enrollment(connection: Connection, statement: str, ids: Mapping[str, Any]) -> dict[int, list[Row]]:
    cursor = await connection.execute(query(statement), ids)
    found: dict[int, list[Row]] = defaultdict(list)
    for row in await cursor.fetchall():
        found[row["enrollment_id"]].append(row)
    return found


def _summary(row: Row, decisions: Sequence[Row], sent: Sequence[Row], zone: ZoneInfo, now: datetime) -> str:
    """The enrollment in a sentence or two: what was sent, and why no more."""
    status = EnrollmentStatus(row["status"])
    if status is EnrollmentStatus.REFUSED:
        return f"Not let in: {sentence(row['reason'])}."
    if status is EnrollmentStatus.CANDIDATE:
        return f"Not let in yet: it is decided {_due(row, zone, now)}, unless more happens before."
    said = _said(sent)
    if status is EnrollmentStatus.LEFT:
        return f"{said}: {_exit(row, zone)}."
    last = next((one for one in reversed(decisions) if one["kind"] in (Noted.HELD, Noted.DROPPED)), None)
    why = f" {_judged(last, zone)}" if last and not any(one["status"] in WENT for one in sent) else ""
    if status is EnrollmentStatus.ACTIVE:
        return f"{said} so far. Stands at '{row['step'] or 'the end'}', looked at again {_due(row, zone, now)}.{why}"
    return f"{said}.{why} Every step was taken." if status is EnrollmentStatus.DONE else f"{said}; set aside."


def _due(row: Row, zone: ZoneInfo, now: datetime) -> str:
    return "with the next run" if row["due_at"] <= now else f"at {moment(row['due_at'], zone, now)}"


def _said(sent: Sequence[Row]) -> str:
    went = [f"'{one['message']}' by {channel(one['channel'])}" for one in sent if one["status"] in WENT]
    return f"Sent {listed(went)}" if went else "Nothing was sent"


def _exit(row: Row, zone: ZoneInfo) -> str:
    """What ended it: "bought in the store (Lenina 5) at 12:40, 35 minutes after"."""
    where = f" {place(row['left_place'])}" if row["left_place"] else ""
    at, entered = row["left_at"], row["entered_at"]
    return f"{done(row['left_by'])}{where} at {moment(at, zone, entered)}, {roughly(at - entered)} after"


def _decision(one: Row, enrollment: Row, zone: ZoneInfo) -> Line:
    return Line(one["at"], one["kind"], _decided(one, enrollment, zone), one["step"], one["reason"])


def _decided(one: Row, enrollment: Row, zone: ZoneInfo) -> str:
    match Noted(one["kind"]):
        case Noted.ENTERED:
            by = "asked for by name" if enrollment["direct"] else "since"
            return f"entered, {by} {moment(enrollment['entered_at'], zone, one['at'])}"
        case Noted.REFUSED:
            return f"not let in: {sentence(one['reason'])}"
        case Noted.QUEUED:
            return f"{_name(one)}: to go by {channel(one['facts'].get('channel', ''))}"
        case Noted.LEFT:
            return f"left: {_exit(enrollment, zone)}"
        case Noted.DONE:
            return "done: every step was taken"
    return _judged(one, zone)


def _judged(one: Row, zone: ZoneInfo) -> str:
    """A message, or a person, that was not sent on its way, and the facts that decided it."""
    if one["step"] is None:
        return f"not decided yet: {sentence(one['reason'])}"
    word = {Noted.HELD: "held", Noted.DROPPED: "given up", Noted.SKIPPED: "passed by"}[Noted(one["kind"])]
    return f"{_name(one)}: {word}, because {sentence(one['reason'])}{_facts(one['facts'])}"


def _facts(facts: Mapping[str, Any]) -> str:
    """The facts in brackets: why each channel does not reach, which source is silent, what was missing."""
    known = {"source": "source", "detail": ""}
    parts = []
    for key, value in sorted(facts.items()):
        label = known.get(key, channel(key))
        parts.append(f"{label}: {_reason_or_text(value)}" if label else str(value))
    return f" ({'; '.join(parts)})" if parts else ""


def _reason_or_text(value: Any) -> str:
    try:
        return sentence(str(value))
    except ValueError:
        return str(value)


def _name(one: Row) -> str:
    return f"'{str(one['step']).partition(':')[2]}'"


def _message(one: Row, zone: ZoneInfo, now: datetime) -> Line:
    at = one["sent_at"] or one["sending_at"] or one["decided_at"]
    text = f"{channel(one['channel'])} '{one['message']}' {_became(one, zone, now)}"
    heard = [f"{word} {moment(one[key], zone, at)}" for key, word in RECEIPTS if one[key]]
    return Line(at, "message", ", ".join([text, *heard]), one["step"], one["reason"])


def _became(one: Row, zone: ZoneInfo, now: datetime) -> str:
    by = f" through {one['provider']}" if one["provider"] else ""
    why = f": {sentence(one['reason'])}" if one["reason"] else ""
    why += f" ({one['detail']})" if one["detail"] else ""
    match MessageStatus(one["status"]):
        case MessageStatus.SENT:
            return "given to the people who call" if one["channel"] == "call" else f"sent{by}"
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
    again = f", not before {moment(one['not_before'], zone, now)}" if one["not_before"] > now else ""
    return f"waiting to be sent{again}{why}"
