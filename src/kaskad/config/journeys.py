"""configs/journeys/NAME.yaml → a journey, every name resolved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from kaskad.config.cascades import cascade
from kaskad.config.conditions import conditions, event_keys, event_match
from kaskad.config.entrances import entrance, entry_properties
from kaskad.config.moved import moved
from kaskad.config.node import Node, Unreadable
from kaskad.config.quantities import duration, percent, window_keys
from kaskad.config.record import Record
from kaskad.config.scalars import member, text, whole, word
from kaskad.config.scope import Catalogs, Scope
from kaskad.config.senders import named_sender
from kaskad.config.steps import Steps
from kaskad.domain.cascade import Cascade
from kaskad.domain.condition import ValueType
from kaskad.domain.journey import Goal, Journey, Purpose, SendWindow
from kaskad.domain.model import Duration
from kaskad.domain.program import step_id
from kaskad.domain.step import Step

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\Z")
DEFAULT_SENDER = "shop"


def journey(name: str, node: Node, catalogs: Catalogs) -> Journey:
    """The journey of that name. Raises Unreadable once all its problems are noted."""
    outside = Scope(catalogs, _entry_properties(node, catalogs))
    inside = replace(inside_of(node, outside), journey=name)
    _refuse_mailing(node)
    record = Record(node)
    parts = heading(record, outside) | limits(record, catalogs) | _passage(record, outside, inside)
    record.done()
    if parts["cascade"] is None:  # the default one cannot be used: noted in cascades.yaml
        raise Unreadable
    return Journey.model_validate({"name": name, **parts})


def _refuse_mailing(node: Node) -> None:
    for key in ("campaign", "senders"):
        if key in (fields := node.mapping()):
            raise fields[key].wrong_key(f"'{key}' belongs to a campaign: move the file to configs/campaigns/")


def inside_of(node: Node, scope: Scope) -> Scope:
    """The scope of what happens inside a journey or campaign: what it sends in any step, whether it has a goal."""
    sent = frozenset(each.value for each in node.under("send") if isinstance(each.value, str))
    return replace(scope, messages=sent, goal="goal" in node.mapping())


def heading(record: Record, scope: Scope) -> dict[str, object]:
    """What a journey or a campaign says of itself: titles, whose it is, in whose name and through what it goes."""
    catalogs = scope.catalogs
    purpose = record.get("purpose", member("purpose", Purpose), Purpose.MARKETING)
    if purpose is Purpose.MARKETING and not record.has("topic"):
        record.missing("topic", "marketing needs one of configs/topics.yaml")
    return {
        "title": record.need("title", text, "what people call this journey"),
        "owner": record.need("owner", _owner, "the e-mail address of whoever looks after it"),
        "purpose": purpose,
        "topic": record.get("topic", catalogs.topics.name, None),
        "sender": _sender(record, scope),
        "priority": record.get("priority", whole(0, 1000), 50),
        "cascade": _cascade(record, catalogs),
    }


def limits(record: Record, catalogs: Catalogs) -> dict[str, object]:
    """What bounds it: who is held out, when it may go, how fresh what it stands on has to be."""

    def age(source: str, node: Node) -> Duration:
        catalogs.sources.named(source, node, at_key=True)
        return duration(node)

    return {
        "holdout": record.get("holdout", percent, Decimal(0)),
        "send_window": record.get("send_window", _send_window, None),
        "fresh_data": record.table("fresh_data", age),
    }


def _passage(record: Record, outside: Scope, inside: Scope) -> dict[str, object]:
    edits = record.get("edits", word("value", ["pin", "follow"]), "pin")
    enter = record.need("enter", lambda node: entrance(node, outside), "who enters, and when")
    parts, reader = passage(record, inside, "what happens to those who entered")
    ids = [step_id(step) for step, _ in reader.seen]
    return {"edits": edits, "enter": enter, **parts, "moved": record.get("moved", lambda node: moved(node, ids), {})}


def passage(record: Record, scope: Scope, hint: str) -> tuple[dict[str, object], Steps]:
    """What happens inside a journey or campaign; and the reader, which has seen every step."""
    reader = Steps(scope)

    def steps(node: Node) -> tuple[Step, ...]:
        if not node.list():
            raise node.wrong("at least one step is needed in the list")
        found = reader.each(node)
        reader.check_ids()
        return found

    parts: dict[str, object] = {
        "leave": record.get("leave", lambda node: node.each(lambda it: event_match(it, scope)), ()),
        "only_while": record.get("only_while", lambda node: conditions(node, scope), ()),
        "goal": record.get("goal", lambda node: _goal(node, scope), None),
        "steps": record.need("steps", steps, hint),
    }
    return parts, reader


def _owner(node: Node) -> str:
    if not ADDRESS.match(text(node)):
        raise node.wrong(f"{node.said} is not an e-mail address: write one like crm@shop.example")
    return text(node)


def _sender(record: Record, scope: Scope) -> str:
    """One of senders.yaml, or a field of the event that lets people in."""
    senders = scope.catalogs.senders
    if not (record.has("sender") or record.has("senders")) and DEFAULT_SENDER not in {*senders.items, *senders.broken}:
        record.missing("sender", senders.choice())
    return record.get("sender", lambda node: named_sender(node, scope), DEFAULT_SENDER)


def _cascade(record: Record, catalogs: Catalogs) -> Cascade | None:
    if record.has("cascade"):
        return record.get("cascade", lambda node: cascade(node, catalogs.cascades, catalogs.channels), None)
    if "default" not in {*catalogs.cascades.items, *catalogs.cascades.broken}:
        record.missing("cascade", catalogs.cascades.choice())
    return catalogs.cascades.items.get("default")


def _send_window(node: Node) -> SendWindow:
    record = Record(node)
    start, end = window_keys(record)
    outside = record.get("outside", word("value", ["wait", "skip"]), "wait")
    record.done()
    return SendWindow.model_validate({"from": start, "to": end, "outside": outside})


def _goal(node: Node, scope: Scope) -> Goal:
    record = Record(node)
    when, same, where = event_keys(record, scope)
    within = record.need("within", duration, "how long after entering it counts, like 7d")
    record.done()
    return Goal(when=when, same=same, where=where, within=within)


def _entry_properties(node: Node, catalogs: Catalogs) -> Mapping[str, ValueType] | None:
    """What `event.*` has in this journey; None where the entrance does not say."""
    enter = node.value.get("enter") if isinstance(node.value, dict) else None
    return entry_properties(enter, catalogs) if enter else None
