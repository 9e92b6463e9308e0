"""Condition trace: for each failed condition, the result of each part and the value or event that it used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from kaskad.domain.journeys.condition import AnyOf, Compare, Condition, Conditions, DidEvent, EventMatch, Not, PathRef
from kaskad.storage.arrays import array
from kaskad.storage.conditions.compiler import ConditionCompiler
from kaskad.storage.conditions.paths import CART, CUSTOMER, PRODUCT, PathScope, compile_events, compile_path
from kaskad.storage.conditions.version_queries import ENROLLMENT_ROWS, CompiledQuery
from kaskad.storage.database import Connection

ConditionTrace = list[list[Any]]  # for each part, in written order: [truth, value that it used]


def flatten_conditions(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Yields the single conditions, in written order, with `any` and `not` split into their parts."""
    for condition in conditions:
        if isinstance(condition, AnyOf | Not):
            yield from flatten_conditions(condition.of)
        else:
            yield condition


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """The conditions to trace for an enrollment under this name, as of that instant."""

    enrollment: int
    at: datetime
    name: str
    conditions: Conditions


async def trace_conditions(
    connection: Connection, asked: Sequence[TraceRequest]
) -> dict[int, dict[str, ConditionTrace]]:
    """The trace of these conditions, by enrollment and name."""
    found: dict[int, dict[str, ConditionTrace]] = defaultdict(dict)
    by_conditions = defaultdict[tuple[str, Conditions], dict[int, datetime]](dict)
    for request in asked:
        by_conditions[request.name, request.conditions][request.enrollment] = request.at
    for (name, conditions), rows in by_conditions.items():
        question = compile_trace(conditions)
        given = {"ids": array(rows.keys()), "ats": array(rows.values())}
        cursor = await connection.execute(question.sql, {**question.params, **given})
        for row in await cursor.fetchall():
            found[row["enrollment_id"]][name] = row["seen"]
    return found


@lru_cache(maxsize=1024)
def compile_trace(conditions: Conditions) -> CompiledQuery:
    """The statement of `trace_conditions` for these conditions."""
    compiler = ConditionCompiler()
    seen = ", ".join(
        f"jsonb_build_array(({compiler.condition(part, PathScope())}), {_compile_evidence(part, compiler)})"
        for part in flatten_conditions(conditions)
    )
    seen = f"to_jsonb(ARRAY[{seen}]::jsonb[])"  # a function takes at most a hundred arguments
    sql = f"{ENROLLMENT_ROWS} SELECT r.enrollment_id, {seen} AS seen FROM r {CUSTOMER} {CART} {PRODUCT}"
    return CompiledQuery(sql, compiler.params)


def _compile_evidence(part: Condition, compiler: ConditionCompiler) -> str:
    """SQL for the path's value and the compared path's value, or for the last event that counts; else null."""
    match part:
        case Compare(value=PathRef(path=other)):
            both = (compile_path(path, part.type, PathScope()) for path in (part.path, other))
            return f"jsonb_build_array({', '.join(both)})"
        case Compare():
            return f"to_jsonb({compile_path(part.path, part.type, PathScope())})"
        case DidEvent():
            return _compile_last_event(part, compiler)
    return "'null'::jsonb"


def _compile_last_event(did: DidEvent, compiler: ConditionCompiler) -> str:
    bounds = [
        "e.customer_id = r.customer_id",
        "e.occurred_at <= r.at",
        compiler.match(EventMatch(when=did.event, same=did.same, where=did.where)),
    ]
    if did.within:
        bounds.append(f"e.occurred_at >= r.at - {compiler.bind(did.within.as_timedelta, 'interval')}")
    if did.since_enter:
        bounds.append("e.occurred_at >= r.entered_at")
    place = "nullif(concat_ws(', ', e.properties->>'place', e.properties->>'store'), '')"
    last = f"jsonb_build_array(e.occurred_at, coalesce({place}, e.source), count(*) OVER ())"
    return (
        f"(SELECT {last} FROM {compile_events(did.event)} e"
        f" WHERE {' AND '.join(bounds)} ORDER BY e.occurred_at DESC, e.message_id LIMIT 1)"
    )
