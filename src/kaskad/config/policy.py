"""configs/policy.yaml: what holds for every journey, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from kaskad.config.catalog import Catalog
from kaskad.config.node import Node
from kaskad.config.quantities import duration, percent, window
from kaskad.config.record import Record
from kaskad.config.scalars import text, whole, word
from kaskad.config.wording import unknown
from kaskad.domain.journey import Purpose
from kaskad.domain.model import Duration
from kaskad.domain.shop import Approval, Cap, Keep, Policy, Topic

AUDIENCE = re.compile(r"audience over (\d{1,9})\Z", re.ASCII)
PURPOSES = {f"purpose {purpose}": purpose for purpose in Purpose}
FIRST = "first publish"
CASES = (FIRST, *PURPOSES, "audience over 10000")


def policy(node: Node, topics: Catalog[Topic]) -> Policy:
    """The whole file."""
    record = Record(node)
    usual = Policy()
    quiet_hours = record.get("quiet_hours", window, None)
    caps = record.get("caps", lambda it: it.each(lambda cap: _cap(cap, topics)), ())
    keep = record.get("keep", _keep, usual.keep)
    never_about = record.get("never_about", _never_about, None)
    control_group = record.get("control_group", percent, Decimal(0))
    approval = record.get("approval", _approval, None)
    record.done()
    if never_about and never_about.longest > keep.events.shortest:
        kept = record.at("never_about")
        raise kept.wrong("'never_about' looks further back than events are kept: raise 'events' of 'keep'")
    return Policy(
        quiet_hours=quiet_hours,
        caps=caps,
        keep=keep,
        never_about=never_about,
        control_group=control_group,
        approval=approval,
    )


def _never_about(node: Node) -> Duration:
    record = Record(node)
    bought = record.need("bought_or_similar", duration, "for how long after a purchase, like 30d")
    record.done()
    return bought


def _approval(node: Node) -> Approval:
    record = Record(node)
    cases = record.need("needed_for", lambda it: it.each(_case), f"when it is needed, like [{FIRST}]")
    by = record.need("by", word("value", ["another person"]), "whose word it takes: another person")
    record.done()
    if not cases:
        raise record.at("needed_for").wrong(f"at least one case is needed in the list, like {FIRST}")
    said = {key: value for case in cases for key, value in case.items() if key != "purpose"}
    purposes = tuple(case["purpose"] for case in cases if "purpose" in case)
    return Approval.model_validate({"purposes": purposes, "by": by, **said})


def _case(node: Node) -> dict[str, object]:
    """What one entry of `needed_for` adds to the approval."""
    said = text(node)
    if said == FIRST:
        return {"first_publish": True}
    if said in PURPOSES:
        return {"purpose": PURPOSES[said]}
    if found := AUDIENCE.match(said):
        return {"audience_over": int(found[1])}
    raise node.wrong(unknown("case", said, CASES))


def _keep(node: Node) -> Keep:
    """How long what happened is kept. Nothing may go that caps, late events or retries still look back to."""
    record = Record(node)
    usual = Keep()
    parts = {
        "events": record.get("events", _at_least(30), usual.events),
        "messages": record.get("messages", _at_least(30), usual.messages),
        "decisions": record.get("decisions", _at_least(1), usual.decisions),
        "repeats": record.get("repeats", _at_least(2), usual.repeats),
        "rejected": record.get("rejected", _at_least(1), usual.rejected),
    }
    record.done()
    return Keep.model_validate(parts)


def _at_least(days: int) -> Callable[[Node], Duration]:
    def read(node: Node) -> Duration:
        found = duration(node)
        if found.longest < timedelta(days=days):
            raise node.wrong(f"{node.said} is too short: write {days}d or more")
        return found

    return read


def _cap(node: Node, topics: Catalog[Topic]) -> Cap:
    record = Record(node)
    parts = {
        "at_most": record.need("at_most", whole(0, 1000), "how many messages"),
        "per": record.need("per", word("value", ["day", "week"]), "day or week"),
        "topic": record.get("topic", topics.name, None),
        "each": record.get("each", word("value", ["sender"]), None),
        "over": record.get("over", word("value", ["wait", "skip"]), "wait"),
    }
    across = record.get("across", word("value", ["senders"]), None)  # as it is where nothing is said
    if across and record.has("each"):
        record.wrong(record.at("each"), "'across: senders' and 'each: sender' exclude each other: keep one of them")
    record.done()
    return Cap.model_validate(parts)
