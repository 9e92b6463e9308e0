"""One enrollment in words: where it stands, what was decided, on which facts, and what was sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.moves import Noted
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Reason
from kaskad.domain.step import CallStep, SendStep
from kaskad.services.catalogue import Catalogue
from kaskad.services.describing.steps import step_words
from kaskad.services.explaining.reasons import sentence
from kaskad.services.explaining.story import Line, Passage
from kaskad.services.wording import channel, done, listed, moment, place, roughly
from kaskad.storage.database import Connection
from kaskad.storage.queries import query
from kaskad.storage.versions import Published

Row = Mapping[str, Any]
Names = Mapping[str, str]  # step id → what people call it
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
        names = _names(published)
        lines = [_decision(one, row, names, zone) for one in decisions[row["id"]]]
        lines += [_message(one, zone, now) for one in sent[row["id"]]]
        lines.sort(key=lambda line: line.at)
        told.append(
            Passage(
                journey=row["journey"],
                version=published.number,
                mode=row["mode"],
                status=row["status"],
                entered_at=row["entered_at"],
                summary=_summary(row, decisions[row["id"]], sent[row["id"]], names, zone, now),
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


def _names(published: Published) -> Names:
    """A message or script by its name; any other step by what it does."""
    return {
        id_: f"'{id_.partition(':')[2] if isinstance(node.step, SendStep | CallStep) else step_words(node.step)}'"
        for id_, node in published.version.program.nodes.items()
    }


def _summary(
    row: Row, decisions: Sequence[Row], sent: Sequence[Row], names: Names, zone: ZoneInfo, now: datetime
) -> str:
    """The enrollment in a sentence or two: what was sent, and why no more."""
    status = EnrollmentStatus(row["status"])
    if status is EnrollmentStatus.REFUSED:
        return f"Not let in: {sentence(row['reason'])}."
    if status is EnrollmentStatus.CANDIDATE:
        return f"Not let in yet: the decision is due, unless more happens before: {_due(row, zone, now)}."
    said = _said(sent)
    if status is EnrollmentStatus.LEFT:
        return f"{said}: {_exit(row, zone)}."
    last = next((one for one in reversed(decisions) if one["kind"] in (Noted.HELD, Noted.DROPPED)), None)
    silent = last and not any(one["status"] in WENT for one in sent)
    why = f", because {sentence(last['reason'])}" if last and silent else ""
    if status is EnrollmentStatus.ACTIVE:
        step = names.get(row["step"], "the end")
        return f"{said} so far{why}. Stands at {step}; next look: {_due(row, zone, now)}."
    return f"{said}{why}. {'Every step was taken' if status is EnrollmentStatus.DONE else 'It is set aside'}."


def _due(row: Row, zone: ZoneInfo, now: datetime) -> str:
    return "with the next run" if row["due_at"] <= now else moment(row["due_at"], zone, now)


def _said(sent: Sequence[Row]) -> str:
    went = [f"'{one['message']}' by {channel(one['channel'])}" for one in sent if one["status"] in WENT]
    return f"Sent {listed(went)}" if went else "Nothing was sent"


def _exit(row: Row, zone: ZoneInfo) -> str:
    """What ended it: "bought in the store (Lenina 5) at 12:40, 35 minutes after"."""
    where = f" {place(row['left_place'])}" if row["left_place"] else ""
    at, entered = row["left_at"], row["entered_at"]
    return f"{done(row['left_by'])}{where} at {moment(at, zone, entered)}, {roughly(at - entered)} after"


def _decision(one: Row, enrollment: Row, names: Names, zone: ZoneInfo) -> Line:
    return Line(one["at"], one["kind"], _decided(one, enrollment, names, zone), one["step"], one["reason"])


def _decided(one: Row, enrollment: Row, names: Names, zone: ZoneInfo) -> str:
    match Noted(one["kind"]):
        case Noted.ENTERED:
            since = moment(enrollment["entered_at"], zone, one["at"])
            return "entered, asked for by name" if enrollment["direct"] else f"entered, as of {since}"
        case Noted.REFUSED:
            return f"not let in: {sentence(one['reason'])}"
        case Noted.QUEUED:
            return f"{names.get(one['step'], one['step'])}: to go by {channel(one['facts'].get('channel', ''))}"
        case Noted.LEFT:
            return f"left: {_exit(enrollment, zone)}"
        case Noted.DONE:
            return "done: every step was taken"
        case Noted.QUARANTINED:
            return f"set aside (`kaskad quarantine`): {sentence(one['reason'])}{_facts(one['facts'])}"
        case Noted.RELEASED:
            return "released by hand, to go on"
        case Noted.FOLLOWED:
            return f"went over to version {one['facts'].get('version')}, after an edit of the journey"
    return _judged(one, names)


def _judged(one: Row, names: Names) -> str:
    """A message, or a person, that was not sent on its way, and the facts that decided it."""
    if one["step"] is None:
        return f"not decided yet: {sentence(one['reason'])}"
    word = {Noted.HELD: "held", Noted.DROPPED: "given up", Noted.SKIPPED: "passed by"}[Noted(one["kind"])]
    name = names.get(one["step"], one["step"])
    return f"{name}: {word}, because {sentence(one['reason'])}{_facts(one['facts'])}"


def _facts(facts: Mapping[str, Any]) -> str:
    """The facts in brackets: why each channel does not reach, which source is silent, what was missing."""
    said: dict[str, list[str]] = defaultdict(list)
    for key, value in sorted(facts.items()):
        said[_reason_or_text(str(value))].append("" if key == "detail" else channel(key))
    parts = [f"{listed(about)}: {text}" if any(about) else text for text, about in said.items()]
    return f" ({'; '.join(parts)})" if parts else ""


def _reason_or_text(value: str) -> str:
    return sentence(value) if value in set(Reason) else value


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
