"""Reads configs/policy.yaml: rules for every journey."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from kaskad.config.project_files.never_about import read_never_about
from kaskad.config.yaml.catalog import Catalog
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.config.yaml.quantities import read_duration, read_percent, read_window
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import integer_between, one_of, read_text
from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.policy import ApprovalPolicy, Cap, Policy, RetentionPolicy
from kaskad.domain.journeys.project import Topic

AUDIENCE = re.compile(r"audience over (\d{1,9})\Z", re.ASCII)
PURPOSE_CASES = {f"purpose {purpose}": purpose for purpose in Purpose}
FIRST_PUBLISH = "first publish"
APPROVAL_CASES = (FIRST_PUBLISH, *PURPOSE_CASES, "audience over 10000")


def read_policy(node: Node, topics: Catalog[Topic]) -> Policy:
    """The policy of the whole file."""
    record = Record(node)
    usual = Policy()
    quiet_hours = record.get("quiet_hours", read_window, None)
    caps = record.get("caps", lambda it: it.each(lambda cap: _read_cap(cap, topics)), ())
    keep = record.get("keep", _read_retention, usual.keep)
    never_about = record.get("never_about", read_never_about, None)
    control_group = record.get("control_group", read_percent, Decimal(0))
    approval = record.get("approval", _read_approval, None)
    double_opt_in = record.get("double_opt_in", lambda it: it.each(_read_confirmable), ())
    record.done()
    if never_about and never_about.longest > keep.events.shortest:
        kept = record.at("never_about")
        raise kept.error("'never_about' looks further back than events are kept: raise 'events' of 'keep'")
    return Policy(
        quiet_hours=quiet_hours,
        caps=caps,
        keep=keep,
        never_about=never_about,
        control_group=control_group,
        approval=approval,
        double_opt_in=double_opt_in,
    )


def _read_confirmable(node: Node) -> Channel:
    return Channel(one_of("channel", [Channel.EMAIL.value])(node))  # the one whose confirmation the engine can ask for


def _read_approval(node: Node) -> ApprovalPolicy:
    record = Record(node)
    cases = record.need(
        "needed_for", lambda it: it.each(_read_approval_case), f"when it is needed, like [{FIRST_PUBLISH}]"
    )
    by = record.need("by", one_of("value", ["another person"]), "whose word it takes: another person")
    record.done()
    if not cases:
        raise record.at("needed_for").error(f"at least one case is needed in the list, like {FIRST_PUBLISH}")
    said = {key: value for case in cases for key, value in case.items() if key != "purpose"}
    purposes = tuple(case["purpose"] for case in cases if "purpose" in case)
    return ApprovalPolicy.model_validate({"purposes": purposes, "by": by, **said})


def _read_approval_case(node: Node) -> dict[str, object]:
    """The settings that one entry of `needed_for` adds to the approval."""
    said = read_text(node)
    if said == FIRST_PUBLISH:
        return {"first_publish": True}
    if said in PURPOSE_CASES:
        return {"purpose": PURPOSE_CASES[said]}
    if found := AUDIENCE.match(said):
        return {"audience_over": int(found[1])}
    raise node.error(unknown_name("case", said, APPROVAL_CASES))


def _read_retention(node: Node) -> RetentionPolicy:
    """How long data is kept. Data that caps, late events or retries need cannot be deleted earlier."""
    record = Record(node)
    usual = RetentionPolicy()
    parts = {
        "events": record.get("events", _at_least(30), usual.events),
        "messages": record.get("messages", _at_least(30), usual.messages),
        "decisions": record.get("decisions", _at_least(1), usual.decisions),
        "repeats": record.get("repeats", _at_least(2), usual.repeats),
        "rejected": record.get("rejected", _at_least(1), usual.rejected),
    }
    record.done()
    return RetentionPolicy.model_validate(parts)


def _at_least(days: int) -> Callable[[Node], Duration]:
    def read(node: Node) -> Duration:
        found = read_duration(node)
        if found.longest < timedelta(days=days):
            raise node.error(f"{node.said} is too short: write {days}d or more")
        return found

    return read


def _read_cap(node: Node, topics: Catalog[Topic]) -> Cap:
    record = Record(node)
    parts = {
        "at_most": record.need("at_most", integer_between(0, 1000), "how many messages"),
        "per": record.need("per", one_of("value", ["day", "week"]), "day or week"),
        "topic": record.get("topic", topics.name, None),
        "each": record.get("each", one_of("value", ["sender"]), None),
        "over": record.get("over", one_of("value", ["wait", "skip"]), "wait"),
    }
    across = record.get("across", one_of("value", ["senders"]), None)  # as it is where nothing is said
    if across and record.has("each"):
        record.error(record.at("each"), "'across: senders' and 'each: sender' exclude each other: keep one of them")
    record.done()
    return Cap.model_validate(parts)
