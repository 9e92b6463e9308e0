"""Counterfactuals: what would have let a message be sent, if a decision held or dropped it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from kaskad.domain.decisions import reentry, send_policy
from kaskad.domain.decisions.resolved_send import ResolvedSend, resolve_send
from kaskad.domain.journeys.policy import Cap
from kaskad.domain.journeys.program import ENTRY_IF, ENTRY_WHERE, ONLY_WHILE, condition_name
from kaskad.domain.outcome import Reason
from kaskad.services.explaining.evidence import Evidence, describe_failed_conditions
from kaskad.services.wording import channel_label, format_duration, format_time, join_words

Row = Mapping[str, Any]
SIMPLE_TEXTS: Mapping[Reason, str] = {
    Reason.PROVIDER_DOWN: "a provider of the channel had answered",
    Reason.NO_TEMPLATE: "the message had had a template for a channel that reaches the customer",
    Reason.DATE_CHANGED: "the date had not changed",
    Reason.CONTROL_GROUP: "the customer had not been in the control group",
    Reason.HOLDOUT: "the customer had not been in the holdout",
    Reason.UNKNOWN_SENDER: "senders.yaml had contained the sender that the event names",
    Reason.NO_CODE: "the promo had had a code left",
    Reason.BOUGHT: "the customer had not bought it, or something similar, meanwhile",
}
CONDITION_OF_REASON: Mapping[Reason, str] = {
    Reason.WHERE_FALSE: ENTRY_WHERE,
    Reason.IF_FALSE: ENTRY_IF,
    Reason.STATE_CHANGED: ONLY_WHILE,
}


def explain_counterfactual(evidence: Evidence, row: Row) -> str | None:
    """Returns "it would have been sent if …" for one decision entry; None if nothing could be done about it."""
    if row["reason"] is None:
        return None
    reason = Reason(row["reason"])
    needed = _needed_text(evidence, row, reason)
    result = "it would have been sent" if row["step"] else "the customer would have entered"
    return f"{result} if {needed}" if needed else None


def _needed_text(evidence: Evidence, row: Row, reason: Reason) -> str | None:
    match reason:
        case Reason.WHERE_FALSE | Reason.IF_FALSE | Reason.STATE_CHANGED:
            return f"this had been true: {'; '.join(describe_failed_conditions(evidence, CONDITION_OF_REASON[reason]))}"
        case Reason.CONDITION_FALSE:
            return f"this had been true: {'; '.join(describe_failed_conditions(evidence, condition_name(row['step'])))}"
        case Reason.UNKNOWN_VALUE:
            return _needed_data(evidence, row["step"])
        case Reason.AGAIN_TOO_SOON:
            return _needed_pause(evidence)
        case Reason.QUIET_HOURS | Reason.SEND_WINDOW:
            return _needed_hours(evidence, row)
        case Reason.CAP:
            return _needed_cap(evidence, row["step"])
        case Reason.STALE_SOURCE:
            return _needed_source(evidence, row["facts"].get("source", ""))
        case reason if reason in MISSING_TEXTS:
            return _needed_contact(evidence, row)
        case Reason.EXPIRED:
            resolved = _resolve_send(evidence, row["step"])
            return (
                f"its turn had come before {format_time(resolved.expires_at, evidence.zone, evidence.at)}"
                if resolved
                else None
            )
    return SIMPLE_TEXTS.get(reason)


def _needed_data(evidence: Evidence, step: str | None) -> str | None:
    about = (step, ONLY_WHILE) if step else (ENTRY_WHERE, ENTRY_IF)
    truths = evidence.inputs.facts.truths
    names = [
        name for name in evidence.version.program.conditions if name.startswith(about) and truths.get(name) is None
    ]
    unknown = [part for name in names for part in describe_failed_conditions(evidence, name)]
    return f"this had been known: {'; '.join(unknown)}" if names else None


def _needed_pause(evidence: Evidence) -> str | None:
    inputs, after = evidence.inputs, evidence.version.journey.enter.again_after
    last = reentry.find_blocking_entry(after, inputs.enrollment, inputs.facts.person)
    if last is None or after == "always":
        return None
    when = format_time(last.entered_at, evidence.zone, evidence.at)
    if after == "never":
        return f"the entry of {when} had sent nothing"
    until = format_time(after.after(last.entered_at, evidence.zone), evidence.zone, evidence.at)
    return f"the last entry that sent something ({when}) had been {format_duration(after)} ago: from {until} on"


def _needed_hours(evidence: Evidence, row: Row) -> str | None:
    window, zone = evidence.version.journey.send_window, evidence.zone
    verdict = send_policy.check_send_hours(evidence.project.policy, window, zone, now=evidence.at)
    if isinstance(verdict, send_policy.Defer):
        opens = format_time(verdict.until, zone, evidence.at)
        return f"it had become due in open hours: from {opens} on"
    return f"it had become due between {window.from_:%H:%M} and {window.to:%H:%M}" if window else None


def _needed_cap(evidence: Evidence, step: str | None) -> str | None:
    """Returns the cap that is full, how many messages it counts, and when there is room again."""
    resolved = _resolve_send(evidence, step)
    if resolved is None:
        return None
    person, caps = evidence.inputs.facts.person, evidence.project.policy.caps
    full = []
    for cap in caps:
        verdict = send_policy.check_caps([cap], person, evidence.at, topic=resolved.topic, sender=resolved.sender)
        if not isinstance(verdict, send_policy.Allow):
            room = (
                f"; there is room again {_when(verdict.until, evidence)}"
                if isinstance(verdict, send_policy.Defer)
                else ""
            )
            few = "no message" if cap.at_most <= 1 else f"fewer than {cap.at_most} messages"
            full.append(f"{few} had counted in the cap '{_cap(cap)}'{room}")
    return join_words(full)


def _when(at: datetime, evidence: Evidence) -> str:
    return format_time(at, evidence.zone, evidence.at)


def _cap(cap: Cap) -> str:
    topic = f" about {cap.topic}" if cap.topic else ""
    return f"at most {cap.at_most} a {cap.per}{topic}{', of each sender' if cap.each else ''}"


def _needed_source(evidence: Evidence, source: str) -> str | None:
    limit = evidence.version.journey.fresh_data.get(source)
    if limit is None:
        return None
    last = evidence.inputs.facts.last_heard.get(source)
    heard = f"last heard from {_when(last, evidence)}" if last else "never heard from"
    return f"'{source}' had been heard from within {format_duration(limit)} of its opening hours ({heard})"


def _needed_contact(evidence: Evidence, row: Row) -> str | None:
    """Returns what each channel of the cascade lacked."""
    lacks: dict[str, list[str]] = {}
    for name, reason in row["facts"].items():
        lacks.setdefault(str(reason), []).append(channel_label(name))
    lacking = [
        f"{MISSING_TEXTS[Reason(reason)]} by {join_words(names, 'or')}"
        for reason, names in lacks.items()
        if reason in MISSING_TEXTS
    ]
    return f"the customer had {join_words(lacking, 'or')}" if lacking else None


MISSING_TEXTS: Mapping[str, str] = {
    Reason.NO_CONSENT: "consented to marketing",
    Reason.UNCONFIRMED: "confirmed the address",
    Reason.NO_CONTACT: "been reachable",
    Reason.ADDRESS_DEAD: "had a working address",
    Reason.SUPPRESSED: "not refused it at this address",
    Reason.TOPIC_OPTED_OUT: "wanted this topic",
}


def _resolve_send(evidence: Evidence, step: str | None) -> ResolvedSend | None:
    node = evidence.version.program.nodes.get(step or "")
    if node is None or node.step.kind not in ("send", "call"):
        return None
    since = evidence.inputs.enrollment.step_since if evidence.inputs.enrollment.step == step else evidence.at
    enrollment = replace(evidence.inputs.enrollment, step=step, step_since=since)
    return resolve_send(evidence.version, node, enrollment, zone=evidence.zone, now=evidence.at)
