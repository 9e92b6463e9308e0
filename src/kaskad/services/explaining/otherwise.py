"""What would have made a message go, where a decision held it or gave it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from kaskad.domain.decisions import reentry, send_policy
from kaskad.domain.decisions.resolved_send import ResolvedSend, resolve_send
from kaskad.domain.journeys.program import ENTRY_IF, ENTRY_WHERE, ONLY_WHILE, condition_name
from kaskad.domain.journeys.project import Cap
from kaskad.domain.outcome import Reason
from kaskad.services.explaining.grounds import Ground, failed
from kaskad.services.wording import channel, duration, listed, moment

Row = Mapping[str, Any]
SIMPLE: Mapping[Reason, str] = {
    Reason.PROVIDER_DOWN: "a provider of the channel answered",
    Reason.NO_TEMPLATE: "the message had a template for a channel that reaches the customer",
    Reason.DATE_CHANGED: "the date stayed as it was",
    Reason.CONTROL_GROUP: "the customer not been in the control group",
    Reason.HOLDOUT: "the customer not been in the holdout",
    Reason.UNKNOWN_SENDER: "senders.yaml known the sender that the event names",
    Reason.NO_CODE: "the promo had a code left",
    Reason.BOUGHT: "the customer not bought it, or the like of it, meanwhile",
}
BY_CONDITION: Mapping[Reason, str] = {
    Reason.WHERE_FALSE: ENTRY_WHERE,
    Reason.IF_FALSE: ENTRY_IF,
    Reason.STATE_CHANGED: ONLY_WHILE,
}


def otherwise(ground: Ground, row: Row) -> str | None:
    """ "it would have gone, had …" for one note of the decision; None where there is nothing to be done about it."""
    if row["reason"] is None:
        return None
    reason = Reason(row["reason"])
    had = _had(ground, row, reason)
    went = "it would have gone" if row["step"] else "the customer would have come in"
    return f"{went}, had {had}" if had else None


def _had(ground: Ground, row: Row, reason: Reason) -> str | None:
    match reason:
        case Reason.WHERE_FALSE | Reason.IF_FALSE | Reason.STATE_CHANGED:
            return f"this been so: {'; '.join(failed(ground, BY_CONDITION[reason]))}"
        case Reason.CONDITION_FALSE:
            return f"this been so: {'; '.join(failed(ground, condition_name(row['step'])))}"
        case Reason.UNKNOWN_VALUE:
            return _known(ground, row["step"])
        case Reason.AGAIN_TOO_SOON:
            return _again(ground)
        case Reason.QUIET_HOURS | Reason.SEND_WINDOW:
            return _open(ground, row)
        case Reason.CAP:
            return _room(ground, row["step"])
        case Reason.STALE_SOURCE:
            return _fresh(ground, row["facts"].get("source", ""))
        case Reason.NO_CONSENT | Reason.NO_CONTACT | Reason.ADDRESS_DEAD | Reason.SUPPRESSED | Reason.TOPIC_OPTED_OUT:
            return _reachable(ground, row)
        case Reason.EXPIRED:
            resolved = _speech(ground, row["step"])
            return f"its turn come before {moment(resolved.expires_at, ground.zone, ground.at)}" if resolved else None
    return SIMPLE.get(reason)


def _known(ground: Ground, step: str | None) -> str | None:
    about = (step, ONLY_WHILE) if step else (ENTRY_WHERE, ENTRY_IF)
    truths = ground.inputs.facts.truths
    names = [name for name in ground.version.program.conditions if name.startswith(about) and truths.get(name) is None]
    return f"this been known: {'; '.join(part for name in names for part in failed(ground, name))}" if names else None


def _again(ground: Ground) -> str | None:
    inputs, after = ground.inputs, ground.version.journey.enter.again_after
    last = reentry.find_blocking_entry(after, inputs.enrollment, inputs.facts.person)
    if last is None or after == "always":
        return None
    when = moment(last.entered_at, ground.zone, ground.at)
    if after == "never":
        return f"the entry of {when} sent nothing"
    until = moment(after.after(last.entered_at, ground.zone), ground.zone, ground.at)
    return f"the last entry that sent something (of {when}) been {duration(after)} ago: from {until} on"


def _open(ground: Ground, row: Row) -> str | None:
    window, zone = ground.version.journey.send_window, ground.zone
    verdict = send_policy.check_send_hours(ground.project.policy, window, zone, ground.at)
    if isinstance(verdict, send_policy.Defer):
        opens = moment(verdict.until, zone, ground.at)
        return f"it fallen due in hours that are open: from {opens} on"
    return f"it fallen due between {window.from_:%H:%M} and {window.to:%H:%M}" if window else None


def _room(ground: Ground, step: str | None) -> str | None:
    """The cap that is full, how many it counts, and when there is room again."""
    resolved = _speech(ground, step)
    if resolved is None:
        return None
    person, caps = ground.inputs.facts.person, ground.project.policy.caps
    full = []
    for cap in caps:
        verdict = send_policy.check_caps([cap], resolved.topic, resolved.sender, person, ground.at)
        if not isinstance(verdict, send_policy.Allow):
            room = f"; room again {_when(verdict.until, ground)}" if isinstance(verdict, send_policy.Defer) else ""
            few = "no message" if cap.at_most <= 1 else f"fewer than {cap.at_most} messages"
            full.append(f"{few} gone that counts in the cap '{_cap(cap)}'{room}")
    return listed(full)


def _when(at: datetime, ground: Ground) -> str:
    return moment(at, ground.zone, ground.at)


def _cap(cap: Cap) -> str:
    topic = f" about {cap.topic}" if cap.topic else ""
    return f"at most {cap.at_most} a {cap.per}{topic}{', of each sender' if cap.each else ''}"


def _fresh(ground: Ground, source: str) -> str | None:
    limit = ground.version.journey.fresh_data.get(source)
    if limit is None:
        return None
    last = ground.inputs.facts.last_heard.get(source)
    heard = f"last heard {_when(last, ground)}" if last else "never heard"
    return f"'{source}' been heard within {duration(limit)} of its opening hours ({heard})"


def _reachable(ground: Ground, row: Row) -> str | None:
    """By what each channel of the cascade lacked."""
    lacks: dict[str, list[str]] = {}
    for name, reason in row["facts"].items():
        lacks.setdefault(str(reason), []).append(channel(name))
    told = [f"{LACKS[Reason(reason)]} by {listed(names, 'or')}" for reason, names in lacks.items() if reason in LACKS]
    return f"the customer {listed(told, 'or')}" if told else None


LACKS: Mapping[str, str] = {
    Reason.NO_CONSENT: "consented to marketing",
    Reason.NO_CONTACT: "been reachable",
    Reason.ADDRESS_DEAD: "a living address",
    Reason.SUPPRESSED: "not refused it at this address",
    Reason.TOPIC_OPTED_OUT: "wanted this topic",
}


def _speech(ground: Ground, step: str | None) -> ResolvedSend | None:
    node = ground.version.program.nodes.get(step or "")
    if node is None or node.step.kind not in ("send", "call"):
        return None
    since = ground.inputs.enrollment.step_since if ground.inputs.enrollment.step == step else ground.at
    one = replace(ground.inputs.enrollment, step=step, step_since=since)
    return resolve_send(ground.version, node, one, ground.zone, ground.at)
