"""Conditions in words, as a marketer would say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import (
    AnyOf,
    Compare,
    Condition,
    Conditions,
    DidEvent,
    EventMatch,
    MessageWas,
    Not,
    Op,
    PathRef,
    Value,
)
from kaskad.services.wording import event_phrase, format_duration, join_words

OPERATORS: Mapping[Op, str] = {
    Op.IS: "is",
    Op.IS_NOT: "is not",
    Op.IN: "is one of",
    Op.NOT_IN: "is none of",
    Op.AT_LEAST: "is at least",
    Op.AT_MOST: "is at most",
    Op.MORE_THAN: "is more than",
    Op.LESS_THAN: "is less than",
    Op.BETWEEN: "is between",
    Op.CONTAINS: "contains",
    Op.KNOWN: "is known",
    Op.BEFORE: "is before",
    Op.AFTER: "is after",
    Op.WITHIN: "is within the last",
    Op.OLDER_THAN: "is longer ago than",
}


def describe_all(conditions: Conditions) -> str:
    """Returns all conditions in words: "cart.total is more than 5000 and …"."""
    return join_words([describe_condition(condition) for condition in conditions])


def describe_condition(condition: Condition) -> str:
    """Returns one condition in words."""
    match condition:
        case Compare():
            return _compare(condition)
        case DidEvent():
            return _did(condition)
        case MessageWas():
            return f"'{condition.message}' was {'not ' if condition.negated else ''}{condition.was}"
        case AnyOf():
            return f"({join_words([describe_condition(part) for part in condition.of], 'or')})"
        case Not():
            return f"not ({describe_all(condition.of)})"
    assert_never(condition)


def describe_event(match: EventMatch) -> str:
    """Returns what a customer has done, after "has": "emptied the cart (the same cart)"."""
    same = f" (the same {match.same})" if match.same else ""
    where = f" where {describe_all(match.where)}" if match.where else ""
    return f"{event_phrase(match.when)}{same}{where}"


def _compare(condition: Compare) -> str:
    if condition.op is Op.KNOWN:
        return f"{condition.path} is {'' if condition.value else 'not '}known"
    return f"{condition.path} {OPERATORS[condition.op]} {_value(condition.value, condition.op)}"


def _value(value: Value, op: Op) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Duration():
            return format_duration(value)
        case PathRef():
            return value.path
        case tuple():
            return join_words([str(part) for part in value], "and" if op is Op.BETWEEN else "or")
    return str(value)


def _did(condition: DidEvent) -> str:
    parts = [f"the customer has {'not ' if condition.negated else ''}{event_phrase(condition.event)}"]
    if condition.times:
        how_many = f"{OPERATORS[condition.times.op]} {condition.times.value} times"
        parts.append(how_many.removeprefix("is "))
    if condition.same:
        parts.append(f"(the same {condition.same})")
    if condition.where:
        parts.append(f"where {describe_all(condition.where)}")
    if condition.within:
        parts.append(f"within the last {format_duration(condition.within).removeprefix('a ').removeprefix('an ')}")
    if condition.since_enter:
        parts.append("since entering")
    return " ".join(parts)
