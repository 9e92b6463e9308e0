"""What `if`, `where` and `only_while` say → the tree of conditions. A list means all."""

from __future__ import annotations

from kaskad.config.comparisons import comparisons, paths_of
from kaskad.config.node import Node
from kaskad.config.quantities import duration
from kaskad.config.record import Record
from kaskad.config.scalars import member, whole, word
from kaskad.config.scope import Scope
from kaskad.config.wording import either, unknown
from kaskad.domain.condition import (
    AnyOf,
    Condition,
    Conditions,
    Did,
    EventMatch,
    MessageState,
    MessageWas,
    Not,
    Op,
    Same,
    Times,
)

KEYWORDS = ("did", "did_not", "message", "any", "not", "in_segment")
TIMES = (Op.IS, Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN)
same = member("value", Same)
message_state = member("state of a message", MessageState)


def conditions(node: Node, scope: Scope) -> Conditions:
    """All the conditions of a list, or one alone."""
    if isinstance(node.value, dict):
        return condition(node, scope)
    if not isinstance(node.value, tuple):
        raise node.wrong(f"a list of conditions is needed here, not {node.said}")
    return tuple(each for several in node.each(lambda item: condition(item, scope)) for each in several)


def condition(node: Node, scope: Scope) -> Conditions:
    """One condition of the language; it is several where it has several operators: all of them are meant."""
    fields = node.mapping()
    if not fields:
        raise node.wrong("a condition is needed here, like {cart.total: {at_least: 1000}}")
    if "did" in fields or "did_not" in fields:
        return (_did(node, scope),)
    if "message" in fields:
        return (_message(node, scope),)
    if "any" in fields or "not" in fields:
        return (_nested(node, scope),)
    if "in_segment" in fields:
        return _in_segment(node, scope)
    return _about_a_path(node, fields, scope)


def event_match(node: Node, scope: Scope) -> EventMatch:
    """`{when: cart_emptied, same: cart}`."""
    record = Record(node)
    when, alike, where = event_keys(record, scope)
    record.done()
    return EventMatch(when=when, same=alike, where=where)


def event_keys(record: Record, scope: Scope, key: str = "when") -> tuple[str, Same | None, Conditions]:
    """The event, `same` and `where` of a mapping that may have more keys."""
    event = record.need(key, scope.event, "the name of an event")
    return (
        event.name if event else "",
        record.get("same", same, None),
        record.get("where", lambda node: conditions(node, scope.looking_at(event)), ()),
    )


def _did(node: Node, scope: Scope) -> Did:
    record = Record(node)
    negated = record.has("did_not")
    if negated and record.has("did"):
        record.wrong(record.at("did_not"), "'did' and 'did_not' are two conditions: make two entries of the list")
    event, alike, where = event_keys(record, scope, "did_not" if negated else "did")
    within = record.get("within", duration, None)
    since = record.get("since", word("value", ["enter"]), None)
    times = record.get("times", _times, None)
    if record.has("within") and record.has("since"):
        record.wrong(record.at("since"), "'within' and 'since' exclude each other: keep one of them")
    record.done()
    return Did(
        event=event,
        negated=negated,
        where=where,
        same=alike,
        within=within,
        since_enter=since is not None,
        times=times,
    )


def _times(node: Node) -> Times:
    if not isinstance(node.value, dict):
        return Times(op=Op.IS, value=whole()(node))
    if len(node.value) != 1:
        raise node.wrong("one operator is needed here, like {at_least: 2}")
    ((op, value),) = node.value.items()
    if op not in TIMES:
        raise value.wrong_key(unknown("operator", op, TIMES))
    return Times(op=Op(op), value=whole(1 if op == Op.LESS_THAN else 0)(value))  # nothing happens less than never


def _message(node: Node, scope: Scope) -> MessageWas:
    record = Record(node)
    message = record.need("message", scope.sent_message, "the name of a message")
    negated = record.has("was_not")
    if negated and record.has("was"):
        record.wrong(record.at("was_not"), "'was' and 'was_not' are two conditions: make two entries of the list")
    state = record.need("was_not" if negated else "was", message_state, either(MessageState))
    record.done()
    return MessageWas(message=message, was=state, negated=negated)


def _nested(node: Node, scope: Scope) -> AnyOf | Not:
    """`any: […]` or `not: …`."""
    record = Record(node)
    if record.has("any") and record.has("not"):
        record.wrong(record.at("not"), "'any' and 'not' are two conditions: make two entries of the list")
    if record.has("any"):
        ways = record.get("any", lambda inner: inner.each(lambda item: _way(item, scope)), ())
        record.done()
        if not ways:
            raise record.at("any").wrong("at least one condition is needed in the list")
        return AnyOf(of=ways)
    refused = record.get("not", lambda inner: conditions(inner, scope), ())
    record.done()
    if not refused:
        raise record.at("not").wrong("at least one condition is needed in the list")
    return Not(of=refused)


def _way(node: Node, scope: Scope) -> Condition:
    """One way of `any`; where it is several conditions, all of them are meant."""
    found = conditions(node, scope)
    if not found:
        raise node.wrong("at least one condition is needed in the list")
    return found[0] if len(found) == 1 else Not(of=(Not(of=found),))


def _in_segment(node: Node, scope: Scope) -> Conditions:
    """`{in_segment: NAME}`: what the segment says, written out."""
    record = Record(node)
    said = record.need("in_segment", scope.catalogs.segments.find, "the name of a segment")
    record.done()
    return said


def _about_a_path(node: Node, fields: dict[str, Node], scope: Scope) -> Conditions:
    key, value = next(iter(fields.items()))
    if "." not in key and scope.vocabulary.type_of(key) is None:
        raise value.wrong_key(unknown("condition", key, [*KEYWORDS, *scope.vocabulary.paths()]))
    found = comparisons(key, value, scope.vocabulary)
    for path in paths_of(found):
        if trouble := scope.why_never_known(path):
            raise value.wrong_key(trouble)
    if len(fields) > 1:
        other = list(fields.values())[1]
        raise other.wrong_key("one condition is one path: make this an entry of its own in the list")
    return found
