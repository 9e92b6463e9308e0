"""Compiles conditions to SQL: the one evaluator for entries, steps, exits and single checks.

It uses SQL's three-valued logic: null is unknown, and stays unknown under NOT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, assert_never

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import (
    AnyOf,
    Compare,
    Condition,
    DidEvent,
    EventMatch,
    MessageState,
    MessageWas,
    MoneyValue,
    Not,
    Op,
    PathRef,
    ValueType,
)
from kaskad.storage.conditions.paths import (
    EVENT_SCOPE,
    PathScope,
    compile_events,
    compile_money,
    compile_path,
    compile_same,
)

COMPARISONS = {
    Op.IS: "=",
    Op.IS_NOT: "<>",
    Op.AT_LEAST: ">=",
    Op.AT_MOST: "<=",
    Op.MORE_THAN: ">",
    Op.LESS_THAN: "<",
    Op.BEFORE: "<",
    Op.AFTER: ">",
}
TYPES = {
    ValueType.NUMBER: "numeric",
    ValueType.MONEY: "numeric",
    ValueType.TIME: "timestamptz",
    ValueType.DATE: "timestamptz",
    ValueType.BOOLEAN: "boolean",
    ValueType.TEXT: "text",
    ValueType.LIST: "text",
}
STATES = {
    MessageState.SENT: "m.status = 'sent' AND m.sent_at <= r.at",
    MessageState.DELIVERED: "coalesce(m.delivered_at, m.opened_at, m.clicked_at) <= r.at",
    MessageState.OPENED: "coalesce(m.opened_at, m.clicked_at) <= r.at",
    MessageState.CLICKED: "m.clicked_at <= r.at",
}


@dataclass(slots=True)
class ConditionCompiler:
    """Compiles condition trees to SQL, and collects the values that are passed as parameters."""

    params: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any, kind: str) -> str:
        """A placeholder for the value, cast to the SQL type."""
        name = f"v{len(self.params)}"
        self.params[name] = value
        return f"%({name})s::{kind}"

    def all_of(self, conditions: Sequence[Condition], scope: PathScope) -> str:
        """SQL that is true if all conditions are; true if there are none."""
        return " AND ".join(f"({self.condition(condition, scope)})" for condition in conditions) or "true"

    def condition(self, condition: Condition, scope: PathScope) -> str:
        """A boolean expression; null is unknown."""
        match condition:
            case Compare():
                return self._compare(condition, scope)
            case DidEvent():
                return self._did(condition)
            case MessageWas():
                return self._message(condition)
            case AnyOf():
                return " OR ".join(f"({self.condition(part, scope)})" for part in condition.of) or "false"
            case Not():
                return f"NOT ({self.all_of(condition.of, scope)})"
        assert_never(condition)

    def match(self, match: EventMatch) -> str:
        """SQL for whether event `e` matches, for row `r`."""
        name = self.bind(match.when, "text")
        where = self.all_of(match.where, EVENT_SCOPE)
        return f"e.name = {name} AND {compile_same(match.same)} AND ({where})"

    def _compare(self, condition: Compare, scope: PathScope) -> str:
        if condition.type is ValueType.MONEY and (alone := _by_value(condition)):
            joined = " AND " if condition.op in (Op.NOT_IN, Op.BETWEEN) else " OR "
            return joined.join(f"({self._compare(one, scope)})" for one in alone)
        value, op, kind = condition.value, condition.op, TYPES[condition.type]
        if isinstance(value, MoneyValue):
            left = compile_money(condition.path, scope, self.bind(value.currency, "text"))
            value = value.amount
        else:
            left = compile_path(condition.path, condition.type, scope)
        if op is Op.KNOWN:
            return f"({left} IS NOT NULL) = {self.bind(bool(value), 'boolean')}"
        if isinstance(value, PathRef):
            right = compile_path(value.path, ValueType.TEXT if op is Op.CONTAINS else condition.type, scope)
            return (
                _compile_contains(left, f"({right})::text")
                if op is Op.CONTAINS
                else f"{left} {COMPARISONS[op]} {right}"
            )
        if isinstance(value, Duration):
            ago = self.bind(value.as_timedelta, "interval")
            return f"{left} {'>=' if op is Op.WITHIN else '<'} r.at - {ago}"
        if isinstance(value, tuple):
            return self._several(left, op, [_to_type(part, condition.type) for part in value], kind=kind)
        if op is Op.CONTAINS:
            return _compile_contains(left, self.bind(str(value), "text"))
        return f"{left} {COMPARISONS[op]} {self.bind(_to_type(value, condition.type), kind)}"

    def _several(self, left: str, op: Op, values: Sequence[Any], *, kind: str) -> str:
        if op is Op.BETWEEN:
            return f"{left} BETWEEN {self.bind(values[0], kind)} AND {self.bind(values[1], kind)}"
        among = f"{left} = ANY({self.bind(list(values), kind + '[]')})"
        return f"NOT ({among})" if op is Op.NOT_IN else among

    def _did(self, condition: DidEvent) -> str:
        bounds = [
            "e.customer_id = r.customer_id",
            f"e.name = {self.bind(condition.event, 'text')}",
            "e.occurred_at <= r.at",
            compile_same(condition.same),
        ]
        if condition.within:
            ago = condition.within.as_timedelta
            bounds.append(f"e.occurred_at >= r.at - {self.bind(ago, 'interval')}")
        if condition.since_enter:
            bounds.append("e.occurred_at >= r.entered_at")
        sql = self._counted(condition, " AND ".join(bounds))
        return f"NOT ({sql})" if condition.negated else sql

    def _counted(self, condition: DidEvent, bounds: str) -> str:
        """SQL that counts events; one with an unknown `where` may count or not: if that matters, it is unknown."""
        where = self.all_of(condition.where, EVENT_SCOPE)
        matched = (
            f"FROM {compile_events(condition.event)} e CROSS JOIN LATERAL (SELECT ({where}) AS holds) w WHERE {bounds}"
        )
        if condition.times:
            wanted = self.bind(condition.times.value, "bigint")
            compared = f"{COMPARISONS[condition.times.op]} {wanted}"
            surely, perhaps = "count(*) FILTER (WHERE holds)", "count(*) FILTER (WHERE holds IS NOT FALSE)"
            agreed = f"({surely} {compared}) = ({perhaps} {compared})"
            return f"(SELECT CASE WHEN {agreed} THEN {surely} {compared} END {matched})"
        if not condition.where:
            return f"EXISTS (SELECT FROM {compile_events(condition.event)} e WHERE {bounds})"
        verdict = "CASE WHEN bool_or(holds) THEN true WHEN bool_or(holds IS NULL) THEN NULL ELSE false END"
        return f"(SELECT {verdict} {matched})"

    def _message(self, condition: MessageWas) -> str:
        message = self.bind(condition.message, "text")
        sql = (
            "EXISTS (SELECT FROM message m WHERE m.enrollment_id = r.enrollment_id"
            " AND m.entered_on = (r.entered_at AT TIME ZONE 'UTC')::date"
            f" AND m.message = {message} AND {STATES[condition.was]})"
        )
        return f"NOT ({sql})" if condition.negated else sql


def _compile_contains(several: str, value: str) -> str:
    """SQL for whether the list contains the value; a text that looks like a number may be in the list as a number."""
    return f"({several} @> to_jsonb({value}) OR coalesce({several} @> to_jsonb(as_number({value})), false))"


def _by_value(condition: Compare) -> list[Compare]:
    """One comparison for each value of several that name currencies; none if there is but one, or none names any."""
    values, op = condition.value, condition.op
    if not isinstance(values, tuple) or not any(isinstance(value, MoneyValue) for value in values):
        return []
    ops = (Op.AT_LEAST, Op.AT_MOST) if op is Op.BETWEEN else [Op.IS_NOT if op is Op.NOT_IN else Op.IS] * len(values)
    return [condition.model_copy(update={"op": one, "value": value}) for one, value in zip(ops, values, strict=True)]


def _to_type(value: bool | int | Decimal | str | MoneyValue, kind: ValueType) -> Any:
    """The value in its type: from the store, money comes as text, and a text may look like a number."""
    if kind in (ValueType.NUMBER, ValueType.MONEY):
        return Decimal(str(value))
    return value if kind is ValueType.BOOLEAN else str(value)
