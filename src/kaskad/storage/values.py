"""What conditions that did not hold looked at: each part's own answer, and the value or the event behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from kaskad.domain.journeys.condition import AnyOf, Compare, Condition, Conditions, DidEvent, EventMatch, Not, PathRef
from kaskad.storage.arrays import array
from kaskad.storage.conditions import Compiler
from kaskad.storage.database import Connection
from kaskad.storage.paths import CART, CUSTOMER, PRODUCT, Scope, path_sql
from kaskad.storage.questions import ROWS, Question

Seen = list[list[Any]]  # of each part, in the order in which it is written: [truth, what was seen]


def parts(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """The questions that these consist of, in the order in which they are written, `any` and `not` taken apart."""
    for condition in conditions:
        if isinstance(condition, AnyOf | Not):
            yield from parts(condition.of)
        else:
            yield condition


@dataclass(frozen=True, slots=True)
class Asked:
    """The conditions that were asked of an enrollment under this name, as of that instant."""

    enrollment: int
    at: datetime
    name: str
    conditions: Conditions


async def look_at(connection: Connection, asked: Sequence[Asked]) -> dict[int, dict[str, Seen]]:
    """What the parts of these conditions saw, by enrollment and name."""
    found: dict[int, dict[str, Seen]] = defaultdict(dict)
    by_conditions = defaultdict[tuple[str, Conditions], dict[int, datetime]](dict)
    for one in asked:
        by_conditions[one.name, one.conditions][one.enrollment] = one.at
    for (name, conditions), rows in by_conditions.items():
        question = question_of(conditions)
        given = {"ids": array(rows.keys()), "ats": array(rows.values())}
        cursor = await connection.execute(question.sql, {**question.params, **given})
        for row in await cursor.fetchall():
            found[row["enrollment_id"]][name] = row["seen"]
    return found


@lru_cache(maxsize=1024)
def question_of(conditions: Conditions) -> Question:
    """What the parts of these conditions see: the statement of `look_at`."""
    compiler = Compiler()
    seen = ", ".join(
        f"jsonb_build_array(({compiler.one(part, Scope())}), {_behind(part, compiler)})" for part in parts(conditions)
    )
    seen = f"to_jsonb(ARRAY[{seen}]::jsonb[])"  # a function takes a hundred arguments at the most
    sql = f"{ROWS} SELECT r.enrollment_id, {seen} AS seen FROM r {CUSTOMER} {CART} {PRODUCT}"
    return Question(sql, compiler.params)


def _behind(part: Condition, compiler: Compiler) -> str:
    """The path's value, and that of the path it is compared with; the last event that counts; else nothing."""
    match part:
        case Compare(value=PathRef(path=other)):
            both = (path_sql(path, part.type, Scope()) for path in (part.path, other))
            return f"jsonb_build_array({', '.join(both)})"
        case Compare():
            return f"to_jsonb({path_sql(part.path, part.type, Scope())})"
        case DidEvent():
            return _last(part, compiler)
    return "'null'::jsonb"


def _last(did: DidEvent, compiler: Compiler) -> str:
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
    return (
        f"(SELECT jsonb_build_array(e.occurred_at, coalesce({place}, e.source), count(*) OVER ()) FROM event e"
        f" WHERE {' AND '.join(bounds)} ORDER BY e.occurred_at DESC, e.message_id LIMIT 1)"
    )
