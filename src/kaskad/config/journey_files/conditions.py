"""Reads `if`, `where` and `only_while` into condition trees. In a list, all must be true."""

from __future__ import annotations

from kaskad.config.journey_files.comparisons import compared_paths, read_comparisons
from kaskad.config.journey_files.scope import Scope
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import join_with_or, unknown_name
from kaskad.config.yaml.quantities import read_duration
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import enum_member, integer_between, one_of
from kaskad.domain.journeys.condition import (
    AnyOf,
    Condition,
    Conditions,
    DidEvent,
    EventMatch,
    MessageState,
    MessageWas,
    Not,
    Op,
    SameAs,
    TimesCount,
)

KEYWORDS = ("did", "did_not", "message", "any", "not", "in_segment")
TIMES_OPERATORS = (Op.IS, Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN)
read_same_as = enum_member("value", SameAs)
read_message_state = enum_member("state of a message", MessageState)


def read_conditions(node: Node, scope: Scope) -> Conditions:
    """All conditions of a list, or a single one."""
    if isinstance(node.value, dict):
        return read_condition(node, scope)
    if not isinstance(node.value, tuple):
        raise node.error(f"a list of conditions is needed here, not {node.said}")
    return tuple(each for several in node.each(lambda item: read_condition(item, scope)) for each in several)


def read_condition(node: Node, scope: Scope) -> Conditions:
    """One condition; several if it has several operators: all of them must be true."""
    fields = node.mapping()
    if not fields:
        raise node.error("a condition is needed here, like {cart.total: {at_least: 1000}}")
    if "did" in fields or "did_not" in fields:
        return (_read_did_event(node, scope),)
    if "message" in fields:
        return (_read_message_was(node, scope),)
    if "any" in fields or "not" in fields:
        return (_read_any_or_not(node, scope),)
    if "in_segment" in fields:
        return _read_in_segment(node, scope)
    return _read_comparison(node, fields, scope)


def read_event_match(node: Node, scope: Scope) -> EventMatch:
    """`{when: cart_emptied, same: cart}`."""
    record = Record(node)
    when, alike, where = read_event_keys(record, scope)
    record.done()
    return EventMatch(when=when, same=alike, where=where)


def read_event_keys(record: Record, scope: Scope, key: str = "when") -> tuple[str, SameAs | None, Conditions]:
    """The event, `same` and `where` of a mapping that may have more keys."""
    event = record.need(key, scope.event, "the name of an event")
    return (
        event.name if event else "",
        record.get("same", read_same_as, None),
        record.get("where", lambda node: read_conditions(node, scope.with_where_event(event)), ()),
    )


def _read_did_event(node: Node, scope: Scope) -> DidEvent:
    record = Record(node)
    negated = record.has("did_not")
    if negated and record.has("did"):
        record.error(record.at("did_not"), "'did' and 'did_not' are two conditions: make two entries of the list")
    event, alike, where = read_event_keys(record, scope, "did_not" if negated else "did")
    within = record.get("within", read_duration, None)
    since = record.get("since", one_of("value", ["enter"]), None)
    times = record.get("times", _read_times, None)
    if record.has("within") and record.has("since"):
        record.error(record.at("since"), "'within' and 'since' exclude each other: keep one of them")
    record.done()
    return DidEvent(
        event=event,
        negated=negated,
        where=where,
        same=alike,
        within=within,
        since_enter=since is not None,
        times=times,
    )


def _read_times(node: Node) -> TimesCount:
    if not isinstance(node.value, dict):
        return TimesCount(op=Op.IS, value=integer_between()(node))
    if len(node.value) != 1:
        raise node.error("one operator is needed here, like {at_least: 2}")
    ((op, value),) = node.value.items()
    if op not in TIMES_OPERATORS:
        raise value.key_error(unknown_name("operator", op, TIMES_OPERATORS))
    # a count below zero is not possible
    return TimesCount(op=Op(op), value=integer_between(1 if op == Op.LESS_THAN else 0)(value))


def _read_message_was(node: Node, scope: Scope) -> MessageWas:
    record = Record(node)
    message = record.need("message", scope.sent_message, "the name of a message")
    negated = record.has("was_not")
    if negated and record.has("was"):
        record.error(record.at("was_not"), "'was' and 'was_not' are two conditions: make two entries of the list")
    state = record.need("was_not" if negated else "was", read_message_state, join_with_or(MessageState))
    record.done()
    return MessageWas(message=message, was=state, negated=negated)


def _read_any_or_not(node: Node, scope: Scope) -> AnyOf | Not:
    """`any: […]` or `not: …`."""
    record = Record(node)
    if record.has("any") and record.has("not"):
        record.error(record.at("not"), "'any' and 'not' are two conditions: make two entries of the list")
    if record.has("any"):
        ways = record.get("any", lambda inner: inner.each(lambda item: _read_alternative(item, scope)), ())
        record.done()
        if not ways:
            raise record.at("any").error("at least one condition is needed in the list")
        return AnyOf(of=ways)
    refused = record.get("not", lambda inner: read_conditions(inner, scope), ())
    record.done()
    if not refused:
        raise record.at("not").error("at least one condition is needed in the list")
    return Not(of=refused)


def _read_alternative(node: Node, scope: Scope) -> Condition:
    """One alternative of `any`; if it has several conditions, all of them must be true."""
    found = read_conditions(node, scope)
    if not found:
        raise node.error("at least one condition is needed in the list")
    return found[0] if len(found) == 1 else Not(of=(Not(of=found),))


def _read_in_segment(node: Node, scope: Scope) -> Conditions:
    """`{in_segment: NAME}`: the conditions of the segment."""
    record = Record(node)
    said = record.need("in_segment", scope.catalogs.segments.find, "the name of a segment")
    record.done()
    return said


def _read_comparison(node: Node, fields: dict[str, Node], scope: Scope) -> Conditions:
    key, value = next(iter(fields.items()))
    if "." not in key and scope.vocabulary.type_of(key) is None:
        raise value.key_error(unknown_name("condition", key, [*KEYWORDS, *scope.vocabulary.paths()]))
    found = read_comparisons(key, value, scope.vocabulary)
    for path in compared_paths(found):
        if trouble := scope.never_known_reason(path):
            raise value.key_error(trouble)
    if len(fields) > 1:
        other = list(fields.values())[1]
        raise other.key_error("one condition is one path: make this an entry of its own in the list")
    return found
