"""configs/journeys/NAME.yaml → a journey with all names resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from kaskad.config.journey_files.cascades import read_cascade
from kaskad.config.journey_files.conditions import read_conditions, read_event_keys, read_event_match
from kaskad.config.journey_files.entry_triggers import entry_event_properties, read_entry_trigger
from kaskad.config.journey_files.moved_steps import read_moved_steps
from kaskad.config.journey_files.never_about import read_narrowed_never_about
from kaskad.config.journey_files.scope import Catalogs, Scope
from kaskad.config.journey_files.sender_reference import read_sender_reference
from kaskad.config.journey_files.steps import StepReader
from kaskad.config.yaml.mailboxes import read_mailbox
from kaskad.config.yaml.node import InvalidNode, Node
from kaskad.config.yaml.quantities import read_duration, read_percent, read_window_keys
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import enum_member, integer_between, one_of, read_text
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import Cascade
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.journeys.journey import Goal, Journey, Purpose, SendWindow
from kaskad.domain.journeys.program import step_id
from kaskad.domain.journeys.step import Step

DEFAULT_SENDER = "shop"


def read_journey(name: str, node: Node, catalogs: Catalogs) -> Journey:
    """The journey of that name. Raises InvalidNode after all its problems are added."""
    outside = Scope(catalogs, _entry_properties(node, catalogs))
    inside = replace(scope_inside(node, outside), journey=name)
    _refuse_campaign_keys(node)
    record = Record(node)
    parts = read_heading(record, outside) | read_limits(record, catalogs) | _read_journey_body(record, outside, inside)
    record.done()
    if parts["cascade"] is None:  # the default cascade is not usable: its problem is at cascades.yaml
        raise InvalidNode
    return Journey.model_validate({"name": name, **parts})


def _refuse_campaign_keys(node: Node) -> None:
    for key in ("campaign", "senders"):
        if key in (fields := node.mapping()):
            raise fields[key].key_error(f"'{key}' belongs to a campaign: move the file to configs/campaigns/")


def scope_inside(node: Node, scope: Scope) -> Scope:
    """The scope inside a journey or campaign: the messages of all its steps, and whether it has a goal."""
    sent = frozenset(each.value for each in node.under("send") if isinstance(each.value, str))
    return replace(scope, messages=sent, goal="goal" in node.mapping())


def read_heading(record: Record, scope: Scope) -> dict[str, object]:
    """The heading of a journey or a campaign: titles, owner, sender and cascade."""
    catalogs = scope.catalogs
    purpose = record.get("purpose", enum_member("purpose", Purpose), Purpose.MARKETING)
    if purpose is Purpose.MARKETING and not record.has("topic"):
        record.missing("topic", "marketing needs one of configs/topics.yaml")
    return {
        "title": record.need("title", read_text, "what people call this journey"),
        "owner": record.need("owner", read_mailbox, "the e-mail address of whoever looks after it"),
        "purpose": purpose,
        "topic": record.get("topic", catalogs.topics.name, None),
        "sender": _read_sender(record, scope),
        "priority": record.get("priority", integer_between(0, 1000), 50),
        "cascade": _read_cascade(record, catalogs),
    }


def read_limits(record: Record, catalogs: Catalogs) -> dict[str, object]:
    """The limits: holdout, send window, and how fresh the data must be."""

    def age(source: str, node: Node) -> Duration:
        catalogs.sources.named(source, node, at_key=True)
        return read_duration(node)

    return {
        "holdout": record.get("holdout", read_percent, Decimal(0)),
        "send_window": record.get("send_window", _read_send_window, None),
        "fresh_data": record.table("fresh_data", age),
    }


def _read_journey_body(record: Record, outside: Scope, inside: Scope) -> dict[str, object]:
    edits = record.get("edits", one_of("value", ["pin", "follow"]), "pin")
    enter = record.need("enter", lambda node: read_entry_trigger(node, outside), "who enters, and when")
    parts, reader = read_body(record, inside, "what happens to those who entered")
    ids = [step_id(step) for step, _ in reader.seen]
    narrowed = record.get("never_about", lambda node: read_narrowed_never_about(node, outside.catalogs.policy), None)
    return {
        "edits": edits,
        "never_about": narrowed,
        "enter": enter,
        **parts,
        "moved": record.get("moved", lambda node: read_moved_steps(node, ids), {}),
    }


def read_body(record: Record, scope: Scope, hint: str) -> tuple[dict[str, object], StepReader]:
    """The steps, goal and exits of a journey or campaign; and the reader, which has read every step."""
    reader = StepReader(scope)

    def steps(node: Node) -> tuple[Step, ...]:
        if not node.list():
            raise node.error("at least one step is needed in the list")
        found = reader.each(node)
        reader.check_ids()
        return found

    parts: dict[str, object] = {
        "leave": record.get("leave", lambda node: node.each(lambda it: read_event_match(it, scope)), ()),
        "only_while": record.get("only_while", lambda node: read_conditions(node, scope), ()),
        "goal": record.get("goal", lambda node: _read_goal(node, scope), None),
        "steps": record.need("steps", steps, hint),
    }
    return parts, reader


def _read_sender(record: Record, scope: Scope) -> str:
    """One of senders.yaml, or a property of the trigger event."""
    senders = scope.catalogs.senders
    if not (record.has("sender") or record.has("senders")) and DEFAULT_SENDER not in {*senders.items, *senders.broken}:
        record.missing("sender", senders.choice())
    return record.get("sender", lambda node: read_sender_reference(node, scope), DEFAULT_SENDER)


def _read_cascade(record: Record, catalogs: Catalogs) -> Cascade | None:
    if record.has("cascade"):
        return record.get("cascade", lambda node: read_cascade(node, catalogs.cascades, catalogs.channels), None)
    if "default" not in {*catalogs.cascades.items, *catalogs.cascades.broken}:
        record.missing("cascade", catalogs.cascades.choice())
    return catalogs.cascades.items.get("default")


def _read_send_window(node: Node) -> SendWindow:
    record = Record(node)
    start, end = read_window_keys(record)
    outside = record.get("outside", one_of("value", ["wait", "skip"]), "wait")
    record.done()
    return SendWindow.model_validate({"from": start, "to": end, "outside": outside})


def _read_goal(node: Node, scope: Scope) -> Goal:
    record = Record(node)
    when, same, where = read_event_keys(record, scope)
    within = record.need("within", read_duration, "how long after entering it counts, like 7d")
    record.done()
    return Goal(when=when, same=same, where=where, within=within)


def _entry_properties(node: Node, catalogs: Catalogs) -> Mapping[str, ValueType] | None:
    """The properties of `event.*` in this journey; None if the entry trigger does not define them."""
    enter = node.value.get("enter") if isinstance(node.value, dict) else None
    return entry_event_properties(enter, catalogs) if enter else None
