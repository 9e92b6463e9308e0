"""Decisions in words: each entry with the facts it saw, and what would have let the message be sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.snapshot import load_snapshot
from kaskad.domain.journeys.project import Project
from kaskad.domain.outcome import Reason
from kaskad.services.catalogue import Catalogue
from kaskad.services.explaining.counterfactual import explain_counterfactual
from kaskad.services.explaining.customer_history import HistoryLine
from kaskad.services.explaining.evidence import Evidence, describe_evidence
from kaskad.services.reason_texts import reason_text
from kaskad.services.wording import (
    channel_label,
    event_phrase,
    format_rough_length,
    format_time,
    join_words,
    place_phrase,
)
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import to_due_enrollment
from kaskad.storage.publishing import versions

Row = Mapping[str, Any]
Names = Mapping[str, str]  # step id → its name for people
NEGATIVE_KINDS = (DecisionKind.REFUSED, DecisionKind.HELD, DecisionKind.DROPPED, DecisionKind.SKIPPED)


async def load_evidence(
    catalogue: Catalogue, connection: Connection, decision: Row, *, enrollment: Row, files: dict[int, Project]
) -> Evidence | None:
    """Returns the inputs of the decision; None if it is not its first entry. `files` caches loaded projects."""
    if decision["seen"] is None:
        return None
    of_then = {**enrollment, "customer_id": decision["decided_for"]}  # the entry of who was merged has moved since
    inputs = load_snapshot(decision["seen"], to_due_enrollment(of_then).enrollment)
    if inputs.files not in files:
        files[inputs.files] = await versions.load_past_project(connection, inputs.files)
    version = (await catalogue.version(connection, inputs.version)).version
    return Evidence(inputs, version, files[inputs.files], decision["at"], decision["seen"].get("behind", {}))


def build_lines(
    rows: Sequence[Row], found: Sequence[Evidence | None], enrollment: Row, *, names: Names, zone: ZoneInfo
) -> Iterator[HistoryLine]:
    """Yields a line for each entry, in order; the facts stand with the last entry of the decision that they led to."""
    evidence: Evidence | None = None
    for number, (row, own) in enumerate(zip(rows, found, strict=True)):
        evidence = own or (evidence if number and rows[number - 1]["at"] == row["at"] else None)
        last = number + 1 == len(rows) or rows[number + 1]["seen"] is not None
        against = row["kind"] in NEGATIVE_KINDS
        yield HistoryLine(
            row["at"],
            row["kind"],
            _describe_entry(row, enrollment, names, zone=zone),
            row["step"],
            row["reason"],
            grounds=tuple(describe_evidence(evidence)) if evidence and last else (),
            otherwise=explain_counterfactual(evidence, row) if evidence and against else None,
        )


def describe_exit(row: Row, zone: ZoneInfo) -> str:
    """Returns what ended it: "bought in the store (Lenina 5) at 12:40, 35 minutes after"."""
    if row["left_by"] is None:
        return reason_text(row["reason"])
    where = f" {place_phrase(row['left_place'])}" if row["left_place"] else ""
    at, entered = row["left_at"], row["entered_at"]
    after = format_rough_length(at - entered)
    return f"{event_phrase(row['left_by'])}{where} at {format_time(at, zone, entered)}, {after} after"


def _describe_entry(entry: Row, enrollment: Row, names: Names, *, zone: ZoneInfo) -> str:
    match DecisionKind(entry["kind"]):
        case DecisionKind.ENTERED:
            since = format_time(enrollment["entered_at"], zone, entry["at"])
            return "entered, enrolled by a person" if enrollment["direct"] else f"entered, as of {since}"
        case DecisionKind.REFUSED:
            return f"not admitted: {reason_text(entry['reason'])}"
        case DecisionKind.QUEUED:
            channel = channel_label(entry["facts"].get("channel", ""))
            return f"{names.get(entry['step'], entry['step'])}: queued for {channel}"
        case DecisionKind.LEFT:
            return f"left: {describe_exit(enrollment, zone)}"
        case DecisionKind.DONE:
            return "done: every step was taken"
        case DecisionKind.QUARANTINED:
            return f"set aside (`kaskad quarantine`): {reason_text(entry['reason'])}{_facts(entry['facts'])}"
        case DecisionKind.RELEASED:
            return "released by a person, and goes on"
        case DecisionKind.FOLLOWED:
            return f"moved to version {entry['facts'].get('version')}, after an edit of the journey"
        case (
            DecisionKind.TOOK
            | DecisionKind.SET
            | DecisionKind.STARTED
            | DecisionKind.CALLED
            | DecisionKind.MERGED as did
        ):
            return f"{names.get(entry['step'], entry['step'])}: {_describe_action(did, entry['facts'])}"
    return _describe_blocked(entry, names, zone)


def _describe_action(kind: DecisionKind, facts: Mapping[str, Any]) -> str:
    """Returns what a step did, if it sent no message."""
    match kind:
        case DecisionKind.TOOK:
            return f"took the path '{facts.get('path')}'"
        case DecisionKind.SET:
            return join_words([f"{name} is {value} now" for name, value in sorted(facts.items())])
        case DecisionKind.STARTED:
            return f"may enter '{facts.get('journey')}'"
        case DecisionKind.CALLED:
            return f"'{facts.get('webhook')}' was called, and has answered"
    return reason_text(Reason.TOGETHER)


def _describe_blocked(entry: Row, names: Names, zone: ZoneInfo) -> str:
    """Returns why a message or an entry was held or dropped, and the facts that decided it."""
    if entry["step"] is None:
        return f"not decided yet: {reason_text(entry['reason'])}"
    word = {DecisionKind.HELD: "held", DecisionKind.DROPPED: "dropped", DecisionKind.SKIPPED: "skipped"}[
        DecisionKind(entry["kind"])
    ]
    name = names.get(entry["step"], entry["step"])
    facts = entry["facts"]
    known = _describe_purchase(entry, zone) if entry["reason"] == Reason.BOUGHT and "at" in facts else _facts(facts)
    return f"{name}: {word}, because {reason_text(entry['reason'])}{known}"


def _describe_purchase(entry: Row, zone: ZoneInfo) -> str:
    """Returns in brackets what was bought, of what it is the like, where and when."""
    facts = entry["facts"]
    like = f", which is like {facts['like']}," if "like" in facts else ""
    where = f" {place_phrase(facts['place'])}" if facts["place"] else ""
    at = format_time(datetime.fromisoformat(facts["at"]), zone, entry["at"])
    return f" ({facts['product']}{like} was bought{where}, {at})"


def _facts(facts: Mapping[str, Any]) -> str:
    """Returns the facts in brackets: why channels do not reach, which source is silent, what was missing."""
    said: dict[str, list[str]] = defaultdict(list)
    for key, value in sorted(facts.items()):
        said[_reason_or_text(str(value))].append("" if key == "detail" else channel_label(key))
    parts = [f"{join_words(about)}: {text}" if any(about) else text for text, about in said.items()]
    return f" ({'; '.join(parts)})" if parts else ""


def _reason_or_text(value: str) -> str:
    return reason_text(value) if value in set(Reason) else value
